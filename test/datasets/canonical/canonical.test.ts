import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromCanonical, fromCanonicalStreams, loadCanonical } from "../../../datasets/canonical/canonical.ts";
import { loadMapping, parseMapping } from "../../../datasets/canonical/mapping.ts";
import { InputError } from "../../../datasets/issues.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import type { Trace } from "../../../datasets/trace.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-canonical-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

let folders = 0;

/** A new folder with these files. */
function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  folders += 1;
  const path = join(folder, String(folders));
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

async function refusal(run: () => unknown): Promise<[string, ...string[]]> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    return (error as InputError).message.split("\n") as [string];
  }
  return ["nothing was refused"];
}

const FULL = {
  requests: `request_id,user_id,app_id,submit_ms,run_ms,cpu_millis,memory_mib,gpu_millis,network_kbps,tier
r1,ann,vm,1000,500,2000,512,0,100,premium
r2,bob,job,1500,60000,500,128,1000,0,
r3,ann,job,1500,10,,,,,best-effort
`,
  apps: `app_id,cold_start_ms,resume_ms,cpu_millis,memory_mib,gpu_millis,network_kbps,shared,concurrency
vm,30000,5000,4000,1024,0,1000,false,1
job,2000,0,500,100,1000,0,true,4
unused,1,1,1,1,1,1,0,1
`,
  users: `user_id,tier,role,time_zone,permissions
bob,standard,staff,Europe/Berlin,job|unused
ann,premium,student,Asia/Tokyo,
`,
  nodes: `node_id,pool_id,cpu_millis,memory_mib,gpu_millis,network_kbps
n1,general,64000,262144,0,10000000
n2,gpu,64000,262144,8000,10000000
`,
  usage: `user_id,at_ms,window_ms,cpu_millis,memory_mib
ann,2000,1000,7,8
`,
  context: `at_ms,end_ms,kind,label,user_id
5,6,calendar,"exam, hall 1",ann
1,2,news,launch,
`,
};

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
  checkFull(fromCanonical(FULL));
  async function* bytes(text: string) {
    for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7));
  }
  checkFull(await fromCanonicalStreams(Object.fromEntries(Object.entries(FULL).map(([table, text]) => [table, bytes(text)]))));
  const csv = Object.fromEntries(Object.entries(FULL).map(([table, text]) => [`${table}.csv`, text]));
  const gzip = Object.fromEntries(Object.entries(FULL).map(([table, text]) => [`${table}.csv.gz`, gzipSync(text)]));
  const fromFiles = await loadCanonical(folderOf(csv));
  checkFull(fromFiles);
  assert.equal(
    fromFiles.manifest.source.files.map((file) => [file.name, file.bytes]),
    ["apps", "users", "nodes", "requests", "usage", "context"].map((table) => [
      `${table}.csv`,
      FULL[table as keyof typeof FULL].length,
    ]),
  );
  checkFull(await loadCanonical(folderOf(gzip)));
  checkFull(await loadCanonical(await parquetOf(FULL)));
});

const MINIMAL = "user_id,app_id,submit_ms,run_ms\nu,a,0,0\n";

test("four columns are enough; what is missing is the declared defaults, which the manifest lists", () => {
  const trace = fromCanonical({ requests: MINIMAL });
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
  const trace = fromCanonical({ requests: MINIMAL }, { defaults });
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
  assert.equal(await refusal(() => fromCanonical({ tiers: tiers.split("\n")[0] as string, requests: MINIMAL })), [
    "tiers.csv: expected at least one row, found none",
  ]);
});

test("a usage trace needs no requests", () => {
  const trace = fromCanonical({ usage: "user_id,at_ms,window_ms,cpu_millis\nv,600,300,5\nv,300,300,4\n" });
  assert.is(trace.requests.count, 0);
  assert.equal([...(trace.usage?.cpuMillis ?? [])], [4, 5]);
  assert.equal(trace.manifest.window, { startMs: 0, endMs: 600 });
});

test("other names of files and columns, by a mapping", async () => {
  const path = folderOf({
    "jobs-2026.csv": "owner,image,queued_at,duration,mem\nu,a,0,5,64\n",
    "machines.csv.gz": gzipSync("host,pool_id,cpu_millis,memory_mib,gpu_millis,network_kbps\nh,p,1,2,3,4\n"),
    "readme.txt": "",
    "names.yaml": `requests:
  file: jobs-2026.csv
  columns: { user_id: owner, app_id: image, submit_ms: queued_at, run_ms: duration, memory_mib: mem }
nodes: { file: machines.csv.gz, columns: { node_id: host } }
`,
  });
  const mapping = await loadMapping(join(path, "names.yaml"));
  const trace = await loadCanonical(path, { mapping });
  assert.is(trace.requests.shapes[0]?.memoryMiB, 64);
  assert.is(trace.nodes?.[0]?.name, "h");
  assert.equal(trace.manifest.notes, ["files not used: names.yaml, readme.txt"]);
  const bad = { ...mapping, requests: { ...mapping.requests, columns: { ...mapping.requests?.columns, run_ms: "took" } } };
  assert.equal(await refusal(() => loadCanonical(path, { mapping: bad })), [
    'jobs-2026.csv:1 took: expected a column "took", found the columns "owner", "image", "queued_at", "duration", "mem"',
  ]);
  assert.match(
    (await refusal(() => loadCanonical(path, { mapping: { requests: { file: "gone.csv" } } })))[0],
    "found none of them",
  );
  assert.match(
    (await refusal(() => loadCanonical(path, { mapping: { ...mapping, users: { file: "gone.csv" } } })))[0],
    /gone\.csv: expected the file that the mapping names for users, found no such file/,
  );
});

test("a mapping that is wrong is refused by path", async () => {
  const issues = await refusal(() =>
    parseMapping("requests: { file: jobs.xlsx, columns: { user: owner, app_id: 3 } }\nnodes: []\nrequest: {}\n", "m.yaml"),
  );
  assert.equal(issues, [
    'm.yaml requests.file: expected a file name that ends in .csv, .csv.gz or .parquet, found "jobs.xlsx"',
    "m.yaml requests.columns.user: expected one of user_id, app_id, submit_ms, run_ms, request_id, cpu_millis, memory_mib, gpu_millis, network_kbps, tier, found an unknown key",
    "m.yaml requests.columns.app_id: expected a column's name, { column: its name } or { constant: a value }, found 3",
    "m.yaml nodes: expected an object, found a list of 0",
    "m.yaml request: expected one of source, tiers, apps, users, nodes, requests, usage, context, found an unknown key",
  ]);
  assert.match((await refusal(() => parseMapping("requests: {", "m.yaml")))[0], /^m\.yaml:\d+: expected YAML/);
  const bomb = ["a0: &a0 x", ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`)].join(
    "\n",
  );
  assert.match((await refusal(() => parseMapping(bomb, "m.yaml")))[0], /^m\.yaml: expected YAML without such references/);
  assert.match((await refusal(() => parseMapping("", "m.yaml")))[0], /^m\.yaml: expected an object, found null/);
  assert.match((await refusal(() => loadMapping(join(folder, "none.yaml"))))[0], /expected a mapping file, found nothing there/);
  assert.match((await refusal(() => loadMapping(folder)))[0], /expected a mapping file, found a folder/);
});

test("each bad value is named by file, line and column", async () => {
  const cases: readonly (readonly [string, Partial<typeof FULL>, string])[] = [
    ["run_ms", { requests: MINIMAL.replace("u,a,0,0", "u,a,0,-5") }, "requests.csv:2 run_ms: expected an integer from 0 to "],
    [
      "NaN",
      { requests: MINIMAL.replace("u,a,0,0", "u,a,NaN,0") },
      'requests.csv:2 submit_ms: expected an integer from 0 to 9007199254740991, found "NaN"',
    ],
    [
      "overflow",
      { requests: MINIMAL.replace("u,a,0,0", "u,a,9007199254740991,1") },
      "requests.csv:2 run_ms: expected an integer from 0 to 0",
    ],
    ["no user", { requests: MINIMAL.replace("u,a,0,0", ",a,0,0") }, "requests.csv:2 user_id: expected a text, found nothing"],
    ["no app", { requests: MINIMAL.replace("u,a,0,0", "u,,0,0") }, "requests.csv:2 app_id: expected a text, found nothing"],
    ["short row", { requests: `${MINIMAL}u,a,0\n` }, "requests.csv:3: expected 4 fields, as in the header, found 3"],
    [
      "header",
      { requests: MINIMAL.replace("run_ms", "runtime") },
      'requests.csv:1 run_ms: expected a column "run_ms", found the columns "user_id", "app_id", "submit_ms", "runtime"',
    ],
    [
      "semicolons",
      { requests: MINIMAL.replaceAll(",", ";") },
      'requests.csv:1 user_id: expected a column "user_id", found the columns "user_id;app_id;submit_ms;run_ms"',
    ],
    [
      "id twice",
      { requests: `request_id,${MINIMAL.replace("\nu", "\nr,u")}r,u,a,1,1\n` },
      'requests.csv:3 request_id: expected a name not used in line 2, found "r"',
    ],
    [
      "id empty",
      { requests: `request_id,${MINIMAL.replace("\nu", "\n,u")}` },
      "requests.csv:2 request_id: expected a text, found nothing",
    ],
    ["user twice", { users: "user_id\nx\ny\nx\n" }, 'users.csv:4 user_id: expected a name not used in line 2, found "x"'],
    ["app twice", { apps: "app_id\nx\nx\n" }, 'apps.csv:3 app_id: expected a name not used in line 2, found "x"'],
    [
      "node twice",
      { nodes: `${FULL.nodes}n1,p,1,1,1,1\n` },
      'nodes.csv:4 node_id: expected a name not used in line 2, found "n1"',
    ],
    [
      "amount",
      { apps: "app_id,memory_mib\nx,4294967296\n" },
      'apps.csv:2 memory_mib: expected an integer from 0 to 4294967295, found "4294967296"',
    ],
    [
      "fraction",
      { apps: "app_id,cpu_millis\nx,0.5\n" },
      'apps.csv:2 cpu_millis: expected an integer from 0 to 4294967295, found "0.5"',
    ],
    ["flag", { apps: "app_id,shared\nx,maybe\n" }, 'apps.csv:2 shared: expected true or false (or 1 or 0), found "maybe"'],
    [
      "concurrency",
      { apps: "app_id,concurrency\nx,0\n" },
      'apps.csv:2 concurrency: expected an integer from 1 to 4294967295, found "0"',
    ],
    [
      "tier",
      { users: "user_id,tier\nx,gold\n" },
      'users.csv:2 tier: expected one of the tiers premium, standard, best-effort, found "gold"',
    ],
    ["zone", { users: "user_id,time_zone\nx,CET+1\n" }, 'users.csv:2 time_zone: expected an IANA time zone, found "CET+1"'],
    [
      "permission",
      { users: "user_id,permissions\nx,a|b\n" },
      'users.csv:2 permissions: expected apps of the tables apps or requests, separated by |, found "b"',
    ],
    ["nodes", { nodes: FULL.nodes.split("\n")[0] as string }, "nodes.csv: expected at least one row, found none"],
    [
      "window",
      { usage: "user_id,at_ms,window_ms,cpu_millis\nx,1,0,1\n" },
      'usage.csv:2 window_ms: expected an integer from 1 to 4294967295, found "0"',
    ],
    [
      "empty use",
      { usage: "user_id,at_ms,window_ms,cpu_millis\nx,1,1,\n" },
      "usage.csv:2 cpu_millis: expected an integer from 0 to 4294967295, found nothing",
    ],
    [
      "no use",
      { usage: "user_id,at_ms,window_ms\nx,1,1\n" },
      "usage.csv:2 cpu_millis: expected at least one of the columns cpu_millis, memory_mib, gpu_millis, network_kbps, found none",
    ],
    [
      "use twice",
      { usage: "user_id,at_ms,window_ms,cpu_millis\nx,1,1,1\nx,1,1,2\n" },
      "usage.csv:3 at_ms: expected a time that line 2 does not give for this user, found 1",
    ],
    [
      "context",
      { context: "at_ms,end_ms,kind,label\n5,4,k,l\n" },
      'context.csv:2 end_ms: expected an integer from 5 to 9007199254740991, found "4"',
    ],
    [
      "nothing",
      { requests: MINIMAL.split("\n")[0] as string },
      "requests.csv: expected at least one request or usage sample, found none",
    ],
    ["empty", { requests: "" }, "requests.csv:1: expected a header line, found an empty file"],
  ];
  for (const [name, texts, expected] of cases) {
    const issues = await refusal(() => fromCanonical({ requests: MINIMAL, ...texts }));
    assert.ok(issues[0]?.startsWith(expected), `${name}: ${issues[0]}`);
  }
});

test("issues of all tables come together; beyond the first hundred they are counted", async () => {
  const requests = `${MINIMAL}${"u,a,-1,0\n".repeat(200)}`;
  try {
    fromCanonical({ requests, users: "user_id,tier\nx,gold\n" });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, InputError);
    const { issues, total } = error as InputError;
    assert.is(total, 201);
    assert.is(issues.length, 100);
    assert.is(issues[0]?.where, "users.csv");
  }
});

test("files that are no files, or damaged", async () => {
  const gzip = gzipSync(FULL.requests);
  const truncated = await refusal(() => loadCanonical(folderOf({ "requests.csv.gz": gzip.subarray(0, gzip.length - 12) })));
  assert.match(truncated[0], /^requests\.csv\.gz: expected a whole gzip file, found one that ends too early/);
  const damaged = Buffer.from(gzip);
  damaged[gzip.length - 6]! ^= 1;
  assert.match(
    (await refusal(() => loadCanonical(folderOf({ "requests.csv.gz": damaged }))))[0],
    "expected a gzip file, found incorrect data check",
  );
  assert.match(
    (await refusal(() => loadCanonical(folderOf({ "requests.csv.gz": FULL.requests }))))[0],
    "found incorrect header check",
  );
  assert.match(
    (await refusal(() => loadCanonical(folderOf({ "requests.csv": gzip }))))[0],
    "expected UTF-8 text, found other bytes",
  );
  const isFolder = folderOf({});
  mkdirSync(join(isFolder, "requests.csv"));
  assert.equal(await refusal(() => loadCanonical(isFolder)), ["requests.csv: expected a file, found a folder"]);
  const isParquetFolder = folderOf({});
  mkdirSync(join(isParquetFolder, "requests.parquet"));
  assert.match((await refusal(() => loadCanonical(isParquetFolder)))[0], "requests.parquet: expected a file, found a folder");
  assert.match(
    (await refusal(() => loadCanonical(folderOf({ "requests.parquet": "no" }))))[0],
    "requests.parquet: expected a Parquet file",
  );
  const file = join(folderOf({ f: "" }), "f");
  assert.match((await refusal(() => loadCanonical(file)))[0], "expected a folder, found a file");
  assert.match((await refusal(() => loadCanonical(join(folder, "nowhere"))))[0], "expected a folder, found nothing there");
  assert.match((await refusal(() => loadCanonical(folderOf({ "users.csv": "user_id\n" }))))[0], "expected requests.csv");
  const both = folderOf({ "requests.csv": MINIMAL, "requests.csv.gz": gzipSync(MINIMAL) });
  assert.match(
    (await refusal(() => loadCanonical(both)))[0],
    "expected one file for requests, found requests.csv, requests.csv.gz",
  );
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
  const windows = `\uFEFF${MINIMAL.replaceAll("\n", "\r\n")}`;
  const { digest } = fromCanonical({ requests: MINIMAL }).manifest;
  assert.is(fromCanonical({ requests: windows }).manifest.digest, digest);
  assert.is((await loadCanonical(folderOf({ "requests.csv": windows }))).manifest.digest, digest);
});

test.run();
