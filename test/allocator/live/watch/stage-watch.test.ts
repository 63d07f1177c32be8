import { copyFileSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../../allocator/core/core.ts";
import { JournalReader } from "../../../../allocator/journal/reader.ts";
import { DryRunPlatform } from "../../../../allocator/live/dry-run.ts";
import { type Fleet, fleetFromDocument } from "../../../../allocator/live/fleet.ts";
import type { LiveRun } from "../../../../allocator/live/live-run.ts";
import type { BeginWatch } from "../../../../allocator/live/recover-run.ts";
import { viewStage } from "../../../../allocator/live/stages.ts";
import { keepWatch } from "../../../../allocator/live/watch/keep-watch.ts";
import type { Predictions } from "../../../../allocator/live/watch/predictions.ts";
import { StageWatch, type WatchReport } from "../../../../allocator/live/watch/stage-watch.ts";
import { LiveBench, policyOf, predicted } from "../../../support/live-fleet.ts";

const bench = new LiveBench();
test.after(() => bench.remove());
const { clock } = bench;

const USERS = Array.from({ length: 40 }, (_, i) => `u${i}`);
/** Whoever waits for a cold start waits too long. */
const FLEET: Fleet = fleetFromDocument({
  tiers: [{ name: "standard", targetStart: "5s", priority: 100, level: 0.9 }],
  pools: [{ name: "cloud", unlimited: true }],
  apps: [{ name: "notebook", shape: { cpuMillis: 1000, memoryMiB: 2048 }, coldStart: "20s" }],
  users: USERS.map((name) => ({ name, tier: "standard" })),
});
const TRIAL = { candidate: policyOf("keep-alive:ttl=10s"), promotion: "ab12", sharePpm: 500_000, seed: 5 };

interface Watching {
  readonly run: LiveRun;
  report(): WatchReport;
  stop(): Promise<void>;
  readonly warned: { readonly reason: string }[];
}

async function open(state: string, predictions: Predictions, leastObservations = 60, windowMs = 3_600_000): Promise<Watching> {
  const options = { windowMs, leastObservations };
  const watch: BeginWatch = (now, from) => new StageWatch(now, FLEET, predictions, options, from);
  const platform = (names: ConstructorParameters<typeof DryRunPlatform>[1]) => new DryRunPlatform(FLEET, names, clock);
  const policy = policyOf("keep-alive:ttl=1h");
  const run = await bench.open(state, { fleet: FLEET, policy, trial: TRIAL, platform, watch });
  const warned: { readonly reason: string }[] = [];
  const log = { warn: (what: object) => void warned.push(what as { reason: string }) };
  const unwatch = keepWatch(run, log, (error) => {
    throw error;
  });
  const stop = async () => {
    unwatch();
    await run.stop();
  };
  return { run, report: () => (run.watch as StageWatch).report(clock.nowMs()), stop, warned };
}

/** Everybody asks, works for half a minute and leaves, and comes back a minute later, as often as is said. */
async function rounds(run: LiveRun, name: string, times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    for (const user of USERS) await run.arrive({ request: `${name}${round}-${user}`, user, app: "notebook", requested: null });
    await clock.pass(30_000);
    for (const user of USERS) await run.ended(`${name}${round}-${user}`);
    await clock.pass(60_000);
  }
}

async function replayed(state: string): Promise<AllocatorCore> {
  const core = new AllocatorCore();
  for await (const slice of new JournalReader(join(state, "journal.prae.gz")).slices()) {
    for (const { event, decisions } of slice) assert.equal(core.step(event), decisions, `event ${event.seq}`);
  }
  return core;
}

test("surely worse than predicted, and often enough: the incumbent takes over again, and a crash does not bring the candidate back", async () => {
  const state = bench.folder();
  const { run, report, warned, stop } = await open(state, predicted("sla_violations", 0, 0.4));
  const tried = viewStage(run.state).users.candidate;
  assert.ok(tried >= 12 && tried <= 28);
  await rounds(run, "a", 1);
  assert.equal(
    report().measures.map(({ verdict, observed }) => [verdict, observed.value]),
    [["too_few", 1]],
    "cold for all, but from too few",
  );
  assert.is(viewStage(run.state).stage, "canary");
  await rounds(run, "b", 6);
  const { stage, reason, users } = viewStage(run.state);
  assert.equal([stage, users.candidate], ["rolled_back", 0]);
  assert.match(
    reason as string,
    /^sla_violations is 1 of requests, at least 1, of \d+ users; predicted at most 0\.4 \(\d+ observations/,
  );
  assert.is(warned.length, 1);
  const crashed = bench.folder();
  mkdirSync(crashed, { recursive: true });
  for (const name of ["journal.prae.gz"]) copyFileSync(join(state, name), join(crashed, name));
  await stop();
  for (const folder of [crashed, state]) {
    const again = await open(folder, predicted("sla_violations", 0, 0.4));
    await rounds(again.run, `${folder.length}-${folder === state}`, 2);
    assert.is(viewStage(again.run.state).reason, reason);
    assert.is(again.warned.length, 0);
    await again.stop();
    await replayed(folder);
  }
});

test("as predicted it goes on; above it, but not surely, too", async () => {
  const { run, report, stop, warned } = await open(bench.folder(), predicted("sla_violations", 0.5, 1));
  await rounds(run, "a", 4);
  const [measure] = report().measures;
  assert.equal([measure?.verdict, measure?.observed.value], ["within", 1]);
  assert.ok((measure?.others as number) < 0.3, "the others are warm");
  await run.stage({ stage: "full", reason: "well" });
  assert.is(report().observations, 0, "who decides is counted anew");
  await stop();
  assert.is(warned.length, 0);
});

test("above what was predicted, but only as sure as there are users: nothing is done", async () => {
  const { run, report, stop } = await open(bench.folder(), predicted("cold_fraction", 0, 0.35), 1);
  const mine = USERS.filter((_, id) => run.state.isInCanary(id as never));
  // Three users of one request, and three of four: all cold at first, then warm.
  for (const [i, user] of mine.slice(0, 6).entries()) {
    await run.arrive({ request: `x-${user}`, user, app: "notebook", requested: null });
    await clock.pass(20_000);
    await run.ended(`x-${user}`);
    for (let more = 0; i % 2 === 0 && more < 3; more += 1) {
      await run.arrive({ request: `x${more}-${user}`, user, app: "notebook", requested: null });
      await run.ended(`x${more}-${user}`);
    }
  }
  const [measure] = report().measures;
  assert.is(measure?.observed.value, 6 / 15);
  // Σ (y − 0.4 x)² = 6 · 0.6²; √(6 ÷ 5 · 2.16) ÷ 15 = 0.1073…
  assert.ok(Math.abs((measure?.observed.atLeast as number) - (0.4 - (3 * Math.sqrt(2.592)) / 15)) < 1e-12);
  assert.is(measure?.verdict, "above");
  await clock.pass(30_000);
  assert.is(viewStage(run.state).stage, "canary");
  await stop();
});

test("what is held and not used is watched, too", async () => {
  // The candidate holds 10 s after each 30 s; starting for 20 s of the first: predicted far less.
  const { run, stop } = await open(bench.folder(), predicted("waste_cost", 0, 0.05));
  await rounds(run, "a", 8);
  assert.match(viewStage(run.state).reason as string, /^waste_cost is /);
  await stop();
});

/** As after a kill: what is on the disk, in a folder of its own that nobody leads in. */
function killed(state: string): string {
  const folder = bench.folder();
  cpSync(state, folder, { recursive: true, filter: (path) => !path.endsWith("leaders") });
  return folder;
}

/** What was integrated in other steps may differ in the last bits. */
function same(found: WatchReport, expected: WatchReport): void {
  const rounded = ({ measures, ...rest }: WatchReport) => ({
    ...rest,
    measures: measures.map(({ observed: { value, users }, others, verdict }) =>
      [value, others].map(digits).concat(verdict, `${users}`),
    ),
  });
  assert.equal(rounded(found), rounded(expected));
}

const digits = (value: number | null) => value?.toPrecision(9) ?? "nothing";

test("what was counted goes on over kills and restarts, from the journal and from a snapshot; of another window it begins anew", async () => {
  const waste = predicted("waste_cost", 0, 100);
  const all = ["sla_violations", "start_latency_ms_mean", "decisions_per_user_day_mean"].map((metric) =>
    predicted(metric, 0, 1e9),
  );
  const predictions = { ...waste, predictions: [...waste.predictions, ...all.flatMap((one) => one.predictions)] };
  const state = bench.folder();
  const first = await open(state, predictions);
  const { run } = first;
  await rounds(run, "a", 2);
  // Of these, some are late by the kill, and all still wait.
  for (const user of USERS) await run.arrive({ request: `b-${user}`, user, app: "notebook", requested: null });
  await clock.pass(7_000);
  assert.ok(first.report().observations > 20 && first.report().measures.every(({ observed }) => observed.value !== null));
  const second = await open(killed(state), predictions);
  assert.is(second.run.recovery.replayedEvents, run.events, "no snapshot is there: all of the journal counts");
  same(second.report(), first.report());
  await first.stop();
  const third = await open(state, predictions);
  assert.is(third.run.recovery.replayedEvents, 0, "from the snapshot alone");
  same(third.report(), second.report());
  await clock.pass(20_000);
  const copy = killed(state);
  const fourth = await open(copy, predictions);
  assert.ok(fourth.run.recovery.replayedEvents > 0, "the snapshot, and the steps behind it");
  same(fourth.report(), third.report());
  await rounds(fourth.run, "c", 1);
  assert.ok(fourth.report().observations > third.report().observations);
  const endedMs = fourth.run.state.nowMs;
  await fourth.stop();
  await second.stop();
  const other = await open(copy, predictions, 60, 1_800_000);
  assert.is(other.report().observations, 0);
  assert.is(other.report().sinceMs, endedMs, "from the last event before the snapshot on");
  await other.stop();
  await third.stop();
});

test.run();
