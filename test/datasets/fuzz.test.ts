import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../allocator/core/random.ts";
import {
  fromAzureFunctions2019Streams,
  loadAzureFunctions2019,
} from "../../datasets/azure-functions-2019/azure-functions-2019.ts";
import { fromCanonicalStreams, loadCanonical } from "../../datasets/canonical/canonical.ts";
import { parseMapping } from "../../datasets/canonical/mapping.ts";
import { InputError } from "../../datasets/issues.ts";
import { parseStoredManifest } from "../../datasets/stored-manifest.ts";
import type { Trace } from "../../datasets/trace.ts";
import { bytesOf, fuzz, fuzzRuns, mutate, once, someLines } from "../support/fuzz-import.ts";
import { testOnTraces } from "../support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const CANONICAL = {
  tiers: "tier,target_start_ms,priority,level_ppm,may_preempt\nstandard,500,3,990000,true\ngold,100,9,999000,0\n",
  apps: 'app_id,cold_start_ms,memory_mib,shared\nvm,30000,1024,false\n"job, ""night""",2000,,true\n',
  users: "user_id,tier,role,time_zone,permissions\nann,gold,student,Asia/Tokyo,vm|x\nbob,,,,\n",
  nodes: "node_id,pool_id,cpu_millis,memory_mib,gpu_millis,network_kbps\nn1,p,64000,262144,0,10000000\n",
  requests:
    'request_id,user_id,app_id,submit_ms,run_ms,cpu_millis,tier\nr1,ann,vm,1000,500,2000,gold\nr2,bob,x,15,6e4,,\nr3,ann,"job, ""night""",1500,10,1.0,standard\n',
  usage: "user_id,at_ms,window_ms,cpu_millis\nann,2000,1000,7\n",
  context: "at_ms,end_ms,kind,label,user_id\n5,6,calendar,exam,ann\n",
};

test("canonical tables", () =>
  fuzz("canonical", bytesOf(CANONICAL), fuzzRuns(2000), (files) =>
    fromCanonicalStreams(Object.fromEntries(Object.entries(files).map(([table, bytes]) => [table, once(bytes)]))),
  ));

/** Loads from real files. */
function onDisk(load: (path: string) => Promise<Trace>): (files: Readonly<Record<string, Uint8Array>>) => Promise<Trace> {
  const path = mkdtempSync(join(folder, "files-"));
  return (files) => {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
    return load(path);
  };
}

const gzipped = {
  "requests.csv.gz": gzipSync(CANONICAL.requests),
  "users.csv": Buffer.from(CANONICAL.users),
  "tiers.csv": Buffer.from(CANONICAL.tiers),
};

test("gzip", () =>
  fuzz(
    "gzip",
    gzipped,
    500,
    onDisk((path) => loadCanonical(path)),
  ));

const AZURE = {
  "invocations.csv":
    "HashOwner,HashApp,HashFunction,Trigger,5,6,7\no1,a1,f1,http,2,0,0\no1,a1,f2,timer,0,3,0\no2,a2,f3,queue,1,0,1\n",
  "durations.csv": "HashOwner,HashApp,HashFunction,Average,Count\no1,a1,f1,0,5\no1,a1,f2,10.5,1\n",
  "memory.csv": "HashFunction,HashOwner,HashApp,SampleCount,AverageAllocatedMb\nf1,o1,a1,9,9.4166\nf2,o1,a1,9,20.01\n",
};

test("Azure Functions 2019", () =>
  fuzz(
    "azure",
    bytesOf(AZURE),
    fuzzRuns(1000),
    onDisk((path) => loadAzureFunctions2019(path)),
  ));

testOnTraces("lines of the real Azure files", (traces) => {
  const lines = (name: string, count: number) =>
    someLines(join(traces, `azure-functions-2019/sample-500/${name}.csv.gz`), 40, count);
  const files = { invocations: lines("invocations", 4), durations: lines("durations", 12), memory: lines("memory", 12) };
  return fuzz("real azure", files, fuzzRuns(300), (changed) => {
    const named = (name: keyof typeof files) => ({ name, content: once(changed[name] as Uint8Array) });
    const day = { day: 0, invocations: named("invocations"), durations: named("durations"), memory: named("memory") };
    return fromAzureFunctions2019Streams([day]);
  });
});

test("Parquet", async () => {
  const path = mkdtempSync(join(folder, "parquet-"));
  const file = join(path, "requests.parquet");
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const rows = "SELECT 'u' || i % 5 AS user_id, 'a' || i % 3 AS app_id, i AS submit_ms, 2 * i AS run_ms FROM range(50) t(i)";
  await connection.run(`COPY (${rows}) TO '${file}'`);
  connection.closeSync();
  instance.closeSync();
  const load = onDisk((folderOfRun) => loadCanonical(folderOfRun));
  await fuzz("parquet", { "requests.parquet": readFileSync(file) }, 200, load);
});

/** Documents that are not traces: parsed, or refused with issues. */
async function fuzzText(name: string, text: string, times: number, parse: (text: string) => unknown): Promise<void> {
  const random = new RandomStream(1, name);
  for (let run = 0; run < times; run += 1) {
    const mutated = mutate(Buffer.from(text), random).toString("utf8");
    try {
      await parse(mutated);
    } catch (error) {
      assert.instance(error, InputError, `${name}, run ${run}: ${JSON.stringify(mutated)}\n${(error as Error).stack}`);
    }
  }
}

test("mappings", () => {
  const text =
    "requests:\n  file: jobs.csv.gz\n  columns: { user_id: owner, app_id: image }\nnodes: { columns: { node_id: host } }\n";
  return fuzzText("mapping", text, 2000, (mutated) => parseMapping(mutated, "names.yaml"));
});

test("manifests", () => {
  const table = { rows: 1, bytes: 2, sha256: "0".repeat(64) };
  const manifest = {
    schemaVersion: 1,
    name: "n",
    source: { importer: "i", options: { a: 1 }, files: [{ name: "f", bytes: 1, sha256: "0".repeat(64) }] },
    synthetic: false,
    composite: false,
    license: "l",
    citation: "c",
    homePage: null,
    digest: "0".repeat(64),
    window: { startMs: 0, endMs: 1 },
    epochMs: null,
    rowsRead: { requests: 1 },
    rowsDropped: [{ table: "t", reason: "r", count: 1 }],
    defaults: ["d"],
    notes: ["n"],
    requestIds: false,
    tables: { tiers: table, users: table, apps: table, requests: table },
  };
  parseStoredManifest(JSON.stringify(manifest), "manifest.json");
  return fuzzText("manifest", JSON.stringify(manifest), 2000, (mutated) => parseStoredManifest(mutated, "manifest.json"));
});

test.run();
