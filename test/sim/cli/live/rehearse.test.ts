import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { StageView } from "../../../../allocator/live/stages.ts";
import type { WatchReport } from "../../../../allocator/live/watch/stage-watch.ts";
import type { Evidence, GateResult } from "../../../../allocator/promotion/promotion.ts";
import { type LiveProcess, liveProcess, writeFleet } from "../../../support/live-process.ts";
import { json, prae, testFolder } from "../../../support/prae.ts";
import { examplePromotion, storeWith } from "../../../support/promotion.ts";

const folder = testFolder("rehearse");
const fleet = join(folder, "fleet.yaml");
const tokens = join(folder, "tokens.yaml");
const USERS = Array.from({ length: 20 }, (_, i) => `u${i}`);
writeFleet(fleet, USERS, 8);
const bearer = json(["tokens", "add", tokens, "--name", "sre", "--scopes", "request,read,admin"]).token as string;

const promotion = examplePromotion("keep-alive:ttl=1h");
const [evidence] = promotion.evidence as [Evidence];
const [gate] = evidence.results as [GateResult];
const results = [{ ...gate, metric: "cold_fraction", incumbent: 0.9, interval: [-0.8, -0.1] as const }];
const { store, id } = storeWith(join(folder, "store"), {
  ...promotion,
  incumbent: examplePromotion("keep-alive:ttl=100ms").policy,
  evidence: [{ ...evidence, results }],
});
const state = join(folder, "state");
const common = ["--fleet", fleet, "--tokens", tokens, "--store", store.folder];
const args = [...common, "--state", state, "--promotion", "active", "--rehearse", "--watch-least", "30"];

type View = StageView & { readonly observed: WatchReport | null };

async function stage(run: LiveProcess): Promise<View> {
  return (await (await run.send("GET", "/v1/stage")).json()) as View;
}

/** Everybody asks for an instance, and leaves again once it is there. */
async function round(run: LiveProcess, name: string): Promise<void> {
  const each = async (user: string) => {
    await run.send("PUT", `/v1/requests/${name}-${user}`, { user, app: "notebook" });
    await sleep(300);
    await run.send("DELETE", `/v1/requests/${name}-${user}`);
  };
  await Promise.all(USERS.map(each));
  await sleep(500);
}

test("a promotion rehearses beside what it was measured against: predicted, observed of it and of the run", async () => {
  const first = await liveProcess(args, bearer);
  for (const name of ["a", "b", "c"]) await round(first, name);
  const seen = await stage(first);
  assert.equal([seen.stage, seen.policy, seen.candidate], ["rehearsal", "keep-alive", "keep-alive"]);
  assert.equal([seen.promotion, seen.users], [id, { candidate: 0, all: 20 }]);
  const [measure] = (seen.observed as WatchReport).measures;
  assert.is(measure?.metric, "cold_fraction");
  // It keeps for an hour what the policy in force keeps for .1 s: cold the first time alone.
  assert.ok(Math.abs((measure?.observed.value as number) - 1 / 3) < 0.01, String(measure?.observed.value));
  assert.is(measure?.others, 1);
  assert.is(measure?.observed.users, 20);
  assert.is(measure?.verdict, "within");
  const metrics = await (await first.send("GET", "/metrics")).text();
  assert.match(metrics, /^prae_stage\{stage="rehearsal"\} 1$/m);
  assert.match(metrics, /^prae_stage_metric\{metric="cold_fraction",of="others"\} 1$/m);
  const { instances } = (await (await first.send("GET", "/v1/fleet")).json()) as { instances: Record<string, number> };
  assert.equal(instances["ready"] ?? 0, 0, "the run itself keeps nothing");
  const moved = await first.send("PUT", "/v1/stage", { stage: "full" });
  assert.is(moved.status, 409);
  assert.match(await moved.text(), "--canary");
  first.child.kill("SIGKILL");
  await first.exit;

  const again = await liveProcess(args, bearer);
  await round(again, "d");
  const [later] = ((await stage(again)).observed as WatchReport).measures;
  // What it had kept is there again, and what was counted before may be, as far as a snapshot keeps it.
  assert.ok((later?.observed.value as number) < 0.34, String(later?.observed.value));
  again.child.kill("SIGTERM");
  const { status, stderr } = await again.exit;
  assert.is(status, 0);
  assert.match(
    stderr,
    /rehearsal: keep-alive \(promotion [0-9a-f]{12}\) decides for nobody, keep-alive \(in force\) for everybody/,
  );
  for (const books of [state, join(state, "rehearsal")]) assert.is(json(["replay", books]).same, true, books);
  const canary = await liveProcess([...args.filter((flag) => flag !== "--rehearse"), "--canary", "50%"], bearer);
  assert.is((await stage(canary)).stage, "canary");
  canary.child.kill("SIGTERM");
  assert.is((await canary.exit).status, 0);
});

test("a policy that could be no canary may rehearse: it has books and pools of its own", async () => {
  const own = join(folder, "unlike");
  const unlike = [...common.slice(0, 4), "--state", own, "--policy", "hpa", "--incumbent", "keep-alive:ttl=1m", "--rehearse"];
  const run = await liveProcess(unlike, bearer);
  await round(run, "a");
  const { stage: at, candidate, observed } = await stage(run);
  assert.equal([at, candidate, observed], ["rehearsal", "hpa", null]);
  run.child.kill("SIGTERM");
  assert.is((await run.exit).status, 0);
});

test("one that cannot go on in its books keeps nobody from running", async () => {
  const own = join(folder, "broken");
  const given = [...common.slice(0, 4), "--state", own, "--policy", "keep-alive:ttl=1h"];
  const rehearse = ["--incumbent", "keep-alive:ttl=1s", "--rehearse"];
  const first = await liveProcess([...given, ...rehearse], bearer);
  await round(first, "a");
  first.child.kill("SIGTERM");
  await first.exit;
  const journal = join(own, "rehearsal", "journal.prae.gz");
  writeFileSync(journal, "not a journal");
  const again = await liveProcess([...given, ...rehearse], bearer);
  await round(again, "b");
  assert.is((await stage(again)).stage, "none");
  again.child.kill("SIGTERM");
  const { status, stderr } = await again.exit;
  assert.is(status, 0);
  assert.match(stderr, "prae: the candidate cannot rehearse, the run goes on without: ");
  assert.match(stderr, journal);
  assert.is(readFileSync(journal, "utf8"), "not a journal");
  assert.is(json(["replay", own]).same, true);
});

test("what cannot be meant is refused", () => {
  const issues = (...flags: string[]) => {
    const { status, stdout } = prae(["live", "--fleet", fleet, "--state", join(folder, "refused"), ...flags, "--json"]);
    assert.is(status, 2);
    return JSON.parse(stdout).error.issues.map(({ where, found }: { where: string; found: string }) => `${where} found ${found}`);
  };
  assert.equal(issues("--policy", "reactive", "--rehearse"), ["--rehearse found none"]);
  assert.equal(issues("--policy", "reactive", "--incumbent", "hpa", "--rehearse", "--canary", "1%"), [
    "--rehearse found --canary with it",
  ]);
  assert.equal(issues("--policy", "reactive", "--incumbent", "hpa"), ["--incumbent found none"]);
});

test.run();
