import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TraceBuilder } from "../../../datasets/build-trace.ts";
import { InputError } from "../../../datasets/issues.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { changeTrace } from "../../../datasets/what-if/change-trace.ts";
import type { TraceChange } from "../../../datasets/what-if/trace-change.ts";
import { randomTrace } from "../../support/random-trace.ts";
import { HOUR_MS, hourly, workingDays } from "../../support/usage-trace.ts";

const trace = randomTrace(1);
const { startMs, endMs } = trace.manifest.window;

function demand(factor: number, fromMs = startMs, toMs = endMs, app: number | null = null): TraceChange {
  return { kind: "demand", text: `demand=${factor}`, factorPpm: Math.round(factor * 1e6), fromMs, toMs, app };
}
function users(factor: number, fromMs = startMs): TraceChange {
  return { kind: "users", text: `users=${factor}`, factorPpm: Math.round(factor * 1e6), fromMs };
}
function startUp(factor: number): TraceChange {
  return { kind: "start-up", text: `start-up=${factor}`, factorPpm: Math.round(factor * 1e6) };
}
function changed(changes: readonly TraceChange[], { seed = 1, of = trace }: { seed?: number; of?: Trace } = {}): Trace {
  return changeTrace(of, changes, seed).trace;
}

interface Row {
  readonly name: string;
  readonly atMs: number;
  readonly what: string;
}

function rowsOf({ requests }: Trace): Row[] {
  return Array.from({ length: requests.count }, (_, row) => ({
    name: requests.names![row]!,
    atMs: requests.submitMs[row]!,
    what: [requests.user, requests.app, requests.tier, requests.runMs, requests.shape].map((column) => column[row]).join(" "),
  }));
}

const originalOf = (name: string) => name.split("~")[0]!;

/** Ids stay, and with them names that nobody uses any more: no other law is broken. */
function brokenLaws(of: Trace): string[] {
  return checkTrace(of)
    .map(({ expected }) => expected)
    .filter((expected) => !/in order of first appearance|shapes, all in use/.test(expected));
}

test("demand × 2.5: every request two or three times, as long and for the same user, within five minutes", () => {
  const after = changed([demand(2.5)]);
  const times = new Map<string, number>();
  const before = new Map(rowsOf(trace).map((row) => [row.name, row]));
  for (const { name, atMs, what } of rowsOf(after)) {
    const original = before.get(originalOf(name))!;
    times.set(original.name, (times.get(original.name) ?? 0) + 1);
    assert.is(what, original.what);
    assert.ok(Math.abs(atMs - original.atMs) <= 300_000 && atMs >= startMs && atMs < endMs);
    if (name === original.name) assert.is(atMs, original.atMs);
  }
  assert.equal(new Set(times.values()), new Set([2, 3]));
  assert.is(times.size, trace.requests.count);
  // Binomial: 600 draws at one half; 4.5 standard deviations either side.
  assert.ok(Math.abs(after.requests.count - 1500) < 4.5 * Math.sqrt(150), `${after.requests.count}`);
  assert.equal(brokenLaws(after), []);
});

test("what a smaller factor adds a larger one adds too, and one below 1 leaves out", () => {
  const names = (factor: number) => new Set(rowsOf(changed([demand(factor)])).map(({ name, atMs }) => `${name} ${atMs}`));
  const [fifth, half, more] = [names(1.2), names(1.5), names(2.2)];
  assert.ok([...fifth].every((name) => half.has(name)) && [...half].every((name) => more.has(name)));
  const fewer = names(0.5);
  assert.ok([...fewer].every((name) => !name.includes("~")) && fewer.size > 240 && fewer.size < 360, `${fewer.size}`);
});

test("the same seed gives the same trace, another seed another; × 1 is the trace itself", () => {
  const digest = (changes: readonly TraceChange[], seed: number) => changed(changes, { seed }).manifest.digest;
  for (const changes of [[demand(1.2)], [users(1.5)], [demand(3, 10_000, 90_000, 0), users(2)]]) {
    assert.is(digest(changes, 1), digest(changes, 1));
    assert.is.not(digest(changes, 2), digest(changes, 1));
  }
  assert.is(digest([demand(1), users(1), startUp(1)], 1), trace.manifest.digest);
});

test("a burst is of its app and time alone", () => {
  const after = rowsOf(changed([demand(5, 300_000, 360_000, 1)]));
  const copies = after.filter(({ name }) => name.includes("~"));
  const concerned = rowsOf(trace).filter(({ atMs, what }) => atMs >= 300_000 && atMs < 360_000 && what.split(" ")[1] === "1");
  assert.ok(concerned.length > 3);
  assert.is(copies.length, 4 * concerned.length);
  assert.ok(copies.every(({ atMs, what }) => atMs >= 300_000 && atMs < 360_000 && what.split(" ")[1] === "1"));
  assert.equal(
    after.filter(({ name }) => !name.includes("~")),
    rowsOf(trace),
  );
});

test("twice the users: copies with ids of their own do what their originals do, moved by one time each", () => {
  const after = changed([users(2)]);
  assert.equal(
    after.users.map(({ name }) => name),
    [...trace.users.map(({ name }) => name), ...trace.users.map(({ name }) => `${name}~2`)],
  );
  assert.is(after.requests.count, 2 * trace.requests.count);
  const shifts = new Map<string, Set<number>>();
  const before = new Map(rowsOf(trace).map((row) => [row.name, row]));
  for (const { name, atMs, what } of rowsOf(after)) {
    const original = before.get(originalOf(name))!;
    const [user, ...rest] = what.split(" ");
    const [owner, ...same] = original.what.split(" ");
    assert.equal(rest, same);
    if (name === original.name) continue;
    assert.is(after.users[Number(user)]!.name, `${trace.users[Number(owner)]!.name}~2`);
    const lengthMs = endMs - startMs;
    const shift = (((atMs - original.atMs) % lengthMs) + lengthMs) % lengthMs;
    shifts.set(user!, (shifts.get(user!) ?? new Set()).add(shift));
  }
  assert.is(shifts.size, trace.users.length);
  for (const own of shifts.values()) assert.is(own.size, 1);
  assert.is(new Set([...shifts.values()].flatMap((own) => [...own])).size, trace.users.length);
  assert.equal(brokenLaws(after), []);
});

test("half of the users, one and a half times as many: whom it concerns is drawn, and how many is exact", () => {
  const active = (of: Trace) => new Set([...of.requests.user]);
  const half = changed([users(0.5)]);
  assert.is(active(half).size, 2);
  assert.is(half.users.length, 4);
  assert.is(active(changed([users(1.5)])).size, 6);
  assert.is(active(changed([users(2.25)])).size, 9);
});

test("before it begins nothing differs; copies of users come when it does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 899_999 }), fc.integer({ min: 0, max: 4_000 }), (fromMs, thousandths) => {
      const factor = thousandths / 1_000;
      for (const change of [demand(factor, fromMs), users(Math.max(0.5, factor), fromMs)]) {
        const early = (of: Trace) => rowsOf(of).filter(({ atMs }) => atMs < fromMs);
        let after: ReturnType<typeof changeTrace>;
        try {
          after = changeTrace(trace, [change], 1);
        } catch (error) {
          assert.instance(error, InputError);
          continue;
        }
        assert.equal(early(after.trace), early(trace));
        assert.equal(brokenLaws(after.trace), []);
        const [join, ...more] = after.joins;
        assert.equal(more, []);
        if (after.trace.users.length > 4) assert.equal(join, { atMs: fromMs, firstUser: 4, endUser: after.trace.users.length });
      }
    }),
    { numRuns: 40 },
  );
});

test("changes go in the order in which they begin, however they were written", () => {
  const changes = [users(2, 500_000), users(2, 100_000), demand(1.5)];
  const one = changeTrace(trace, changes, 1);
  assert.is(changeTrace(trace, [...changes].reverse(), 1).trace.manifest.digest, one.trace.manifest.digest);
  assert.equal(
    one.joins.map(({ atMs, firstUser, endUser }) => [atMs, firstUser, endUser]),
    [
      [100_000, 4, 8],
      [500_000, 8, 16],
    ],
  );
  assert.equal(brokenLaws(one.trace), []);
});

test("usage: amounts are multiplied, from the samples that end after it begins", () => {
  const [at, amounts] = [
    [1, 2, 3, 4],
    [10, 20, 31, 40],
  ];
  const of = hourly({ ana: at.map((hour, index) => [hour, { cpuMillis: amounts[index]! }] as const) });
  const { startMs: from, endMs: to } = of.manifest.window;
  const used = (changes: readonly TraceChange[]) => [...changed(changes, { of }).usage!.cpuMillis];
  assert.equal(used([demand(1.5, from, to)]), [15, 30, 47, 60]);
  assert.equal(used([demand(0, 2 * HOUR_MS, to)]), [10, 20, 0, 0]);
  assert.equal(used([demand(3, 2 * HOUR_MS, 3 * HOUR_MS)]), [10, 20, 93, 40]);
});

test("usage of twice the users: each copy's samples are its original's, none missing, on the same grid", () => {
  const of = workingDays();
  const { startMs: from } = of.manifest.window;
  const after = changed([users(3, from)], { of });
  assert.equal(brokenLaws(after), []);
  const sumOf = ({ usage }: Trace, user: number) => {
    let sum = 0;
    for (let row = 0; row < usage!.count; row += 1) if (usage!.user[row] === user) sum += usage!.cpuMillis[row]!;
    return sum;
  };
  for (let user = 0; user < 3; user += 1) {
    assert.is(sumOf(after, user), sumOf(of, user));
    for (const copy of [3 + 2 * user, 4 + 2 * user]) assert.is(sumOf(after, copy), sumOf(of, user), after.users[copy]!.name);
  }
  assert.ok([...after.usage!.atMs].every((atMs) => atMs % HOUR_MS === 0));
});

test("slower start-ups are of every app", () => {
  const after = changed([startUp(2.5)]);
  assert.equal(
    after.apps.map(({ coldStartMs, resumeMs }) => [coldStartMs, resumeMs]),
    trace.apps.map(({ coldStartMs, resumeMs }) => [coldStartMs * 2.5, resumeMs * 2.5]),
  );
  assert.is.not(after.manifest.digest, trace.manifest.digest);
});

test("permissions and context go with the copies", () => {
  const builder = new TraceBuilder({
    name: "x",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  });
  builder.user({ name: "ana", permissions: ["web"], role: "nurse" });
  builder.app({ name: "web" });
  builder.request({ user: "ana", app: "web", submitMs: 5, runMs: 1 });
  builder.context({ atMs: 0, endMs: 9, kind: "no-prewarm", label: "web", user: "ana" });
  const after = changed([users(3, 0)], { of: builder.build({ startMs: 0, endMs: 10 }) });
  assert.equal(
    after.users.map(({ role, permissions }) => [role, permissions]),
    Array.from({ length: 3 }, () => ["nurse", [0]]),
  );
  assert.equal(
    after.context.map(({ user }) => user),
    [0, 1, 2],
  );
  assert.equal(brokenLaws(after), []);
});

test("what was done is said among the notes", () => {
  const notes = changed([demand(2), users(0.5), startUp(3)]).manifest.notes.slice(trace.manifest.notes.length);
  assert.equal(notes.slice(0, 2), [
    "what if demand=2: 1200 requests instead of 600; each copy arrives within 5 min of its original, drawn with seed 1",
    "what if users=0.5: 2 of 4 users, drawn with seed 1; the others ask for nothing",
  ]);
  assert.match(notes[2]!, "what if start-up=3: cold starts and resumptions take 3 × as long");
});

test("what the trace cannot show is refused, all of it at once, with the reason", () => {
  const issuesOf = (of: Trace, changes: readonly TraceChange[]) => {
    try {
      changeTrace(of, changes, 1);
    } catch (error) {
      if (error instanceof InputError) return error.issues.map(({ path, expected }) => `${path}: ${expected}`);
      throw error;
    }
    return [];
  };
  assert.equal(issuesOf(trace, [demand(0), users(0), users(1.01), demand(2, 5, 5), demand(1_000_000)]), [
    "demand=0: a factor that leaves a request",
    "users=0: a factor that leaves a user",
    "users=1.01: a factor that changes how many users there are",
    "demand=1000000: at most 200000000 rows",
    "demand=2: a time in which there are requests to multiply",
  ]);
  const usage = workingDays();
  assert.equal(issuesOf(usage, [demand(2, 0, HOUR_MS, 0), startUp(2), demand(2, HOUR_MS * 240, HOUR_MS * 241)]), [
    "demand=2: * on a trace of usage, which has no requests of an app",
    "start-up=2: a trace of requests: in one of usage nothing is ever started",
    "demand=2: a time in which there are samples to multiply",
  ]);
  const instant = { ...trace, apps: trace.apps.map((app) => ({ ...app, coldStartMs: 0, resumeMs: 0 })) };
  assert.equal(issuesOf(instant, [startUp(2)]), ["start-up=2: a start-up time to multiply"]);
});

test.run();
