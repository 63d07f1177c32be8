import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../allocator/core/core.ts";
import type { Decision } from "../../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import type { PoolId } from "../../../allocator/core/ids.ts";
import type { Policy } from "../../../allocator/core/policy.ts";
import { JournalReader } from "../../../allocator/journal/reader.ts";
import { DryRunPlatform } from "../../../allocator/live/dry-run.ts";
import type { FleetUser } from "../../../allocator/live/fleet.ts";
import { viewFleet } from "../../../allocator/live/fleet-view.ts";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import type { Names, Platform } from "../../../allocator/live/ports.ts";
import { Rehearsal } from "../../../allocator/live/rehearsal.ts";
import { type RealNode, RehearsalPlatform } from "../../../allocator/live/rehearsal-platform.ts";
import { FLEET, LiveBench, policyOf } from "../../support/live-fleet.ts";

const bench = new LiveBench();
test.after(() => bench.remove());
const { clock } = bench;

const NOTEBOOK = { app: "notebook", requested: null };
const DAVE: FleetUser = {
  ...{ name: "dave", tier: "standard", role: "", timeZone: "UTC" },
  ...{ permissions: ["notebook"], optOut: [] },
};

/** What was decided, when, without the ids that each run gives by itself. */
class Decided {
  readonly lines: string[] = [];

  onStep({ atMs }: AllocatorEvent, decisions: readonly Decision[]): void {
    for (const { kind, because } of decisions) this.lines.push(`${atMs} ${kind} ${because.rule}`);
  }
}

/** A run that acts, and beside it, once it is begun, a rehearsal of another policy. */
class Stage {
  readonly decided = new Decided();
  readonly rehearsed = new Decided();
  readonly failures: unknown[] = [];
  real!: LiveRun;
  rehearsal: Rehearsal | null = null;

  static async open(
    policy: string,
    state = bench.folder(),
    changed = (policy: Policy): Policy => policy,
    platform = (names: Names): Platform => new DryRunPlatform(FLEET, names, clock),
  ): Promise<Stage> {
    const stage = new Stage();
    const follow = { onStep: (event: AllocatorEvent, made: readonly Decision[]) => stage.rehearsal?.onStep(event, made) };
    const observers = [stage.decided, follow];
    stage.real = await bench.open(state, { policy: changed(policyOf(policy)), observers, platform });
    return stage;
  }

  async rehearse(policy: string, state = bench.folder()): Promise<LiveRun> {
    this.rehearsal = await Rehearsal.open(this.real, {
      ...{ state, fleet: FLEET, policy: policyOf(policy), promotion: null, clock },
      whole: (event) => Promise.resolve(event),
      observers: [this.rehearsed],
      onFailure: (error) => this.failures.push(error),
    });
    await this.rehearsal.catchUp();
    return this.rehearsal.run;
  }

  async close(): Promise<void> {
    await this.real.stop();
    await this.rehearsal?.run.stop();
    assert.equal(this.failures, []);
  }
}

/** Somebody comes, works and goes; another profile is put; two want more than there is room for. */
async function morning({ real }: Stage, name: string): Promise<void> {
  const arrive = (user: string) => real.arrive({ request: `${name}-${user}`, user, ...NOTEBOOK });
  await arrive("alice");
  await clock.pass(25_000);
  await real.profile(DAVE);
  for (const user of ["bob", "carol", "dave"]) await arrive(user);
  await real.arrive({ request: `${name}-more`, user: "carol", ...NOTEBOOK });
  await real.usage({
    user: "alice",
    used: { cpuMillis: 400, memoryMiB: 512, gpuMillis: 0, networkKbps: 0 },
    windowMs: 20_000,
    saturated: false,
  });
  await clock.pass(60_000);
  for (const user of ["alice", "bob", "carol", "dave", "more"]) {
    await real.ended(`${name}-${user}`);
    await clock.pass(1_000);
  }
  await clock.pass(180_000);
}

const fleetOf = ({ state }: LiveRun) => viewFleet(state, clock.nowMs());

test("of the policy in force, a rehearsal decides what the run decides", async () => {
  const stage = await Stage.open("keep-alive:ttl=1m");
  await stage.rehearse("keep-alive:ttl=1m");
  await morning(stage, "a");
  for (const kind of ["launch", "queue", "stop"]) assert.match(stage.decided.lines.join("\n"), kind);
  // What comes of a decision is told by each platform in its own turn, within the same instant.
  assert.equal(stage.rehearsed.lines.toSorted(), stage.decided.lines.toSorted());
  assert.equal(fleetOf(stage.rehearsal!.run), fleetOf(stage.real));
  await stage.close();
});

test("of another, it decides what that would, and nothing of it comes to the run", async () => {
  const alone = await Stage.open("keep-alive:ttl=1m");
  const alonesMs = clock.nowMs();
  await morning(alone, "a");
  await alone.close();
  const stage = await Stage.open("keep-alive:ttl=1m");
  const offsetMs = clock.nowMs() - alonesMs;
  const state = bench.folder();
  await stage.rehearse("keep-alive:ttl=2m", state);
  await morning(stage, "a");
  const later = (line: string) => line.replace(/^\d+/, (atMs) => String(Number(atMs) + offsetMs));
  assert.equal(stage.decided.lines.toSorted(), alone.decided.lines.map(later).toSorted());
  const stops = (lines: readonly string[]) =>
    lines.filter((line) => / stop keep_alive_ended/.test(line)).map((line) => Number.parseInt(line, 10));
  const [first, later1] = [stops(stage.decided.lines)[0] as number, stops(stage.rehearsed.lines)[0] as number];
  assert.is(later1 - first, 60_000);
  await stage.close();
  const core = new AllocatorCore();
  for await (const slice of new JournalReader(join(state, "journal.prae.gz")).slices())
    for (const { event, decisions } of slice) assert.equal(core.step(event), decisions, `event ${event.seq}`);
  assert.is(core.state.policy?.name, stage.rehearsal!.run.state.policy?.name);
});

test("what the run refuses nobody uses: in the rehearsal it ends at once", async () => {
  const stage = await Stage.open("keep-alive:ttl=1m", bench.folder(), (policy) => {
    const tiers = { premium: { nominal: { cpuMillis: 4_000 } }, standard: { nominal: {}, borrowing: { cpuMillis: 500 } } };
    return { ...policy, quotas: { tiers } };
  });
  const rehearsing = await stage.rehearse("keep-alive:ttl=1m");
  await stage.real.arrive({ request: "r1", user: "bob", ...NOTEBOOK });
  await stage.real.arrive({ request: "r2", user: "alice", ...NOTEBOOK });
  assert.equal([stage.real.request("r1").state, stage.real.request("r2").state], ["rejected", "starting"]);
  assert.equal([rehearsing.request("r1").state, rehearsing.request("r2").state], ["ended", "starting"]);
  await stage.close();
});

test("it has the nodes that the run has: as they come, drain and go", async () => {
  const node = (name: string, isDraining = false): RealNode => {
    const { capacity } = FLEET.pools[0]!;
    return { node: name, pool: 0 as PoolId, capacity, offered: capacity, places: Number.POSITIVE_INFINITY, isDraining };
  };
  let world!: RehearsalPlatform;
  const stage = await Stage.open("keep-alive:ttl=1m", bench.folder(), undefined, (names) => {
    world = new RehearsalPlatform(FLEET, names, clock, [node("n1")]);
    return world;
  });
  const rehearsing = await stage.rehearse("keep-alive:ttl=2m");
  const nodes = ({ state, directory }: LiveRun) => state.nodes.all().map(({ id, state }) => `${directory.node(id)} ${state}`);
  for (const name of ["r1", "r2", "r3"]) await stage.real.arrive({ request: name, user: "alice", ...NOTEBOOK });
  const states = ({ request }: { request: LiveRun["request"] }) => ["r1", "r2", "r3"].map((name) => request(name).state);
  const both = () => [stage.real, rehearsing].map((run) => [nodes(run), states({ request: (name) => run.request(name) })]);
  const expect = (...expected: unknown[]) => assert.equal(both(), [expected, expected]);
  expect(["n1 ready"], ["starting", "starting", "waiting"]);
  world.nodeThere(node("n2"));
  await clock.pass(60_000);
  expect(["n1 ready", "n2 ready"], ["running", "running", "running"]);
  world.nodeThere(node("n2", true));
  await clock.pass(1_000);
  expect(["n1 ready", "n2 draining"], ["running", "running", "running"]);
  world.nodeLost("n1");
  await clock.pass(30_000);
  const [first] = both();
  expect(...(first as unknown[]));
  assert.equal(nodes(rehearsing), ["n1 lost", "n2 draining"]);
  await stage.close();
});

test("begun late, or again, it catches up: who is known, who runs, who has gone meanwhile", async () => {
  const stage = await Stage.open("keep-alive:ttl=1m");
  await stage.real.profile(DAVE);
  await stage.real.arrive({ request: "r1", user: "dave", ...NOTEBOOK });
  await stage.real.arrive({ request: "r2", user: "alice", ...NOTEBOOK });
  await clock.pass(30_000);
  const state = bench.folder();
  const first = await stage.rehearse("keep-alive:ttl=1m", state);
  await clock.pass(30_000);
  assert.equal(
    ["r1", "r2"].map((name) => first.request(name).state),
    ["running", "running"],
  );
  stage.rehearsal = null;
  await first.stop();
  await stage.real.ended("r1");
  await stage.real.arrive({ request: "r3", user: "bob", ...NOTEBOOK });
  await stage.real.freeze(true);
  const again = await stage.rehearse("keep-alive:ttl=1m", state);
  assert.equal(
    ["r1", "r2", "r3"].map((name) => again.request(name).state),
    ["ended", "running", "starting"],
  );
  assert.is(again.state.frozen, true);
  await stage.close();
});

test.run();
