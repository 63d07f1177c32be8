import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromCanonical, fromCanonicalStreams, loadCanonical } from "../../../datasets/canonical/canonical.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { EVERY_TABLE, ONE_REQUEST } from "../../support/canonical-tables.ts";
import { folderOf, refusal } from "../../support/input-files.ts";

function checkFull(trace: Trace): void {
  assert.equal(checkTrace(trace), []);
  assert.equal(
    trace.users.map((user) => [user.name, trace.tiers[user.tier]?.name, user.role, user.timeZone, user.permissions]),
    [
      ["ann", "premium", "student", "Asia/Tokyo", null],
      ["bob", "standard", "staff", "Europe/Berlin", [1, 2]],
    ],
  );
  assert.equal(
    trace.apps.map((app) => [app.name, app.coldStartMs, app.resumeMs, app.shared, app.concurrency]),
    [
      ["vm", 30000, 5000, false, 1],
      ["job", 2000, 0, true, 4],
      ["unused", 1, 1, false, 1],
    ],
  );
  const { names, submitMs, runMs, user, app, tier, shape, shapes } = trace.requests;
  assert.equal(names, ["r1", "r2", "r3"]);
  assert.equal([...submitMs], [1000, 1500, 1500]);
  assert.equal([...runMs], [500, 60000, 10]);
  assert.equal([...user], [0, 1, 0]);
  assert.equal([...app], [0, 1, 1]);
  assert.equal([...tier], [0, 1, 2]);
  assert.equal(
    [...shape].map((code) => Object.values(shapes[code] ?? {})),
    [
      [2000, 512, 0, 100],
      [500, 128, 1000, 0],
      [500, 100, 1000, 0],
    ],
  );
  assert.equal(trace.nodes?.[1], {
    name: "n2",
    pool: "gpu",
    capacity: { cpuMillis: 64000, memoryMiB: 262144, gpuMillis: 8000, networkKbps: 10000000 },
  });
  assert.equal([...(trace.usage?.memoryMiB ?? [])], [8]);
  assert.equal([...(trace.usage?.gpuMillis ?? [])], [0]);
  assert.equal(trace.context, [
    { atMs: 1, endMs: 2, kind: "news", label: "launch", user: null },
    { atMs: 5, endMs: 6, kind: "calendar", label: "exam, hall 1", user: 0 },
  ]);
  assert.equal(trace.manifest.window, { startMs: 1000, endMs: 61500 });
  assert.equal(trace.manifest.rowsRead, { requests: 3, apps: 3, users: 2, nodes: 2, usage: 1, context: 2 });
  assert.equal(trace.manifest.defaults, ["gpu_millis 0 for every usage sample", "network_kbps 0 for every usage sample"]);
  assert.equal(trace.manifest.notes, ["1 requests ask for more than their app's shape; an instance has the app's shape"]);
}

/** The tables as Parquet files, made by DuckDB from the CSV texts. */
async function parquetOf(texts: Readonly<Record<string, string>>): Promise<string> {
  const path = folderOf({});
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  for (const [table, text] of Object.entries(texts)) {
    const csv = join(folderOf({ "t.csv": text }), "t.csv");
    await connection.run(`COPY (SELECT * FROM read_csv('${csv}', header = true)) TO '${join(path, `${table}.parquet`)}'`);
  }
  connection.closeSync();
  instance.closeSync();
  return path;
}

test("every table and column, as text, stream, CSV, gzip and Parquet: the same trace", async () => {
  checkFull(fromCanonical(EVERY_TABLE));
  async function* bytes(text: string) {
    for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7));
  }
  checkFull(
    await fromCanonicalStreams(Object.fromEntries(Object.entries(EVERY_TABLE).map(([table, text]) => [table, bytes(text)]))),
  );
  const csv = Object.fromEntries(Object.entries(EVERY_TABLE).map(([table, text]) => [`${table}.csv`, text]));
  const gzip = Object.fromEntries(Object.entries(EVERY_TABLE).map(([table, text]) => [`${table}.csv.gz`, gzipSync(text)]));
  const fromFiles = await loadCanonical(folderOf(csv));
  checkFull(fromFiles);
  assert.equal(
    fromFiles.manifest.source.files.map((file) => [file.name, file.bytes]),
    ["apps", "users", "nodes", "requests", "usage", "context"].map((table) => [
      `${table}.csv`,
      EVERY_TABLE[table as keyof typeof EVERY_TABLE].length,
    ]),
  );
  checkFull(await loadCanonical(folderOf(gzip)));
  checkFull(await loadCanonical(await parquetOf(EVERY_TABLE)));
});

test("four columns are enough; what is missing is the declared defaults, which the manifest lists", () => {
  const trace = fromCanonical({ requests: ONE_REQUEST });
  const shape = { cpuMillis: 1000, memoryMiB: 256, gpuMillis: 0, networkKbps: 0 };
  assert.equal(trace.apps, [{ name: "a", shape, coldStartMs: 1000, resumeMs: 200, shared: false, concurrency: 1 }]);
  assert.equal(trace.users, [{ name: "u", tier: 1, role: "", timeZone: "UTC", permissions: null }]);
  assert.equal(trace.requests.shapes, [shape]);
  assert.is(trace.requests.names, null);
  assert.is(trace.nodes, null);
  assert.equal(trace.manifest.window, { startMs: 0, endMs: 1 });
  assert.equal(trace.manifest.defaults, [
    "tier standard for every user",
    "cpu_millis 1000 for every request",
    "memory_mib 256 for every request",
    "gpu_millis 0 for every request",
    "network_kbps 0 for every request",
    "time_zone UTC for every user",
    "cold_start_ms 1000 for every app",
    "resume_ms 200 for every app",
    "shared false for every app",
    "concurrency 1 for every app",
    "cpu_millis, memory_mib, gpu_millis, network_kbps: the largest that its requests ask for, for every app",
  ]);
  assert.equal(trace.manifest.notes, []);
});

test("other defaults", () => {
  const defaults = { memoryMiB: 77, coldStartMs: 9, tier: "premium" };
  const trace = fromCanonical({ requests: ONE_REQUEST }, { defaults });
  assert.is(trace.apps[0]?.shape.memoryMiB, 77);
  assert.is(trace.apps[0]?.coldStartMs, 9);
  assert.is(trace.users[0]?.tier, 0);
  assert.ok(trace.manifest.defaults.includes("memory_mib 77 for every request"));
  assert.equal(trace.manifest.source.options, { "default memoryMiB": 77, "default coldStartMs": 9, "default tier": "premium" });
});

test("a window drops rows and counts them; dropping all is refused", async () => {
  const requests = "user_id,app_id,submit_ms,run_ms\nu,a,5,1\nu,a,10,100\nu,a,20,1\n";
  const trace = fromCanonical({ requests }, { window: { startMs: 10, endMs: 20 } });
  assert.is(trace.requests.count, 1);
  assert.equal(trace.manifest.window, { startMs: 10, endMs: 20 });
  assert.equal(trace.manifest.rowsRead, { requests: 3 });
  assert.equal(trace.manifest.rowsDropped, [{ table: "requests", reason: "outside the window [10, 20)", count: 2 }]);
  const window = { startMs: 100, endMs: 200 };
  assert.match((await refusal(() => fromCanonical({ requests }, { window })))[0], "at least one request or usage sample");
});

test("rows in any order give the same trace, where times differ; the manifest says that they were sorted", () => {
  const lines = Array.from({ length: 30 }, (_, i) => `r${i},u${(i * 7) % 5},a${(i * 5) % 3},${i * 10},${i},${100 + (i % 4)}`);
  const header = "request_id,user_id,app_id,submit_ms,run_ms,cpu_millis\n";
  const inOrder = fromCanonical({ requests: header + lines.join("\n") });
  fc.assert(
    fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
      const trace = fromCanonical({ requests: header + shuffled.join("\n") });
      assert.is(trace.manifest.digest, inOrder.manifest.digest);
      const sorted = shuffled.every((line, i) => line === lines[i]);
      const note = "requests.csv: rows were not in time order; they were sorted by submit_ms, then row";
      assert.equal(trace.manifest.notes, sorted ? [] : [note]);
    }),
    { seed: 1, numRuns: 30 },
  );
});

test("tiers of one's own", async () => {
  const tiers = "tier,target_start_ms,priority,level_ppm,may_preempt\ngold,100,9,999000,true\nstandard,5000,1,900000,false\n";
  const requests = "user_id,app_id,submit_ms,run_ms,tier\nu,a,0,0,gold\nu,a,1,0,\n";
  const trace = fromCanonical({ tiers, requests });
  assert.equal(trace.tiers[0], { name: "gold", targetStartMs: 100, priority: 9, levelPpm: 999000, mayPreempt: true });
  assert.equal([...trace.requests.tier], [0, 1]);
  assert.equal(await refusal(() => fromCanonical({ requests })), [
    'requests.csv:2 tier: expected one of the tiers premium, standard, best-effort, found "gold" (tiers.csv may define others)',
  ]);
  assert.match(
    (await refusal(() => fromCanonical({ tiers: tiers.replace("standard", "silver"), requests })))[0],
    'default tier: expected one of the tiers gold, silver, found "standard"',
  );
  assert.equal(await refusal(() => fromCanonical({ tiers: tiers.split("\n")[0] as string, requests: ONE_REQUEST })), [
    "tiers.csv: expected at least one row, found none",
  ]);
});

test("a usage trace needs no requests", () => {
  const trace = fromCanonical({ usage: "user_id,at_ms,window_ms,cpu_millis\nv,600,300,5\nv,300,300,4\n" });
  assert.is(trace.requests.count, 0);
  assert.equal([...(trace.usage?.cpuMillis ?? [])], [4, 5]);
  assert.equal(trace.manifest.window, { startMs: 0, endMs: 600 });
});

test("Parquet: numbers of any type, NULL, lists, dates, and 64-bit ids whole", async () => {
  const path = folderOf({});
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const write = (select: string, table: string) => connection.run(`COPY (${select}) TO '${join(path, `${table}.parquet`)}'`);
  await write(
    `SELECT * FROM (VALUES (9007199254740993, 'a', 5::DOUBLE, 1::TINYINT, 7.0::DECIMAL(9, 2), NULL::INTEGER),
      (9007199254740992, 'b', 6, 2, NULL, 3)) t(user_id, app_id, submit_ms, run_ms, cpu_millis, memory_mib)`,
    "requests",
  );
  await write("SELECT '9007199254740992' AS user_id, ['b', 'a'] AS permissions", "users");
  const trace = await loadCanonical(path);
  assert.equal(
    trace.users.map((user) => [user.name, user.permissions]),
    [
      ["9007199254740993", null],
      ["9007199254740992", [0, 1]],
    ],
  );
  assert.equal(
    [...trace.requests.shape].map((code) => trace.requests.shapes[code]?.cpuMillis),
    [7, 1000],
  );
  assert.equal(
    [...trace.requests.shape].map((code) => trace.requests.shapes[code]?.memoryMiB),
    [256, 3],
  );
  await write(
    "SELECT 'u' AS user_id, 'a' AS app_id, TIMESTAMP '2026-01-01' AS submit_ms, 'nan'::DOUBLE AS run_ms, -1 AS cpu_millis",
    "requests",
  );
  rmSync(join(path, "users.parquet"));
  assert.equal(await refusal(() => loadCanonical(path)), [
    'requests.parquet:1 submit_ms: expected an integer from 0 to 9007199254740991, found "2026-01-01 00:00:00"',
    "requests.parquet:1 run_ms: expected an integer from 0 to 9007199254740991, found NaN",
    "requests.parquet:1 cpu_millis: expected an integer from 0 to 4294967295, found -1",
  ]);
  connection.closeSync();
  instance.closeSync();
});

test("unknown columns are named in the notes", () => {
  const trace = fromCanonical({ requests: "user_id,app_id,submit_ms,run_ms,colour\nu,a,0,0,red\n" });
  assert.equal(trace.manifest.notes, ['requests.csv: not used: "colour"']);
});

test("the columns of SCHEMA.md are the columns that are read", async () => {
  const { CANONICAL_LAYOUTS } = await import("../../../datasets/canonical/tables.ts");
  const schema = readFileSync("datasets/SCHEMA.md", "utf8");
  for (const [table, { required, optional }] of Object.entries(CANONICAL_LAYOUTS)) {
    const row = schema.split("\n").find((line) => line.startsWith(`| \`${table}\` | \``)) ?? "";
    assert.ok(row.includes(`\`${required.join(",")}\``), `${table}: ${row}`);
    if (optional.length > 0) assert.ok(row.includes(`\`${optional.join(",")}`), `${table}: ${row}`);
  }
});

test("a byte order mark and Windows line ends do not matter", async () => {
  const windows = `\uFEFF${ONE_REQUEST.replaceAll("\n", "\r\n")}`;
  const { digest } = fromCanonical({ requests: ONE_REQUEST }).manifest;
  assert.is(fromCanonical({ requests: windows }).manifest.digest, digest);
  assert.is((await loadCanonical(folderOf({ "requests.csv": windows }))).manifest.digest, digest);
});

test.run();
