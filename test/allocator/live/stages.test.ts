import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../allocator/core/core.ts";
import type { Decision } from "../../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import { JournalReader } from "../../../allocator/journal/reader.ts";
import { DryRunPlatform } from "../../../allocator/live/dry-run.ts";
import { type Fleet, fleetFromDocument } from "../../../allocator/live/fleet.ts";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import type { Refused } from "../../../allocator/live/refused.ts";
import { type Trial, viewStage } from "../../../allocator/live/stages.ts";
import { LiveBench, policyOf } from "../../support/live-fleet.ts";

const bench = new LiveBench();
test.after(() => bench.remove());
const { clock } = bench;

const USERS = Array.from({ length: 40 }, (_, i) => `u${i}`);
const CLOUD: Fleet = fleetFromDocument({
  tiers: [{ name: "standard", targetStart: "30s", priority: 100, level: 0.9 }],
  pools: [{ name: "cloud", unlimited: true }],
  apps: [{ name: "notebook", shape: { cpuMillis: 1000, memoryMiB: 2048 }, coldStart: "20s" }],
  users: USERS.map((name) => ({ name, tier: "standard" })),
});
const TRIAL: Trial = { candidate: policyOf("keep-alive:ttl=1m"), promotion: "ab12", sharePpm: 250_000, seed: 5 };

interface Kept {
  readonly run: LiveRun;
  /** What was decided, by the name of the user whom it concerns, as far as it concerns one. */
  readonly decided: Map<string, string[]>;
}

async function open(state: string, trial: Trial | null, incumbent = "keep-alive:ttl=10m"): Promise<Kept> {
  const decided = new Map<string, string[]>();
  const users = new Map<number, string>();
  const onStep = (event: AllocatorEvent, decisions: readonly Decision[]) => {
    for (const decision of decisions) {
      if (decision.kind === "launch") users.set(decision.instance, USERS[decision.user as number] as string);
      const user = "instance" in decision ? users.get(decision.instance) : undefined;
      if (user !== undefined)
        decided.set(user, [...(decided.get(user) ?? []), `${event.atMs} ${decision.kind} ${decision.because.rule}`]);
    }
  };
  const platform = (names: ConstructorParameters<typeof DryRunPlatform>[1]) => new DryRunPlatform(CLOUD, names, clock);
  const run = await bench.open(state, { fleet: CLOUD, policy: policyOf(incumbent), trial, platform, observers: [{ onStep }] });
  return { run, decided };
}

/** Everybody asks, works for a while and leaves; then nobody asks for a quarter of an hour. */
async function day(run: LiveRun, name: string): Promise<void> {
  for (const user of USERS) await run.arrive({ request: `${name}-${user}`, user, app: "notebook", requested: null });
  await clock.pass(30_000);
  for (const user of USERS) await run.ended(`${name}-${user}`);
  await clock.pass(900_000);
}

const inCanary = ({ state }: LiveRun) => USERS.filter((_, id) => state.isInCanary(id as never));

/** What a fresh core makes of the journal, as far as it goes. */
async function replayed(state: string): Promise<AllocatorCore> {
  const core = new AllocatorCore();
  const reader = new JournalReader(join(state, "journal.prae.gz"));
  for await (const slice of reader.slices()) {
    for (const { event, decisions } of slice) assert.equal(core.step(event), decisions, `event ${event.seq}`);
  }
  return core;
}

/** The state folder as a crash at this instant leaves it. */
function crashCopy(state: string): string {
  const copy = bench.folder();
  mkdirSync(copy, { recursive: true });
  for (const name of ["journal.prae.gz", "snapshot.prae"]) {
    if (statSync(join(state, name), { throwIfNoEntry: false }) !== undefined) copyFileSync(join(state, name), join(copy, name));
  }
  return copy;
}

test("the candidate decides for its users alone: for the others all is as if it were not there", async () => {
  const beganMs = clock.nowMs();
  const state = bench.folder();
  const { run, decided } = await open(state, TRIAL);
  const tried = new Set(inCanary(run));
  assert.ok(tried.size >= 4 && tried.size <= 18, `${tried.size} of 40`);
  await day(run, "a");
  await run.stop();
  const untried = await open(bench.folder(), null);
  const offsetMs = clock.nowMs();
  await day(untried.run, "a");
  await untried.run.stop();
  const shifted = (list: readonly string[] | undefined, byMs: number) =>
    (list ?? []).map((line) => line.replace(/^\d+/, (atMs) => String(Number(atMs) - byMs)));
  for (const user of USERS) {
    const here = shifted(decided.get(user), beganMs);
    const there = shifted(untried.decided.get(user), offsetMs);
    assert.ok(here.length > 1);
    if (tried.has(user)) assert.is.not(JSON.stringify(here), JSON.stringify(there), user);
    else assert.equal(here, there, user);
  }
  await replayed(state);
});

test("moved on, rolled back and begun again by hand: the journal has it all, and replays bit for bit", async () => {
  const state = bench.folder();
  const { run } = await open(state, TRIAL);
  const first = inCanary(run);
  await day(run, "a");
  await run.stage({ stage: "canary", sharePpm: 500_000, reason: "looks good" });
  const more = inCanary(run);
  assert.ok(first.every((user) => more.includes(user)) && more.length > first.length);
  await day(run, "b");
  await run.stage({ stage: "full", reason: "looks good still" });
  assert.equal(viewStage(run.state).users, { candidate: 40, all: 40 });
  await day(run, "c");
  await run.stage({ stage: "rolled_back", reason: "not so good" });
  assert.equal(inCanary(run), []);
  await day(run, "d");
  await run.stage({ stage: "canary", reason: "once more" });
  assert.equal(inCanary(run), more);
  const core = await replayed(crashCopy(state));
  assert.is(core.digest(), (await replayed(state)).digest());
  assert.equal(core.state.rollout, run.state.rollout);
  await run.stop();
});

test("a candidate that was rolled back stays so: after a crash, after a stop, whatever the command line asks for", async () => {
  const state = bench.folder();
  const { run } = await open(state, TRIAL);
  await run.stage({ stage: "rolled_back", reason: "too many waits" });
  const crashed = crashCopy(state);
  await run.stop();
  for (const folder of [crashed, state, state]) {
    const again = await open(folder, TRIAL);
    assert.is(viewStage(again.run.state).stage, "rolled_back");
    assert.is(viewStage(again.run.state).reason, "too many waits");
    const { events } = again.run;
    await day(again.run, `again-${events}`);
    assert.equal(inCanary(again.run), []);
    await again.run.stop();
    await replayed(folder);
  }
  const other = await open(state, { ...TRIAL, promotion: "cd34", candidate: policyOf("keep-alive:ttl=2m") });
  assert.is(viewStage(other.run.state).stage, "canary", "another candidate is another matter");
  await other.run.stop();
});

test("a share that was raised stays raised; without a candidate the policy alone decides", async () => {
  const state = bench.folder();
  const { run } = await open(state, TRIAL);
  await run.stage({ stage: "canary", sharePpm: 500_000, reason: "more" });
  await run.stop();
  const again = await open(state, TRIAL);
  assert.is(viewStage(again.run.state).share, 0.5);
  await again.run.stop();
  const alone = await open(state, null);
  assert.equal([viewStage(alone.run.state).stage, inCanary(alone.run)], ["none", []]);
  try {
    await alone.run.stage({ stage: "full", reason: "" });
    assert.unreachable();
  } catch (error) {
    assert.is((error as Refused).code, "conflict");
  }
  await alone.run.stop();
  const promoted = await open(state, null, "keep-alive:ttl=1m");
  assert.is(promoted.run.state.policy?.name, TRIAL.candidate.name);
  await promoted.run.stop();
  await replayed(state);
});

test.run();
