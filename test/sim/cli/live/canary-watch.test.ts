import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { StageView } from "../../../../allocator/live/stages.ts";
import type { WatchReport } from "../../../../allocator/live/watch/stage-watch.ts";
import type { Evidence, GateResult } from "../../../../allocator/promotion/promotion.ts";
import { type LiveProcess, liveProcess, writeFleet } from "../../../support/live-process.ts";
import { json, testFolder } from "../../../support/prae.ts";
import { examplePromotion, storeWith } from "../../../support/promotion.ts";

const folder = testFolder("canary-watch");
const fleet = join(folder, "fleet.yaml");
const tokens = join(folder, "tokens.yaml");
const USERS = Array.from({ length: 30 }, (_, i) => `u${i}`);
writeFleet(fleet, USERS, 8);
const bearer = json(["tokens", "add", tokens, "--name", "sre", "--scopes", "request,read"]).token as string;

async function stage(run: LiveProcess): Promise<StageView> {
  return (await (await run.send("GET", "/v1/stage")).json()) as StageView;
}

/** Everybody asks for an instance and leaves again once it is there. */
async function day(run: LiveProcess, name: string): Promise<void> {
  const each = async (user: string) => {
    await run.send("PUT", `/v1/requests/${name}-${user}`, { user, app: "notebook" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await run.send("DELETE", `/v1/requests/${name}-${user}`);
  };
  await Promise.all(USERS.map(each));
}

test("surely colder than its evidence said, it is rolled back by itself; killed then, it stays so", async () => {
  const promotion = examplePromotion("keep-alive:ttl=100ms");
  const [evidence] = promotion.evidence as [Evidence];
  const [gate] = evidence.results as [GateResult];
  const results = [{ ...gate, metric: "cold_fraction", incumbent: 0.3, interval: [-0.2, 0.1] as const }];
  const ours = storeWith(join(folder, "watched-store"), {
    ...promotion,
    incumbent: examplePromotion("keep-alive:ttl=1m").policy,
    evidence: [{ ...evidence, results }],
  });
  const own = join(folder, "watched");
  const args = ["--fleet", fleet, "--state", own, "--tokens", tokens, "--promotion", "active", "--store", ours.store.folder];
  const watched = [...args, "--canary", "50%", "--watch-least", "30"];
  const first = await liveProcess(watched, bearer);
  let seen = await stage(first);
  for (let round = 0; seen.stage === "canary" && round < 200; round += 1) {
    await day(first, `r${round}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    seen = await stage(first);
  }
  assert.is(seen.stage, "rolled_back");
  assert.match(
    seen.reason as string,
    /^cold_fraction is [\d.]+ of requests, at least [\d.]+, of \d+ users; predicted at most 0\.4 /,
  );
  assert.match(
    await (await first.send("GET", "/metrics")).text(),
    /^prae_stage_metric\{metric="cold_fraction",of="high"\} 0\.4$/m,
  );
  first.child.kill("SIGKILL");
  assert.match((await first.exit).stderr, '"msg":"rolled back"');
  const again = await liveProcess(watched, bearer);
  const stays = await stage(again);
  assert.equal([stays.stage, stays.reason, stays.users.candidate], ["rolled_back", seen.reason, 0]);
  again.child.kill("SIGTERM");
  assert.is((await again.exit).status, 0);
  assert.is(json(["replay", own]).same, true);
});

test("killed and begun again, it goes on counting where it was", async () => {
  const promotion = examplePromotion("keep-alive:ttl=100ms");
  const [evidence] = promotion.evidence as [Evidence];
  const [gate] = evidence.results as [GateResult];
  const results = [{ ...gate, metric: "cold_fraction", incumbent: 0.9, interval: [-0.5, 0.1] as const }];
  const incumbent = examplePromotion("keep-alive:ttl=1m").policy;
  const ours = storeWith(join(folder, "counted-store"), { ...promotion, incumbent, evidence: [{ ...evidence, results }] });
  const own = join(folder, "counted");
  const args = ["--fleet", fleet, "--state", own, "--tokens", tokens, "--promotion", "active", "--store", ours.store.folder];
  const canary = [...args, "--canary", "50%"];
  type Counted = StageView & { readonly observed: WatchReport };
  const counted = async (run: LiveProcess) => (await stage(run)) as Counted;
  const first = await liveProcess(canary, bearer);
  await day(first, "a");
  const before = await counted(first);
  assert.ok(before.observed.observations > 0);
  first.child.kill("SIGKILL");
  await first.exit;
  const again = await liveProcess(canary, bearer);
  const after = await counted(again);
  assert.is(after.observed.sinceMs, before.observed.sinceMs);
  assert.is(after.observed.observations, before.observed.observations);
  assert.equal(after.observed.measures[0]?.observed, before.observed.measures[0]?.observed);
  await day(again, "b");
  assert.ok((await counted(again)).observed.observations > before.observed.observations);
  again.child.kill("SIGTERM");
  assert.is((await again.exit).status, 0);
});

test.run();
