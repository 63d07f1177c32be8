import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromText } from "../../../allocator/policy-text.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { JournalHistory } from "../../../models/feed/journal-history.ts";
import { panelFromTrace } from "../../../models/panel/panel-from-trace.ts";
import { UNLIMITED } from "../../../sim/cluster-spec.ts";
import { simulate } from "../../../sim/simulate.ts";
import { arbitrarySmallTrace, LONGEST_START_MS, smallTraceOf } from "../../support/small-trace.ts";
import { Told } from "../../support/told-journal.ts";
import { workingDays } from "../../support/usage-trace.ts";

async function historyOf(trace: Trace, policy: string): Promise<JournalHistory> {
  const history = new JournalHistory();
  await simulate({ trace, cluster: UNLIMITED, policy: policyFromText(policy), observers: [history] });
  return history;
}

const TARGETS = ["demand", "concurrency", "arrival"] as const;

test("what a run's steps say of the past is what the trace said: the same panels, whatever waited for start-ups", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(arbitrarySmallTrace(), fc.integer({ min: 3, max: 9 }), async (small, stepMs) => {
      const trace = smallTraceOf(small);
      const { startMs, endMs } = trace.manifest.window;
      const steps = Math.floor((endMs - LONGEST_START_MS - startMs) / stepMs);
      if (steps < 1) return;
      const untilMs = startMs + steps * stepMs;
      const past = (await historyOf(trace, "keep-alive:ttl=5ms")).trace(startMs, untilMs);
      for (const target of TARGETS) {
        const { series, values, steps: found } = panelFromTrace(past, { target, stepMs });
        const expected = panelFromTrace(trace, { target, stepMs, untilMs });
        assert.is(found, expected.steps);
        assert.equal(series, expected.series);
        assert.equal([...values], [...expected.values]);
        compared += series.length;
      }
    }),
    { numRuns: 150, seed: 20_261_129 },
  );
  assert.ok(compared > 200);
});

test("usage that was observed is what the trace measured", async () => {
  const trace = workingDays();
  const { startMs, endMs } = trace.manifest.window;
  const past = (await historyOf(trace, "reactive:every=1h")).trace(startMs, endMs);
  const options = { target: "demand", stepMs: 3_600_000 } as const;
  assert.equal([...panelFromTrace(past, options).values], [...panelFromTrace(trace, options).values]);
});

test("what was over before the window is forgotten; what runs into it counts from its start on", async () => {
  const request = { user: 0, app: 0, memoryMiB: 10 };
  const apps = [{ coldStartMs: 0, shared: false, concurrency: 1 }];
  const requests = [
    { ...request, submitMs: 0, runMs: 5 },
    { ...request, submitMs: 10, runMs: 20 },
    { ...request, submitMs: 40, runMs: 5 },
  ];
  const history = await historyOf(smallTraceOf({ endMs: 60, apps, requests }), "keep-alive:ttl=1ms");
  const { requests: late } = history.trace(20, 50);
  assert.equal([...late.submitMs], [20, 40]);
  assert.equal([...late.runMs], [10, 5]);
});

test("a request whose node was lost runs from the time that it runs elsewhere", () => {
  const told = new Told().arrives(0, 1000);
  told.at(1001, "instance_placed", { instance: 0, node: 7 }).at(1010, "instance_ready", { instance: 0 });
  told.at(1030, "node_lost", { node: 7 }, [told.launch(0)]).at(1040, "instance_ready", { instance: 1 });
  told.at(1047, "request_ended", { request: 0 });
  const history = new JournalHistory();
  for (const { event, decisions } of told.steps) history.onStep(event, decisions);
  assert.equal([...history.trace(1000, 1100).requests.runMs], [7]);
});

test.run();
