import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import { loadSeriesMapping, parseSeriesMapping } from "../../../datasets/timeseries/series-mapping.ts";
import { fromTimeSeries, loadTimeSeries } from "../../../datasets/timeseries/timeseries.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { fuzz, fuzzRuns, someLines } from "../../support/fuzz-import.ts";
import { testOnTraces } from "../../support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-series-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

async function refusal(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    return (error as InputError).message;
  }
  return "nothing was refused";
}

/** Sample by sample: user, end, length, CPU, memory, GPU. */
function samplesOf({ usage, users }: Trace): string[] {
  return Array.from({ length: usage?.count ?? 0 }, (_, row) =>
    [
      users[usage?.user[row] as number]?.name,
      usage?.atMs[row],
      usage?.windowMs[row],
      usage?.cpuMillis[row],
      usage?.memoryMiB[row],
      usage?.gpuMillis[row],
    ].join(" "),
  );
}

const LONG = `pool,client,t_s,rate,memory,fit
p,1,0,1.25,3,x
p,0,0,0.0001,4,
q,0,0,9,9,
p,1,600,,5,x
p,0,600,0,6,
`;
const LONG_MAPPING = `
layout: long
time: { column: t_s, unit: s }
stamp: start
windowMs: 600000
series: [pool, client]
keep: { pool: [p] }
amounts: { gpu_millis: { column: rate, scale: 1000 }, memory_mib: { column: memory } }
assume: ["a request takes a second of a GPU"]
`;
const WIDE = `date,a,b,note
2024-01-01 00:00,1.5,2,
2024-01-01 01:00,,0.001,
`;
const WIDE_MAPPING = `
layout: wide
time: { column: date, unit: datetime }
windowMs: 3600000
columns: [a, b]
amounts: { cpu_millis: { scale: 1000 } }
`;

const long = async (text = LONG, mapping = LONG_MAPPING) =>
  fromTimeSeries(text, { mapping: await parseSeriesMapping(mapping, "m.yaml") });
const wide = async (text = WIDE, mapping = WIDE_MAPPING) =>
  fromTimeSeries(text, { mapping: await parseSeriesMapping(mapping, "m.yaml") });

const COUNTS = `pool,client,t_s,rate
p,1,0,2.5
p,2,0,0.25
p,1,600,1.75
p,2,600,0.5
p,1,1200,
p,2,1200,0.25
`;
const COUNTS_MAPPING = `
layout: long
time: { column: t_s, unit: s }
stamp: start
windowMs: 600000
series: [client]
requests: { column: rate, runMs: 1500, app: [pool], requested: { gpu_millis: 500 } }
`;

/** Request by request: user, app, submit, run, GPU. */
function requestsOf({ requests, users, apps }: Trace): string[] {
  return Array.from({ length: requests.count }, (_, row) =>
    [
      users[requests.user[row] as number]?.name,
      apps[requests.app[row] as number]?.name,
      requests.submitMs[row],
      requests.runMs[row],
      requests.shapes[requests.shape[row] as number]?.gpuMillis,
    ].join(" "),
  );
}

test("counts of requests become requests; what is less than one goes to the series' next step", async () => {
  const trace = await long(COUNTS, COUNTS_MAPPING);
  assert.equal(requestsOf(trace), [
    "1 p 0 1500 500",
    "1 p 300000 1500 500",
    "1 p 600000 1500 500",
    "1 p 900000 1500 500",
    "2 p 1200000 1500 500",
  ]);
  const { manifest } = trace;
  assert.equal(manifest.window, { startMs: 0, endMs: 1_800_000 });
  assert.ok(manifest.defaults.includes("run_ms 1500 for every request"));
  assert.ok(manifest.notes.includes("the source counts requests a step; they are spread evenly within it"));
  assert.equal(manifest.rowsDropped, [{ table: "series", reason: "rows without a value", count: 1 }]);
  const drawn = COUNTS_MAPPING.replace("runMs: 1500,", 'runMs: 1500, scale: 100, arrivals: "uniform:7",');
  const [first, again] = [await long(COUNTS, drawn), await long(COUNTS, drawn)];
  assert.is(first.requests.count, 525);
  assert.is(first.manifest.digest, again.manifest.digest);
  assert.is.not(first.manifest.digest, (await long(COUNTS, drawn.replace("uniform:7", "uniform:8"))).manifest.digest);
  assert.ok(
    requestsOf(first).some((text) => !text.endsWith("000 1500 500")),
    "drawn to the millisecond",
  );
});

test("wide: a column of counts a series", async () => {
  const mapping = WIDE_MAPPING.replace(/amounts.*/, "requests: { runMs: 10, scale: 2 }");
  const trace = await wide(WIDE, mapping);
  const startMs = Date.UTC(2023, 11, 31, 23);
  assert.equal(
    requestsOf(trace).map((text) => text.split(" ").slice(0, 2).join(" ")),
    ["a service", "b service", "b service", "a service", "b service", "a service", "b service"].slice(0, trace.requests.count),
  );
  assert.is(trace.manifest.window.startMs, startMs);
});

test("counts that cannot be are refused", async () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [COUNTS.replace("2.5", "-1"), COUNTS_MAPPING, /2 rate: expected a number from 0 to 1000000000, found "-1"/],
    [COUNTS.replace("2.5", "x"), COUNTS_MAPPING, /2 rate: expected a number from 0/],
    [COUNTS.replace("2.5", "9e8"), COUNTS_MAPPING, /expected at most 5000000 requests, found 900000002/],
    [
      COUNTS,
      COUNTS_MAPPING.replace("stamp: start", "stamp: end"),
      /2 t_s: expected the end of a step that does not begin before 0/,
    ],
    [COUNTS.replace("p,2,600", "p,2,0"), COUNTS_MAPPING, /5 t_s: expected a time that line 3 does not give/],
    [COUNTS.replace(/[\d.]+$/gm, "0"), COUNTS_MAPPING, /at least one request/],
    [
      COUNTS,
      `${COUNTS_MAPPING}amounts: { cpu_millis: { column: rate } }\n`,
      /either amounts, for samples of use, or requests, found both/,
    ],
    [COUNTS, COUNTS_MAPPING.replace("column: rate, ", ""), /requests\.column: expected a column, found nothing/],
    [COUNTS, COUNTS_MAPPING.replace("runMs: 1500, ", ""), /requests\.runMs: expected a value, found nothing/],
    [COUNTS, COUNTS_MAPPING.replace("runMs", 'arrivals: "random", runMs'), /requests\.arrivals: expected even, or uniform:SEED/],
  ];
  for (const [text, mapping, expected] of cases)
    assert.match(await refusal(() => long(text, mapping)), expected, String(expected));
});

test("long: a row a time and series", async () => {
  const trace = await long();
  assert.equal(samplesOf(trace), ["p/1 600000 600000 0 3 1250", "p/0 600000 600000 0 4 1", "p/0 1200000 600000 0 6 0"]);
  const { manifest } = trace;
  assert.equal(manifest.window, { startMs: 0, endMs: 1_200_000 });
  assert.equal(manifest.rowsRead, { series: 5 });
  assert.equal(
    manifest.rowsDropped.map(({ reason, count }) => `${count} ${reason}`),
    ["1 pool: none of the values that the mapping keeps", "1 rows without a value"],
  );
  assert.ok(manifest.defaults.includes("a request takes a second of a GPU"));
  assert.ok(manifest.defaults.includes("cpu_millis 0 for every usage sample"));
  assert.ok(manifest.notes.includes('not used: "fit"'));
  assert.is(manifest.epochMs, null);
});

test("wide: a row a time, a column a series", async () => {
  const trace = await wide();
  const at = Date.UTC(2024, 0, 1);
  assert.equal(samplesOf(trace), [`a ${at} 3600000 1500 0 0`, `b ${at} 3600000 2000 0 0`, `b ${at + 3_600_000} 3600000 1 0 0`]);
  assert.is(trace.manifest.epochMs, 0);
  assert.equal(trace.manifest.rowsDropped, [{ table: "series", reason: "cells without a value", count: 1 }]);
  const every = await wide(WIDE.replaceAll(/,(note)?\n/g, "\n"), WIDE_MAPPING.replace("columns: [a, b]\n", ""));
  assert.equal(samplesOf(every), samplesOf(trace));
});

test("a file, gzipped", async () => {
  const path = join(folder, "rates.csv.gz");
  writeFileSync(path, gzipSync(LONG));
  const trace = await loadTimeSeries(path, { mapping: await parseSeriesMapping(LONG_MAPPING, "m.yaml") });
  assert.is(trace.manifest.digest, (await long()).manifest.digest);
  assert.is(trace.manifest.name, "rates");
});

test("bad input: where, what was expected, what was found", async () => {
  const cases: [() => unknown, RegExp][] = [
    [() => long(LONG.replace("t_s", "t")), /series.csv:1 t_s: expected a column/],
    [() => long(LONG.replace("1.25", "-1")), /series.csv:2 rate: expected a number from 0 to 4294967, found "-1"/],
    [() => long(LONG.replace("1.25", "1e9")), /series.csv:2 rate/],
    [() => long(LONG.replace("p,1,0,", "p,1,soon,")), /series.csv:2 t_s: expected a time in s/],
    [() => long(LONG.replace("p,1,0,", "p,1,,")), /series.csv:2 t_s/],
    [() => long(LONG.replace("p,1,0,", "p,,0,")), /series.csv:2 client: expected a text/],
    [() => long(LONG.replace("p,0,600", "p,0,0")), /series.csv:6 t_s: expected a time that line 3 does not give for "p\/0"/],
    [() => long(LONG.replaceAll(/p,/g, "z,")), /at least one request or usage sample/],
    [() => long(""), /a header line/],
    [() => wide(WIDE.replace("2024-01-01 00:00", "2024-01-01 25:00")), /series.csv:2 date: expected a date and time/],
    [() => wide("date\n2024-01-01\n", WIDE_MAPPING.replace("columns: [a, b]\n", "")), /at least one column besides the time/],
    [() => long(LONG, WIDE_MAPPING.replace("wide", "long")), /m.yaml series: .*\n.*m.yaml columns: .*\n.*cpu_millis.column/],
    [() => long(LONG, LONG_MAPPING.replace("long", "wide")), /m.yaml series: expected nothing/],
    [() => long(LONG, LONG_MAPPING.replace("600000", "0")), /m.yaml windowMs: expected ms from 1/],
    [() => long(LONG, LONG_MAPPING.replace("gpu_millis", "gpus")), /amounts.gpus: expected one of cpu_millis/],
    [() => long(LONG, "a: [\n"), /m.yaml:\d+: expected YAML/],
    [() => loadSeriesMapping("builtin:nothing"), /a file, or builtin:servegen/],
    [() => loadSeriesMapping(join(folder, "nothing.yaml")), /nothing there/],
  ];
  for (const [run, expected] of cases) assert.match(await refusal(run), expected);
});

for (const [name, text, yaml] of [
  ["long", LONG, LONG_MAPPING],
  ["wide", WIDE, WIDE_MAPPING],
  ["counts", COUNTS, COUNTS_MAPPING],
] as const) {
  test(`mutated ${name} tables`, async () => {
    const mapping = await parseSeriesMapping(yaml, "m.yaml");
    await fuzz(`series ${name}`, { table: Buffer.from(text) }, fuzzRuns(2000), async (files) =>
      fromTimeSeries(Buffer.from(files["table"] as Uint8Array).toString(), { mapping }),
    );
  });
}

testOnTraces("requests of the clients of a pool, by the built-in mapping", async (traces) => {
  const mapping = await loadSeriesMapping("builtin:servegen-requests");
  const { requests, users, manifest } = await loadTimeSeries(join(traces, "servegen/client_rates_10min.csv.gz"), { mapping });
  // The sum of rate_rps × 600 over the pool is 1,383,669; each of 73 clients may be short of one.
  assert.ok(requests.count <= 1_383_669 && requests.count >= 1_383_669 - users.length, `${requests.count}`);
  assert.ok(manifest.defaults.includes("run_ms 1000 for every request"));
});

testOnTraces("rates of 162 clients, by the built-in mapping", async (traces) => {
  const mapping = await loadSeriesMapping("builtin:servegen");
  const trace = await loadTimeSeries(join(traces, "servegen/client_rates_10min.csv.gz"), { mapping });
  assert.equal(trace.manifest.rowsRead, { series: 337_104 });
  assert.is(trace.users.length, 162);
  assert.ok(trace.manifest.defaults[0] !== undefined);
  assert.ok(trace.manifest.defaults.includes("a request takes one second of one GPU: gpu_millis = rate_rps x 1000"));
  assert.equal(checkTrace(trace), []);
});

testOnTraces("ETTh1, wide", async (traces) => {
  const mapping = await parseSeriesMapping(
    `layout: wide
time: { column: date, unit: datetime }
windowMs: 3600000
columns: [HUFL]
amounts: { cpu_millis: { scale: 1000 } }
`,
    "ett.yaml",
  );
  // Loads fall below zero there, which no use of a resource does.
  assert.match(
    await refusal(() => loadTimeSeries(join(traces, "ett/ETTh1.csv.gz"), { mapping })),
    /HUFL: expected a number from 0/,
  );
});

testOnTraces("mutated rows of the real rates", async (traces) => {
  const mapping = await loadSeriesMapping("builtin:servegen");
  const table = someLines(join(traces, "servegen/client_rates_10min.csv.gz"), 2000, 40);
  await fuzz("real servegen", { table }, fuzzRuns(500), async (files) =>
    fromTimeSeries(Buffer.from(files["table"] as Uint8Array).toString(), { mapping }),
  );
});

test.run();
