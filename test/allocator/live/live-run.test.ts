import { copyFileSync, mkdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../allocator/core/core.ts";
import type { Decision } from "../../../allocator/core/decisions.ts";
import { checkThoroughly } from "../../../allocator/core/invariants.ts";
import { JournalReader } from "../../../allocator/journal/reader.ts";
import { DryRunPlatform } from "../../../allocator/live/dry-run.ts";
import { fleetFromDocument } from "../../../allocator/live/fleet.ts";
import { Superseded } from "../../../allocator/live/leadership.ts";
import type { Fence, Names } from "../../../allocator/live/ports.ts";
import { Refused } from "../../../allocator/live/refused.ts";
import { readSnapshot, type Snapshot, writeSnapshot } from "../../../allocator/live/snapshot-file.ts";
import { policyFromDocument } from "../../../allocator/policy-document.ts";
import { FLEET, LiveBench, policyOf } from "../../support/live-fleet.ts";

const bench = new LiveBench();
test.after(() => bench.remove());
const { clock } = bench;

const asked = (request: string, user: string, app = "notebook") => ({ request, user, app, requested: null });

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
  return "none";
}

/** What a fresh core makes of the journal, as far as it goes. */
async function replayed(state: string): Promise<AllocatorCore> {
  const core = new AllocatorCore();
  const reader = new JournalReader(join(state, "journal.prae.gz"));
  for await (const slice of reader.slices()) {
    for (const { event, decisions } of slice) assert.equal(core.step(event), decisions, `event ${event.seq}`);
  }
  return core;
}

/** The state folder as it is on the disk now: what a crash at this instant leaves. */
function crashCopy(state: string): string {
  const copy = bench.folder();
  mkdirSync(copy, { recursive: true });
  for (const name of ["journal.prae.gz", "snapshot.prae"]) {
    if (statSync(join(state, name), { throwIfNoEntry: false }) !== undefined) copyFileSync(join(state, name), join(copy, name));
  }
  return copy;
}

test("a user asks, waits for a cold start, works, leaves, and finds it warm when coming back", async () => {
  const run = await bench.open(bench.folder());
  const first = await run.arrive(asked("r1", "alice"));
  assert.is(first.state, "starting");
  assert.is(first.expectedReadyAtMs, clock.nowMs() + 20_000);
  await clock.pass(20_000);
  assert.is(run.request("r1").state, "running");
  assert.is(run.request("r1").node, "general-0");
  await run.ended("r1");
  assert.is(run.request("r1").state, "ended");
  await clock.pass(60_000);
  const second = await run.arrive(asked("r2", "alice"));
  assert.is(second.state, "running");
  assert.is(second.instance, first.instance);
  await run.ended("r2");
  await clock.pass(600_000);
  assert.is([...run.state.instances.values()].length, 0, "its keep-alive is over");
  await run.stop();
});

test("where there is no room a request waits, and gets what becomes free", async () => {
  const run = await bench.open(bench.folder());
  for (const name of ["a", "b", "c", "d"]) await run.arrive(asked(name, name === "a" ? "alice" : "bob"));
  const waiting = await run.arrive(asked("e", "carol"));
  assert.equal([waiting.state, waiting.waitsFor], ["waiting", "capacity"]);
  await clock.pass(20_000);
  await run.ended("b");
  await clock.pass(20_000);
  assert.equal([run.request("e").state, run.request("e").waitsFor], ["running", null]);
  await run.stop();
});

test("whom its own quota keeps waiting is told so, and has an instance once another of its own is gone", async () => {
  const policy = policyFromDocument({ warm: { strategy: "none" }, quotas: { users: { each: { instances: 1 } } } });
  const run = await bench.open(bench.folder(), { policy });
  await run.arrive(asked("a", "alice"));
  const second = await run.arrive(asked("b", "alice"));
  assert.equal([second.state, second.waitsFor], ["waiting", "user_quota"]);
  assert.is((await run.arrive(asked("c", "bob"))).state, "starting");
  await clock.pass(20_000);
  await run.ended("a");
  await clock.pass(20_000);
  assert.is(run.request("b").state, "running");
  await run.stop();
});

test("another role or time zone is another profile: what a role may have counts at once", async () => {
  const users = { each: { instances: 2 }, roles: { intern: { instances: 1 } } };
  const policy = policyFromDocument({ warm: { strategy: "none" }, quotas: { users } });
  const folder = bench.folder();
  const run = await bench.open(folder, { policy });
  const alice = { name: "alice", tier: "standard", timeZone: "UTC", permissions: null, optOut: [] };
  await run.profile({ ...alice, role: "intern" });
  await run.arrive(asked("a", "alice"));
  assert.is((await run.arrive(asked("b", "alice"))).waitsFor, "user_quota");
  await run.profile({ ...alice, role: "staff" });
  assert.is(run.request("b").state, "starting");
  await clock.pass(0);
  const { events } = run;
  await run.profile({ ...alice, role: "staff" });
  assert.is(run.events, events, "the same again is nothing new");
  await run.profile({ ...alice, role: "staff", timeZone: "Europe/Berlin" });
  assert.ok(run.events > events);
  await run.stop();
  assert.is((await replayed(folder)).state.ledger.account(0 as never).timeZone, "Europe/Berlin");
});

test("a request that is sent again has its answer again, and nothing happens twice", async () => {
  const run = await bench.open(bench.folder());
  const first = await run.arrive(asked("r", "alice"));
  await clock.pass(0);
  const events = run.events;
  assert.equal(await run.arrive(asked("r", "alice")), first);
  assert.is(await refusal(run.arrive(asked("r", "bob"))), "conflict");
  await run.ended("r");
  await run.ended("r");
  assert.is((await run.arrive(asked("r", "alice"))).state, "ended");
  assert.is(run.events, events + 1, "its end");
  await run.stop();
});

test("who and what is not known is refused, and nothing has happened", async () => {
  const run = await bench.open(bench.folder());
  const events = run.events;
  assert.is(await refusal(run.arrive(asked("r", "mallory"))), "unknown_user");
  assert.is(await refusal(run.arrive(asked("r", "alice", "game"))), "unknown_app");
  const huge = { cpuMillis: 9_000, memoryMiB: 1, gpuMillis: 0, networkKbps: 0 };
  assert.is(await refusal(run.arrive({ ...asked("r", "alice"), requested: huge })), "too_large");
  assert.is(await refusal(run.ended("r")), "unknown_request");
  assert.is(await refusal(run.usage({ user: "mallory", used: huge, windowMs: 1, saturated: false })), "unknown_user");
  assert.is(run.events, events);
  assert.is((await run.arrive(asked("s", "bob", "shell"))).state, "rejected", "bob may run notebooks alone");
  await run.stop();
});

test("whatever instant a crash comes at, all that was acknowledged is there, and the state is what a replay makes of the journal", async () => {
  const state = bench.folder();
  const run = await bench.open(state, { policy: policyOf("reactive:margin=1.2,every=1m") });
  const acknowledged: { copy: string; digest: Map<string, string> }[] = [];
  const views = () =>
    new Map(
      ["a", "b", "c", "d", "e", "f"].flatMap((name) =>
        run.directory.request(name) ? [[name, JSON.stringify(run.request(name))]] : [],
      ),
    );
  const act: (() => Promise<unknown>)[] = [
    () => run.arrive(asked("a", "alice")),
    () => run.arrive(asked("b", "bob")),
    () => clock.pass(30_000),
    () => run.ended("a"),
    () => run.arrive(asked("c", "carol")),
    () =>
      run.usage({
        user: "bob",
        used: { cpuMillis: 700, memoryMiB: 900, gpuMillis: 0, networkKbps: 0 },
        windowMs: 60_000,
        saturated: false,
      }),
    () => clock.pass(90_000),
    () => Promise.all(["d", "e", "f"].map((name) => run.arrive(asked(name, "carol")))),
    () => run.ended("b"),
    () => clock.pass(45_000),
  ];
  for (const step of act) {
    await step();
    acknowledged.push({ copy: crashCopy(state), digest: views() });
  }
  await run.stop();
  checkThoroughly((await replayed(state)).state);
  for (const { copy, digest } of acknowledged) {
    const again = await bench.open(copy, { policy: policyOf("reactive:margin=1.2,every=1m") });
    checkThoroughly(again.state);
    for (const [name, view] of digest) {
      const { state: wanted, instance } = JSON.parse(view) as { state: string; instance: number };
      // Who waited may have been served by what a replay of the last events set free; nobody lost what it had.
      if (wanted !== "waiting") assert.is(again.request(name).instance, instance, name);
    }
    assert.is(again.recovery.lost, 0);
    await again.stop();
    checkThoroughly((await replayed(copy)).state);
  }
});

test("recovery goes on from the snapshot, and reads no more than what came behind it", async () => {
  const state = bench.folder();
  const run = await bench.open(state);
  for (let i = 0; i < 20; i += 1) {
    await run.arrive(asked(`r${i}`, "alice"));
    await run.ended(`r${i}`);
  }
  await run.stop();
  const again = await bench.open(state);
  assert.is(again.recovery.replayedEvents, 0);
  assert.ok(again.recovery.events > 40);
  assert.is((await again.arrive(asked("r19", "alice"))).state, "ended", "what was over a moment ago is remembered");
  await again.arrive(asked("next", "alice"));
  await again.stop();
  checkThoroughly((await replayed(state)).state);
});

test("a snapshot that another version wrote in another form is passed over: the journal says it all", async () => {
  const state = bench.folder();
  const run = await bench.open(state);
  await run.arrive(asked("r", "alice"));
  await run.stop();
  const path = join(state, "snapshot.prae");
  const snapshot = (await readSnapshot(path)) as Snapshot;
  const core = Buffer.from(snapshot.core);
  const atVersion = 12; // behind the last event's number and time
  core.writeUInt16LE(core.readUInt16LE(atVersion) - 1, atVersion);
  await writeSnapshot(path, { ...snapshot, core });
  const again = await bench.open(state);
  assert.is(again.recovery.replayedEvents, snapshot.position.events);
  assert.is(again.request("r").user, "alice");
  await again.stop();
  assert.ok(AllocatorCore.restores(((await readSnapshot(path)) as Snapshot).core), "and the next start has one of this version");
  checkThoroughly((await replayed(state)).state);
});

test("decisions that may not have been submitted are submitted again, by the same tokens, after they were synced", async () => {
  const state = bench.folder();
  const submitted: Decision[] = [];
  class Deaf extends DryRunPlatform {
    override submit(decisions: readonly Decision[]): void {
      submitted.push(...decisions);
    }
  }
  const platform = (names: ConstructorParameters<typeof DryRunPlatform>[1]) => new Deaf(FLEET, names, clock);
  const run = await bench.open(state, { platform });
  await run.arrive(asked("r", "alice"));
  await clock.pass(0);
  const launch = submitted.find(({ kind }) => kind === "launch");
  assert.ok(launch);
  const copy = crashCopy(state);
  submitted.length = 0;
  const again = await bench.open(copy, { platform });
  assert.is(again.recovery.resubmitted, 1);
  assert.equal(submitted[0], launch);
  await again.stop();
  await run.stop();
});

test("an instance that is gone after a restart is lost: its request starts anew elsewhere", async () => {
  const state = bench.folder();
  const run = await bench.open(state);
  const { instance } = await run.arrive(asked("r", "alice"));
  await clock.pass(20_000);
  await run.stop();
  class Forgetful extends DryRunPlatform {
    override start(report: Parameters<DryRunPlatform["start"]>[0]): Promise<void> {
      return super.start(report, { instances: [], nodes: [] });
    }
  }
  const again = await bench.open(state, { platform: (names) => new Forgetful(FLEET, names, clock) });
  assert.is(again.recovery.lost, 1);
  assert.is.not(again.request("r").instance, instance);
  assert.is(again.request("r").state, "starting");
  await again.stop();
});

test("a fleet grows and users change between two runs; what runs rests on does not", async () => {
  const state = bench.folder();
  await (await bench.open(state)).stop();
  const users = [{ ...FLEET.users[0], tier: "standard", optOut: ["shell"] } as never, ...FLEET.users.slice(1)];
  const fleet = {
    ...FLEET,
    users: [...users, { name: "dave", tier: "standard", role: "", timeZone: "UTC", permissions: null, optOut: [] }],
  };
  const run = await bench.open(state, { fleet });
  assert.equal(
    run.state.ledger.accounts().map(({ tier, optOut }) => [tier, ...optOut]),
    [[1, 1], [1], [1, 1], [1]],
  );
  assert.is((await run.arrive(asked("d", "dave"))).state, "starting");
  await run.stop();
  const smaller = {
    ...FLEET,
    apps: [{ ...FLEET.apps[0], shape: { ...FLEET.apps[0]?.shape, cpuMillis: 1 } } as never, ...FLEET.apps.slice(1)],
  };
  try {
    await bench.open(state, { fleet: smaller });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /app notebook: expected what it was when the run began/);
  }
});

test("one process at a time", async () => {
  const state = bench.folder();
  const run = await bench.open(state);
  try {
    await bench.open(state);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, new RegExp(`no other process on this run, found process ${process.pid}`));
  }
  assert.is((await run.arrive(asked("r", "alice"))).state, "starting");
  await run.stop();
});

test("a leader that another has taken the place of acknowledges nothing more, and its journal is its own", async () => {
  const state = bench.folder();
  const failures: unknown[] = [];
  const old = await bench.open(state, { onFailure: (error) => failures.push(error) });
  await old.arrive(asked("before", "alice"));
  await clock.pass(0);
  // While it slept, one on another host led, and is silent now.
  writeFileSync(join(state, "leaders", "0000000002"), JSON.stringify({ host: "elsewhere", pid: 1, start: null }));
  let fence: Fence | null = null;
  const platform = (names: Names, given: Fence) => {
    fence = given;
    return new DryRunPlatform(FLEET, names, clock);
  };
  const next = await bench.open(state, { standby: true, platform });
  assert.is((fence as Fence | null)?.epoch, 3);
  assert.is(next.request("before").user, "alice");
  try {
    await old.arrive(asked("after", "bob"));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, Superseded);
  }
  await clock.pass(0);
  assert.ok(failures[0] instanceof Superseded);
  assert.is(await refusal(next.ended("after")), "unknown_request");
  await next.arrive(asked("after", "carol"));
  await next.stop();
  checkThoroughly((await replayed(state)).state);
});

test("a journal that is shorter than its snapshot says is refused: what was acknowledged is not there", async () => {
  const state = bench.folder();
  const run = await bench.open(state);
  await run.arrive(asked("r", "alice"));
  await run.stop();
  truncateSync(join(state, "journal.prae.gz"), 100);
  try {
    await bench.open(state);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /expected the journal of the snapshot beside it/);
  }
});

test("a freeze window of the fleet is kept to, also by a run that starts in it", async () => {
  const state = bench.folder();
  const fromMs = clock.nowMs() + 100_000;
  const fleet = { ...FLEET, freezes: [{ fromMs, toMs: fromMs + 100_000 }] };
  const run = await bench.open(state, { fleet });
  await clock.pass(99_999);
  assert.is(run.state.frozen, false);
  await run.stop();
  await clock.pass(50_000);
  const again = await bench.open(state, { fleet });
  assert.is(again.state.frozen, true);
  await clock.pass(50_001);
  assert.is(again.state.frozen, false);
  await again.freeze(true);
  await again.stop();
  const frozen = await bench.open(state, { fleet });
  assert.is(frozen.state.frozen, true, "who froze it by hand thaws it by hand");
  await frozen.stop();
});

test("a torn write is taken off, and the run goes on", async () => {
  const state = bench.folder();
  const run = await bench.open(state);
  await run.arrive(asked("r", "alice"));
  await clock.pass(0);
  const copy = crashCopy(state);
  const journal = join(copy, "journal.prae.gz");
  truncateSync(journal, statSync(journal).size - 3);
  const again = await bench.open(copy);
  assert.ok(again.recovery.tornBytes > 0);
  await again.stop();
  await run.stop();
});

test("everything wrong with a fleet is said at once", () => {
  try {
    fleetFromDocument({
      tiers: [{ name: "a b", level: 2 }],
      pools: [{ name: "p", nodes: 2 }, { name: "p" }],
      apps: [{ name: "x", shape: { cpu: 1 } }],
      users: [{ name: "u", tier: "gold", timeZone: "Mars", permissions: ["y"] }],
      more: 1,
    });
    assert.unreachable();
  } catch (error) {
    assert.equal(
      (error as { issues: { path: string }[] }).issues.map(({ path }) => path),
      [
        "more",
        "tiers[0].name",
        "tiers[0].level",
        "pools[0].capacity",
        "apps[0].coldStart",
        "apps[0].shape.cpu",
        "apps[0].shape",
        "users[0].timeZone",
        "users[0].tier",
        "users[0].permissions",
        "pools[1].name",
      ],
    );
  }
});

test("what a source tells is there with how far it was read, or neither is", async () => {
  const state = bench.folder();
  const run = await bench.open(state);
  const used = { cpuMillis: 5, memoryMiB: 6, gpuMillis: 0, networkKbps: 0 };
  const usage = (user: string) => ({ kind: "usage", user, used, windowMs: 60_000, saturated: false }) as const;
  assert.is(run.position("kafka a/0"), null);
  const told = [
    { kind: "arrived", ...asked("r", "alice") },
    usage("bob"),
    usage("mallory"),
    { kind: "ended", request: "q" },
  ] as const;
  const leftOut = await run.takeIn("kafka a/0", "17", told);
  assert.equal(
    leftOut.map(({ why }) => why),
    ["no user is called mallory", "no request is called q"],
  );
  const whole = crashCopy(state);
  await run.takeIn("kafka a/0", "18", [usage("carol")]);
  const cut = crashCopy(state);
  truncateSync(join(cut, "journal.prae.gz"), statSync(join(cut, "journal.prae.gz")).size - 1);
  for (const copy of [whole, cut]) {
    const again = await bench.open(copy);
    assert.is(again.position("kafka a/0"), "17");
    assert.is(again.request("r").user, "alice");
    assert.is(again.state.ledger.account(2 as never).usage.cpuMillis, 0, "carol's came with 18");
    await again.stop();
    assert.is(
      (await bench.open(copy).then((third) => third.stop().then(() => third))).position("kafka a/0"),
      "17",
      "in a snapshot",
    );
  }
  await run.stop();
});

test.run();
