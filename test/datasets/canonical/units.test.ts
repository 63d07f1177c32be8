import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromCanonical, loadCanonical } from "../../../datasets/canonical/canonical.ts";
import { loadMapping, parseMapping } from "../../../datasets/canonical/mapping.ts";
import { parseDateTime, toAmount, toMs } from "../../../datasets/convert.ts";
import { InputError } from "../../../datasets/issues.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { fuzz, fuzzRuns, someLines } from "../../support/fuzz-import.ts";
import { testOnTraces } from "../../support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-units-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

async function refusal(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    return (error as InputError).message;
  }
  return "nothing was refused";
}

test("times in any unit become whole ms", () => {
  const cases = [
    ["1500", "us", 2],
    ["1499", "us", 1],
    ["7", "ms", 7],
    ["32.0", "s", 32_000],
    [1.5, "min", 90_000],
    ["2", "h", 7_200_000],
    ["1e1", "d", 864_000_000],
    ["1970-01-02 00:00:01", "datetime", 86_401_000],
  ] as const;
  for (const [cell, unit, ms] of cases) assert.is(toMs(cell, unit), ms, `${cell} ${unit}`);
  for (const [cell, unit] of [
    ["x", "s"],
    ["", "s"],
    [null, "ms"],
    ["12", "datetime"],
    [12, "datetime"],
  ] as const) {
    assert.ok(Number.isNaN(toMs(cell, unit)), `${cell} ${unit}`);
  }
});

test("dates and times", () => {
  const cases: [string, number][] = [
    ["2024-11-15 16:57:50", 1_731_689_870_000],
    ["2024-11-15T16:57:50Z", 1_731_689_870_000],
    ["2024-11-15T17:57:50.250+01:00", 1_731_689_870_250],
    ["2024-11-15 16:57:50.001+00", 1_731_689_870_001],
    ["2024-11-15 11:27:50-0530", 1_731_689_870_000],
    ["2024-11-15 16:57", 1_731_689_820_000],
    ["2024-11-15", 1_731_628_800_000],
    ["2024-02-29", 1_709_164_800_000],
  ];
  for (const [text, ms] of cases) assert.is(parseDateTime(text), ms, text);
  const wrong = ["2023-02-29", "2024-13-01", "2024-11-15 24:00", "2024-11-15 10:60", "15.11.2024", "2024-11-15 16:57:50 PST", ""];
  for (const text of wrong) assert.ok(Number.isNaN(parseDateTime(text)), text);
});

test("amounts are scaled and rounded up, but not for the last bits", () => {
  assert.is(toAmount("0.5", 1000), 500);
  assert.is(toAmount("0.0001", 1000), 1);
  assert.is(toAmount("0.29", 100), 29);
  assert.is(toAmount("0.07", 100), 7);
  assert.is(toAmount(0, 1000), 0);
});

const JOBS = `who,what,when,secs,cores,state
ann,x,2024-01-01 00:00:10,1.5,0.25,done
bob,y,2024-01-01 00:00:00,2,2,done
ann,x,2024-01-01 00:00:20,0,1,waiting
`;
const MAPPING = `
source: { license: mine, citation: none, homePage: "https://example.org" }
requests:
  keep: { state: [done] }
  columns:
    user_id: who
    app_id: what
    submit_ms: { column: when, unit: datetime }
    run_ms: { column: secs, unit: s }
    cpu_millis: { column: cores, scale: 1000 }
    memory_mib: { constant: 512 }
`;

function rowsOf({ requests, users, apps }: Trace): string[] {
  return Array.from({ length: requests.count }, (_, row) => {
    const shape = requests.shapes[requests.shape[row] as number];
    const [user, app] = [users[requests.user[row] as number]?.name, apps[requests.app[row] as number]?.name];
    return `${user} ${app} ${requests.submitMs[row]} ${requests.runMs[row]} ${shape?.cpuMillis} ${shape?.memoryMiB}`;
  });
}

test("a mapping with units, scales, constants and values to keep", async () => {
  const trace = fromCanonical({ requests: JOBS }, { mapping: await parseMapping(MAPPING, "m.yaml") });
  assert.equal(rowsOf(trace), ["bob y 1704067200000 2000 2000 512", "ann x 1704067210000 1500 250 512"]);
  const { manifest } = trace;
  assert.is(manifest.epochMs, 0);
  assert.is(manifest.license, "mine");
  assert.is(manifest.homePage, "https://example.org");
  assert.equal(manifest.rowsRead, { requests: 3 });
  assert.equal(manifest.rowsDropped, [
    { table: "requests", reason: "state: none of the values that the mapping keeps", count: 1 },
  ]);
  assert.ok(manifest.defaults.includes("memory_mib 512 for every row of requests (mapping)"));
  assert.not.ok(manifest.notes.some((note) => note.includes("not used")));
});

test("Parquet has the same mappings", async () => {
  const path = join(folder, "parquet");
  mkdirSync(path);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const rows = `SELECT 'ann' AS who, 'x' AS what, TIMESTAMP '2024-01-01 00:00:10' AS "when", 1.5 AS secs, 0.25 AS cores, 'done' AS state`;
  await connection.run(`COPY (${rows}) TO '${join(path, "requests.parquet")}'`);
  connection.closeSync();
  instance.closeSync();
  const trace = await loadCanonical(path, { mapping: await parseMapping(MAPPING, "m.yaml") });
  assert.equal(rowsOf(trace), ["ann x 1704067210000 1500 250 512"]);
});

test("cells that cannot be converted, and mappings that mean nothing, are refused", async () => {
  const read = async (jobs: string, mapping = MAPPING) =>
    fromCanonical({ requests: jobs }, { mapping: await parseMapping(mapping, "m.yaml") });
  const cases: [() => Promise<unknown>, RegExp][] = [
    [() => read(JOBS.replace("2024-01-01 00:00:10", "1704067210")), /csv:2 when: .*"not convertible: 1704067210"/],
    [() => read(JOBS.replace("1.5", "soon")), /csv:2 secs: .*"not convertible: soon"/],
    [() => read(JOBS.replace("1.5", "")), /csv:2 secs: .*nothing/],
    [() => read(JOBS.replace("1.5", "-1")), /csv:2 secs: expected an integer from 0/],
    [() => read(JOBS.replace("0.25", "1e9")), /csv:2 cores: /],
    [() => read(JOBS.replace("state", "status")), /state: expected a column "state", which the mapping names under keep/],
    [() => read(JOBS.replace("secs", "memory_mib")), /memory_mib/],
    [() => read(JOBS.replaceAll("done", "gone")), /at least one request/],
    [() => read(JOBS, MAPPING.replace("unit: s }", "unit: weeks }")), /run_ms: expected a column's name, .*us or ms or s/],
    [() => read(JOBS, MAPPING.replace("scale: 1000", "unit: s")), /cpu_millis: expected .*scale: a number above 0/],
    [() => read(JOBS, MAPPING.replace("scale: 1000", "scale: 0")), /cpu_millis: expected/],
    [() => read(JOBS, MAPPING.replace("column: cores, scale", "column: secs, scale")), /run_ms: expected a column named once/],
    [() => read(JOBS, MAPPING.replace("[done]", "done")), /keep.state: expected a list/],
    [() => loadMapping("builtin:nothing"), /a file, or builtin:genai-2026/],
  ];
  for (const [run, expected] of cases) assert.match(await refusal(run), expected);
});

test("mutated rows under a mapping with units", async () => {
  const mapping = await parseMapping(MAPPING, "m.yaml");
  await fuzz("units", { requests: Buffer.from(JOBS) }, fuzzRuns(2000), async (files) =>
    fromCanonical({ requests: Buffer.from(files["requests"] as Uint8Array).toString() }, { mapping }),
  );
});

testOnTraces("image generation requests, by the built-in mapping", async (traces) => {
  const mapping = await loadMapping("builtin:genai-2026");
  const trace = await loadCanonical(join(traces, "alibaba-genai-2026"), { mapping, defaults: { coldStartMs: 22_700 } });
  assert.equal(trace.manifest.rowsRead, { requests: 26_823 });
  assert.is(trace.requests.count, 26_823 - 30);
  assert.is(trace.users.length, 4_244);
  assert.is(trace.apps.length, 86);
  assert.is(trace.manifest.window.startMs, parseDateTime("2024-11-15 16:57:50"));
  assert.equal(new Set(trace.apps.map(({ coldStartMs }) => coldStartMs)), new Set([22_700]));
  assert.match(trace.manifest.citation, /^Lin et al/);
  assert.equal(checkTrace(trace), []);
});

testOnTraces("mutated rows of the real requests", async (traces) => {
  const mapping = await loadMapping("builtin:genai-2026");
  const requests = someLines(join(traces, "alibaba-genai-2026/lora_request_trace.csv.gz"), 5000, 30);
  await fuzz("real genai", { requests }, fuzzRuns(500), async (files) =>
    fromCanonical({ requests: Buffer.from(files["requests"] as Uint8Array).toString() }, { mapping }),
  );
});

test.run();
