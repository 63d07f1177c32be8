import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../../allocator/core/core.ts";
import { LiveMetrics } from "../../../../allocator/live/http/live-metrics.ts";
import { Stream } from "../../../support/stream.ts";

test("how many are given up since their launches always fail is a metric, and so are the decisions that say it", async () => {
  const stream = new Stream().tier().pool("cloud", { unlimited: true }).user("ana").app("web").arrive(0, "r0", "ana", "web");
  const core = new AllocatorCore();
  const clock = { nowMs: () => core.nowMs };
  const directory = { pool: String };
  const metrics = new LiveMetrics(() => ({ state: core.state, directory, clock }));
  for (const [seq, { event }] of stream.steps.entries()) core.step({ ...event, seq });
  const givenUp = async () => /^prae_launches_given_up (\d+)$/m.exec(await metrics.text())?.[1];
  const seen: (string | undefined)[] = [];
  for (let seq = 100; seen.length < 7; seq += 2) {
    const { launchSeq: decisionSeq, launchIndex: decisionIndex } = [...core.state.instances.values()][0]!.launched;
    core.step({ kind: "decision_failed", seq, atMs: core.nowMs, decisionSeq, decisionIndex, reason: "launch_failed" });
    seen.push(await givenUp());
    const timer = { kind: "timer", seq: seq + 1, atMs: core.state.timer!.atMs, timerId: core.state.timer!.id } as const;
    metrics.onStep(timer, core.step(timer));
  }
  assert.equal(seen, ["0", "0", "0", "0", "0", "1", "1"]);
  assert.match(
    await metrics.text(),
    /^prae_decisions_total\{kind="launch",rule="arrival",rung="none",guardrail="given_up"\} 2$/m,
  );
});

test("of a tier whose capacity another owner holds, only what is wanted is told", async () => {
  const core = new AllocatorCore();
  const metrics = new LiveMetrics(() => ({ state: core.state, directory: { pool: String }, clock: { nowMs: () => 0 } }));
  const told = async () => [...(await metrics.text()).matchAll(/^prae_hold_units(.*)$/gm)].map(([, rest]) => rest);
  assert.equal(await told(), []);
  metrics.heldUnits("gold", { wanted: 3, held: 3 });
  assert.equal(await told(), ['{tier="gold",of="wanted"} 3', '{tier="gold",of="held"} 3']);
  metrics.heldUnits("gold", { wanted: 4, held: null });
  assert.equal(await told(), ['{tier="gold",of="wanted"} 4']);
  metrics.heldUnits("gold", { wanted: 0, held: 0 });
  assert.equal(await told(), ['{tier="gold",of="wanted"} 0', '{tier="gold",of="held"} 0']);
});

test.run();
