/** Journals without an end mark: of a run that writes, of one that was killed. Every verb reads them alike, and none takes damage for that. */
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LiveBench } from "../../support/live-fleet.ts";
import { prae, refusal, short, testFolder } from "../../support/prae.ts";

const folder = testFolder("unended-journal");
const bench = new LiveBench();
test.after(() => bench.remove());

const state = join(folder, "live");
const run = await bench.open(state);
for (const request of ["r1", "r2", "r3"]) {
  await run.arrive({ request, user: "alice", app: "notebook", requested: null });
  await bench.clock.pass(30_000);
  await run.ended(request);
  await bench.clock.pass(60_000);
}

/** A copy of the journal as it is, with something done to it. */
function copy(name: string, change: (file: string) => void): string {
  const of = join(folder, name);
  mkdirSync(of);
  const file = join(of, "journal.prae.gz");
  copyFileSync(join(state, "journal.prae.gz"), file);
  change(file);
  return of;
}

const VERBS = {
  cat: (of: string) => ["journal", "cat", of],
  "journal replay": (of: string) => ["journal", "replay", of],
  replay: (of: string) => ["replay", of],
  why: (of: string) => ["why", of, "--user", "alice"],
};
const { events } = run;

test("while it is written, each verb gives what is there, says so on stderr, and succeeds", () => {
  for (const [verb, args] of Object.entries(VERBS)) {
    const { status, stdout, stderr } = prae(args(state));
    assert.is(status, 0, verb);
    assert.is(stderr, "prae: the journal has no end mark: it is still being written, or was cut\n", verb);
    assert.ok(stdout.length > 0);
  }
  const { status, stdout } = prae(["journal", "cat", state, "--json"]);
  assert.is(status, 0);
  const document = JSON.parse(stdout);
  assert.is(document.ended, false);
  assert.is(document.steps.length, events);
  const some = JSON.parse(prae(["journal", "cat", state, "--json", "--limit", "2"]).stdout);
  assert.is(some.steps.length, 2);
  assert.is(some.ended, null, "how it ends was not read");
  assert.match(short(refusal(["journal", "verify", state])[0]!), /found the end of the file$/);
});

test("of a write that was cut it is said how long it is; what came before is given, and no more", () => {
  const whole = statSync(join(state, "journal.prae.gz")).size;
  const tails: Readonly<Record<string, readonly [change: (file: string) => void, fewer: number]>> = {
    cut: [(file) => truncateSync(file, whole - 1), 1],
    zeros: [(file) => appendFileSync(file, Buffer.alloc(300)), 0],
    noise: [(file) => appendFileSync(file, Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7919) % 256))), 0],
    flipped: [(file) => writeFileSync(file, flipped(file, whole - 6)), 1],
  };
  for (const [name, [change, fewer]] of Object.entries(tails)) {
    const of = copy(name, change);
    const cat = prae(["journal", "cat", of, "--json"]);
    assert.is(cat.status, 0, name);
    const left = JSON.parse(cat.stdout).steps.length;
    assert.ok(fewer === 0 ? left === events : left < events, name);
    assert.match(cat.stderr, /; its last part is not whole and was left out \(\d+ bytes of a write that was cut\)\n$/, name);
    const others = name === "cut" ? Object.entries(VERBS) : [];
    for (const [verb, args] of others) assert.equal([prae(args(of)).status, verb], [0, verb]);
    assert.match(short(refusal(["journal", "verify", of])[0]!), /found \d+ bytes of a write that was cut$/);
  }
  const zeros = prae(["journal", "cat", join(folder, "zeros")]);
  assert.match(zeros.stderr, "(300 bytes of a write that was cut)");
});

test("damage before whole parts is damage, for every verb", () => {
  const size = statSync(join(state, "journal.prae.gz")).size;
  for (const [name, at] of Object.entries({ header: Math.floor(size / 2), early: 60 })) {
    const of = copy(`damaged-${name}`, (file) => writeFileSync(file, flipped(file, startBehind(file, at))));
    for (const [verb, args] of Object.entries(VERBS)) {
      const issue = refusal(args(of))[0]!;
      assert.match(short(issue), /found a damaged part before whole ones, at byte \d+ of the file$/, `${verb} ${name}`);
    }
    refusal(["import", "journal", of, "--out", join(folder, "never")]);
  }
});

/** Where a member begins at or behind `at`: its magic, damaged, is no gzip any more. */
function startBehind(file: string, at: number): number {
  return readFileSync(file).indexOf(Buffer.from([0x1f, 0x8b, 8, 4]), at);
}

function flipped(file: string, at: number): Buffer {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes;
}

test("once it is stopped, nothing is said", async () => {
  await run.stop();
  for (const [verb, args] of Object.entries(VERBS)) {
    const { status, stderr } = prae(args(state));
    assert.equal([status, stderr], [0, ""], verb);
  }
  assert.is(JSON.parse(prae(["journal", "cat", state, "--json"]).stdout).ended, true);
  assert.is(prae(["journal", "verify", state]).status, 0);
});

test.run();
