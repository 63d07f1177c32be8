import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteWriter } from "../../allocator/core/bytes.ts";
import { AllocatorCore } from "../../allocator/core/core.ts";
import { type Decision, type DecisionKind, type DecisionOf, GUARDRAILS, RULES } from "../../allocator/core/decisions.ts";
import { type AllocatorEvent, type EventKind, type EventOf, FAILURE_REASONS } from "../../allocator/core/events.ts";
import { ROLLOUT_STAGES } from "../../allocator/core/rollout.ts";
import {
  DECISION_CODECS,
  EVENT_CODECS,
  ID_DEFINED,
  JOURNAL_ENDED,
  JOURNAL_MAGIC,
  JOURNAL_VERSION,
} from "../../allocator/journal/codecs.ts";
import { JournalError, JournalReader, type JournalStep } from "../../allocator/journal/reader.ts";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import { clairvoyantForecasts } from "../../models/clairvoyant.ts";
import { clusterOf } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { randomTrace } from "../support/random-trace.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-journal-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

const SHAPE = { cpuMillis: 0xffff_ffff, memoryMiB: 1, gpuMillis: 0, networkKbps: 7 };
const LATE_MS = 2 ** 45 + 3;
const ELASTIC = { capacity: SHAPE, nodes: 2, least: 1, most: 0xffff_fffe, priceMicrosPerHour: LATE_MS };

type EventFields = { readonly [K in EventKind]: Omit<EventOf<K>, "kind" | "seq" | "atMs"> };
const EVENTS = {
  tier_defined: { tier: 0, name: "premium", targetStartMs: LATE_MS, priority: -7, levelPpm: 990_000, mayPreempt: true },
  pool_defined: { pool: 0, name: "gpu ", unlimited: true, provisionMs: 60_000, elastic: ELASTIC },
  user_defined: { user: 0, name: "ana 🙂", tier: 0, role: "rôle", timeZone: "Asia/Tokyo", permissions: [1, 0], optOut: [2, 7] },
  app_defined: { app: 0, name: "", shape: SHAPE, coldStartMs: 1, resumeMs: 2, shared: true, concurrency: 3 },
  policy_activated: { policy: policyFromText("reactive") },
  forecast_issued: { setDigest: "aa", batchIndex: 3, batchDigest: "bb" },
  usage_observed: { user: 0, used: SHAPE, windowMs: 300_000, saturated: true },
  request_arrived: { request: 0, name: "r-0", user: 0, app: 0, requested: SHAPE, tier: 0 },
  request_ended: { request: 0 },
  request_cancelled: { request: 5 },
  node_ready: { node: 0, name: "n", pool: 0, capacity: SHAPE },
  node_draining: { node: 0 },
  node_lost: { node: 0 },
  instance_placed: { instance: 4, node: null },
  instance_ready: { instance: 4 },
  instance_stopped: { instance: 4 },
  instance_suspended: { instance: 4 },
  instance_resized: { instance: 4, size: SHAPE },
  instance_lost: { instance: 4 },
  decision_failed: { decisionSeq: 9, decisionIndex: 1, reason: "unknown_target" },
  timer: { timerId: 12 },
  tick: {},
  freeze_set: { frozen: true },
  stage_set: {
    stage: "canary",
    promotion: "ab12",
    candidate: { name: "other" },
    sharePpm: 100_000,
    seed: 4_294_967_295,
    reason: "begun",
  },
  source_read: { source: "kafka usage/0", position: "9007199254740993" },
  node_shared: { node: 0, name: "n", pool: 0, capacity: SHAPE, offered: { ...SHAPE, cpuMillis: 0 }, places: 110 },
} as unknown as EventFields;

type DecisionFields = { readonly [K in DecisionKind]: Omit<DecisionOf<K>, "kind" | "seq" | "index" | "because"> };
const DECISIONS = {
  reserve: { user: 1, resources: SHAPE },
  release: { user: 1 },
  launch: { instance: 1, app: 2, user: null, size: SHAPE, pool: 0, node: null, request: null },
  bind: { instance: 1, request: 2 },
  suspend: { instance: 1 },
  resume: { instance: 1 },
  stop: { instance: 1 },
  resize: { instance: 1, size: SHAPE },
  preempt: { instance: 1, request: 2 },
  resize_pool: { pool: 1, nodes: 4 },
  queue: { request: 2 },
  reject: { request: 2 },
  set_timer: { timerId: 1, timerAtMs: LATE_MS },
  cancel_timer: { timerId: 1 },
} as unknown as DecisionFields;

const NO_REASON: Decision["because"] = {
  rule: "arrival",
  batchIndex: -1,
  levelPpm: 0,
  factorPpm: 1_000_000,
  guardrail: "none",
  rung: "none",
};
const FULL_REASON: Decision["because"] = {
  rule: "forecast",
  batchIndex: 8,
  levelPpm: 1,
  factorPpm: 2,
  guardrail: "capacity",
  rung: "seasonal",
};

/** Every kind of event once, the tick with every kind of decision twice: for each reason. */
function everything(): JournalStep[] {
  const steps = Object.entries(EVENTS).map(([kind, fields], seq) => {
    return { event: { kind, seq, atMs: LATE_MS, ...fields } as unknown as AllocatorEvent, decisions: [] as Decision[] };
  });
  const tick = steps.at(-1)!;
  for (const because of [NO_REASON, FULL_REASON]) {
    for (const [kind, fields] of Object.entries(DECISIONS)) {
      const token = { kind, seq: tick.event.seq, index: tick.decisions.length, because };
      tick.decisions.push({ ...token, ...fields } as unknown as Decision);
    }
  }
  return steps;
}

async function write(to: string | null, steps: readonly JournalStep[]) {
  const writer = new JournalWriter(to);
  for (const { event, decisions } of steps) writer.onStep(event, decisions);
  return writer.finish();
}

async function read(from: string): Promise<{ steps: JournalStep[]; reader: JournalReader }> {
  const reader = new JournalReader(from);
  const steps: JournalStep[] = [];
  for await (const slice of reader.slices()) steps.push(...slice);
  return { steps, reader };
}

/** What reading gives: the error's words, or how far it came. */
async function outcome(from: string): Promise<string> {
  try {
    const { reader } = await read(from);
    return reader.ended ? "whole" : "cut";
  } catch (error) {
    if (error instanceof JournalError) return error.message;
    throw error;
  }
}

let files = 0;
/** The file of these records, compressed. */
function fileOf(records: Uint8Array): string {
  files += 1;
  const name = path(`damaged-${files}`);
  writeFileSync(name, gzipSync(records, { level: 0 }));
  return name;
}

test("every kind of event and decision is written and read", async () => {
  const steps = everything();
  const written = await write(path("everything"), steps);
  const { steps: found, reader } = await read(path("everything"));
  assert.equal(found, steps);
  assert.ok(reader.ended);
  assert.is(reader.digest(), written.digest);
  assert.is(written.events, 26);
  assert.is(written.decisions, 28);
  assert.is(written.bytes, gunzipSync(readFileSync(path("everything"))).length);
  assert.equal(reader.names.user, ["ana 🙂"]);
  assert.equal(reader.names.request, ["r-0"]);
});

test("absent and present ids are told apart, names too", async () => {
  const steps: JournalStep[] = [
    { kind: "user_defined", user: 0, name: "ana", tier: 0, role: "", timeZone: "", permissions: null, optOut: [] },
    { kind: "user_defined", user: 1, name: "bob", tier: 0, role: "", timeZone: "", permissions: [], optOut: [] },
    { kind: "request_arrived", request: 0, name: null, user: 0, app: 0, requested: SHAPE, tier: 0 },
    { kind: "instance_placed", instance: 0, node: 0 },
  ].map((event, seq) => ({ event: { ...event, seq, atMs: seq } as unknown as AllocatorEvent, decisions: [] }));
  const launch = { kind: "launch", seq: 3, index: 0, because: NO_REASON, ...DECISIONS.launch, user: 0, node: 0, request: 0 };
  (steps[3]!.decisions as Decision[]).push(launch as unknown as Decision);
  await write(path("absent"), steps);
  assert.equal((await read(path("absent"))).steps, steps);
});

test("JOURNAL.md gives every kind its code", () => {
  const rows = readFileSync("allocator/journal/JOURNAL.md", "utf8").matchAll(/^\| (\d+) \| `(\w+)` \|/gm);
  const codes = Object.entries({ ...EVENT_CODECS, ...DECISION_CODECS }).map(([kind, { code }]) => [kind, code]);
  assert.equal(
    [...rows].map(([, code, kind]) => [kind, Number(code)]),
    codes,
  );
  const names = readFileSync("allocator/journal/JOURNAL.md", "utf8").matchAll(
    /^(?:Rules|Stages|Reasons|Guardrails), from 0: ([^.]*)\./gms,
  );
  const lists = [...names].map(([, list]) => list!.replace(/[`\s]/g, "").split(","));
  assert.equal(lists, [[...ROLLOUT_STAGES], [...FAILURE_REASONS], [...RULES], [...GUARDRAILS]]);
});

test("the digest is the same with and without a file, and another one for any difference", async () => {
  const { digest } = await write(path("with-file"), everything());
  assert.is((await write(null, everything())).digest, digest);
  const other = everything();
  (other[3]!.event as { atMs: number }).atMs += 1;
  assert.is.not((await write(null, other)).digest, digest);
  const fewer = everything();
  (fewer.at(-1)!.decisions as Decision[]).pop();
  assert.is.not((await write(null, fewer)).digest, digest);
});

test("a journal never writes over a file", () => {
  writeFileSync(path("mine"), "mine");
  assert.throws(
    () => new JournalWriter(path("mine")),
    (error: NodeJS.ErrnoException) => error.code === "EEXIST",
  );
  assert.is(readFileSync(path("mine"), "utf8"), "mine");
});

for (const text of [
  "reactive:every=20s",
  "keep-alive:ttl=30s",
  "clairvoyant:reserve=on",
  "hpa",
  "knative",
  "vpa:every=30s",
  "crane:every=30s",
  "greedy-dual",
  "warm-pool:cooldown=20s",
  "phpa-holt-winters:every=5s",
]) {
  test(`a journal of ${text} gives the same decisions in a fresh core`, async () => {
    const trace = randomTrace(3);
    const policy = policyFromText(text);
    const forecasts = policy.feed === null ? [] : [clairvoyantForecasts(trace, policy.feed)];
    const journal = new JournalWriter(path(text));
    const { stateDigest, events } = await simulate({ trace, cluster: clusterOf(trace), policy, forecasts, observers: [journal] });
    const { digest } = await journal.finish();
    const { steps, reader } = await read(path(text));
    const core = new AllocatorCore();
    const rewritten = new JournalWriter(null);
    for (const { event, decisions } of steps) {
      const whole = event.kind === "forecast_issued" ? { ...event, batch: forecasts[0]!.batch(event.batchIndex) } : event;
      const again = core.step(whole);
      assert.equal(again, decisions);
      rewritten.onStep(whole, again);
    }
    assert.is(steps.length, events);
    assert.is(core.digest(), stateDigest);
    assert.is(reader.digest(), digest);
    assert.is((await rewritten.finish()).digest, digest);
  });
}

test("what is no journal is refused", async () => {
  writeFileSync(path("empty"), "");
  writeFileSync(path("text"), "request_id,user_id\n");
  const header = (magic: string, version: number) => {
    const out = new ByteWriter();
    for (const character of magic) out.u8(character.charCodeAt(0));
    out.u16(version);
    return out.written().slice();
  };
  assert.match(await outcome(path("text")), /^not a gzip file, or damaged/);
  assert.match(await outcome(path("empty")), /its header is missing|ends in the middle/);
  assert.match(await outcome(fileOf(new Uint8Array(0))), /its header is missing/);
  assert.match(await outcome(fileOf(header("PRAE", 1).subarray(0, 5))), /its header is missing/);
  assert.match(await outcome(fileOf(header("PRAEJRNX", JOURNAL_VERSION))), /its header is missing/);
  assert.match(await outcome(fileOf(header(JOURNAL_MAGIC, 99))), /^journal version 99/);
  assert.is(await outcome(fileOf(header(JOURNAL_MAGIC, JOURNAL_VERSION))), "cut");
  let missing: unknown;
  await read(path("nothing-there")).catch((error: unknown) => {
    missing = error;
  });
  assert.is((missing as NodeJS.ErrnoException).code, "ENOENT");
});

/** The records of a journal, and where each begins. */
async function recordsOf(steps: readonly JournalStep[]): Promise<Uint8Array> {
  const name = path(`records-${files}`);
  if (existsSync(name)) rmSync(name);
  await write(name, steps);
  return gunzipSync(readFileSync(name));
}

test("cut anywhere, as by a crash: the steps before the cut are read, and it is not taken for whole", async () => {
  const steps = everything();
  const records = await recordsOf(steps);
  const headerBytes = JOURNAL_MAGIC.length + 2;
  for (let length = headerBytes; length < records.length; length += 1) {
    const { steps: found, reader } = await read(fileOf(records.subarray(0, length)));
    assert.not(reader.ended, `${length} bytes`);
    assert.equal(found.slice(0, -1), steps.slice(0, Math.max(0, found.length - 1)));
  }
  const compressed = gzipSync(records);
  for (let length = 1; length < compressed.length; length += 7) {
    writeFileSync(path("cut.gz"), compressed.subarray(0, length));
    assert.match(await outcome(path("cut.gz")), /^cut$|^not a gzip file/);
  }
});

test("a flipped bit in the file is noticed", async () => {
  const compressed = gzipSync(await recordsOf(everything()));
  let noticed = 0;
  let flipped = 0;
  // From byte 10 on: those before are gzip's own header, most of which means nothing. Nor do the bits that fill up the last byte
  // before the eight of the trailer.
  for (let at = 10; at < compressed.length; at += 3) {
    if (at === compressed.length - 9) continue;
    flipped += 1;
    const damaged = Uint8Array.from(compressed);
    damaged[at]! ^= 0x10;
    writeFileSync(path("flipped.gz"), damaged);
    if ((await outcome(path("flipped.gz"))) !== "whole") noticed += 1;
  }
  assert.is(noticed, flipped);
});

test("records that were damaged before they were compressed give an error of the journal, or are read; never anything else", async () => {
  const records = await recordsOf(everything());
  const seen = new Map<string, number>();
  for (let at = 0; at < records.length; at += 1) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const damaged = Uint8Array.from(records);
      damaged[at]! ^= flip;
      const kind = (await outcome(fileOf(damaged))).replace(/[\d(:].*/s, "");
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
  }
  for (const kind of ["cut", "record code ", "a damaged record ", "journal version ", "no PRAE journal"]) {
    assert.ok(
      [...seen.keys()].some((found) => found.startsWith(kind)),
      `${kind} in ${[...seen.keys()]}`,
    );
  }
});

/** A header and whatever `fill` writes after it. */
async function damaged(fill: (out: ByteWriter) => void): Promise<string> {
  const out = new ByteWriter();
  for (const character of JOURNAL_MAGIC) out.u8(character.charCodeAt(0));
  out.u16(JOURNAL_VERSION);
  fill(out);
  return outcome(fileOf(out.written().slice()));
}

function event(out: ByteWriter, code: number): void {
  out.u8(code);
  out.u32(0);
  out.u64(0);
}

test("values that were never written are named", async () => {
  const policy = (text: string) => (out: ByteWriter) => {
    event(out, EVENT_CODECS.policy_activated.code);
    out.text(text);
  };
  const name = (table: number, index: number) => (out: ByteWriter) => {
    out.u8(ID_DEFINED);
    out.u8(table);
    out.u32(index);
    out.text("x");
  };
  const end = (events: number, after: number) => (out: ByteWriter) => {
    out.u8(JOURNAL_ENDED);
    out.u64(events);
    for (let i = 0; i < after; i += 1) out.u8(0);
  };
  assert.match(await damaged(policy('{"name":')), /^a damaged record/);
  assert.match(await damaged(policy("7")), /^a damaged record \(a policy is a mapping\)/);
  assert.match(await damaged(name(2, 0xffff_fff0)), /^name of user 4294967280, which cannot be yet/);
  assert.match(await damaged(name(99, 0)), /^a name for no table/);
  assert.match(await damaged((out) => out.u8(64)), /^a decision without an event/);
  assert.match(await damaged((out) => out.u8(200)), /^record code 200 is not known/);
  assert.match(await damaged(end(5, 0)), /^0 events, not 5/);
  assert.match(await damaged(end(0, 1)), /^records after the end mark/);
  assert.is(await damaged(end(0, 0)), "whole");
});

test("a length beyond all reason does not make the reader take the whole file in", async () => {
  const reason = await damaged((out) => {
    event(out, EVENT_CODECS.policy_activated.code);
    out.u32(0xffff_fff0);
    for (let i = 0; i < 20_000_000; i += 1) out.u8(0x20);
  });
  assert.is(reason, "a record without an end");
});

test.run();
