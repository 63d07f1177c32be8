import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arrivalPlacer, parseArrivals } from "../../../datasets/arrivals.ts";
import {
  type AzureDay,
  fromAzureFunctions2019,
  fromAzureFunctions2019Streams,
  loadAzureFunctions2019,
} from "../../../datasets/azure-functions-2019/azure-functions-2019.ts";
import { parseSample } from "../../../datasets/azure-functions-2019/function-sample.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import { loadTrace, writeLargeTrace } from "../../../datasets/store.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { folderOf, refusal as refusalLines } from "../../support/input-files.ts";
import { testOnTraces } from "../../support/skip.ts";

const refusal = async (run: () => unknown) => (await refusalLines(run)).join("\n");

/** Request by request: time, run time, user, app, memory. */
function rowsOf({ requests, users, apps }: Trace) {
  return Array.from({ length: requests.count }, (_, row) => [
    requests.submitMs[row],
    requests.runMs[row],
    users[requests.user[row] as number]?.name,
    apps[requests.app[row] as number]?.name,
    requests.shapes[requests.shape[row] as number]?.memoryMiB,
  ]);
}

// Two owners; owner o1 has app a1 with two functions; f3 has neither duration nor memory. Minutes 5 to 7.
const INVOCATIONS = `HashOwner,HashApp,HashFunction,Trigger,5,6,7
o1,a1,f1,http,2,0,0
o1,a1,f2,timer,0,3,0
o2,a2,f3,queue,1,0,1
`;
const DURATIONS = `HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum
o1,a1,f1,0,5,0,0
o1,a1,f2,10.5,1,1,20
`;
const MEMORY_BY_FUNCTION = `HashFunction,HashOwner,HashApp,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1
f1,o1,a1,9,9.4166,1
f2,o1,a1,9,20.01,1
`;

function sample(changes: Partial<Record<"invocations" | "durations" | "memory", string>> = {}): AzureDay<string>[] {
  const texts = { invocations: INVOCATIONS, durations: DURATIONS, memory: MEMORY_BY_FUNCTION, ...changes };
  const named = (name: keyof typeof texts) => ({ name: `${name}.csv`, content: texts[name] });
  return [{ day: 0, invocations: named("invocations"), durations: named("durations"), memory: named("memory") }];
}

const GOLDEN = [
  [300_000, 1, "o1", "a1", 21],
  [300_000, 1000, "o2", "a2", 256],
  [330_000, 1, "o1", "a1", 21],
  [360_000, 11, "o1", "a1", 21],
  [380_000, 11, "o1", "a1", 21],
  [400_000, 11, "o1", "a1", 21],
  [420_000, 1000, "o2", "a2", 256],
];

test("the published sample's files: arrivals spread evenly, run times rounded and at least 1 ms, memory the largest rounded up", () => {
  const trace = fromAzureFunctions2019(sample());
  assert.equal(rowsOf(trace), GOLDEN);
  assert.equal(checkTrace(trace), []);
  assert.equal(trace.manifest.window, { startMs: 300_000, endMs: 480_000 });
  assert.equal(
    trace.apps.map((app) => app.shape.memoryMiB),
    [21, 256],
  );
  assert.equal(trace.manifest.rowsRead, { invocations: 3, durations: 2, memory: 2 });
  assert.ok(trace.manifest.defaults.includes("run_ms 1000 for 1 of 3 functions"), trace.manifest.defaults.join("\n"));
  assert.ok(trace.manifest.defaults.includes("memory_mib 256 for 2 of 7 requests"));
  assert.ok(trace.manifest.defaults.includes("cpu_millis 1000 for every request"));
});

test("as stream and as files, plain and gzip: the same trace", async () => {
  const { digest } = fromAzureFunctions2019(sample()).manifest;
  async function* bytes(text: string) {
    yield Buffer.from(text);
  }
  const streams = sample().map(({ day, invocations, durations, memory }) => ({
    day,
    invocations: { name: "i", content: bytes(invocations.content) },
    durations: { name: "d", content: bytes(durations.content) },
    memory: { name: "m", content: bytes(memory?.content ?? "") },
  }));
  assert.is((await fromAzureFunctions2019Streams(streams)).manifest.digest, digest);
  const plain = folderOf({ "invocations.csv": INVOCATIONS, "durations.csv": DURATIONS, "memory.csv": MEMORY_BY_FUNCTION });
  const trace = await loadAzureFunctions2019(plain);
  assert.is(trace.manifest.digest, digest);
  assert.is(trace.manifest.name, plain.split("/").at(-1));
  assert.equal(trace.manifest.source.options, { arrivals: "even", app: "app", days: null });
  const gzip = folderOf({
    "invocations.csv.gz": gzipSync(INVOCATIONS),
    "durations.csv.gz": gzipSync(DURATIONS),
    "memory.csv.gz": gzipSync(MEMORY_BY_FUNCTION),
  });
  assert.is((await loadAzureFunctions2019(gzip)).manifest.digest, digest);
});

test("each function as an app: its own memory", () => {
  const trace = fromAzureFunctions2019(sample(), { app: "function" });
  assert.equal(
    trace.apps.map((app) => [app.name, app.shape.memoryMiB]),
    [
      ["a1/f1", 10],
      ["a2/f3", 256],
      ["a1/f2", 21],
    ],
  );
  const byApp = "HashOwner,HashApp,SampleCount,AverageAllocatedMb\no1,a1,1,99.5\n";
  assert.equal(
    fromAzureFunctions2019(sample({ memory: byApp }), { app: "function" }).apps.map((app) => app.shape.memoryMiB),
    [100, 256, 100],
  );
});

/** The minutes of a whole day; `counts` by minute from 1. */
function dayOf(
  rows: readonly (readonly [owner: string, app: string, fn: string, counts: Readonly<Record<number, number>>])[],
): string {
  const minutes = Array.from({ length: 1440 }, (_, i) => i + 1);
  const lines = rows.map(([owner, app, fn, counts]) => [owner, app, fn, "http", ...minutes.map((minute) => counts[minute] ?? 0)]);
  return [["HashOwner", "HashApp", "HashFunction", "Trigger", ...minutes], ...lines].map((line) => line.join(",")).join("\n");
}

const durationsOf = (average: number) => `HashOwner,HashApp,HashFunction,Average,Count\no,a,f,${average},1\n`;
const memoryOf = (megabytes: number) => `HashOwner,HashApp,SampleCount,AverageAllocatedMb\no,a,1,${megabytes}\n`;
const nameOf = (stem: string, day: number) => `${stem}.anon.d${String(day).padStart(2, "0")}.csv`;

function series(days: readonly number[], memory: Readonly<Record<number, number>>): Record<string, string> {
  return {
    ...Object.fromEntries(
      days.map((day) => [nameOf("invocations_per_function_md", day), dayOf([["o", "a", "f", { 1: 1, 1440: 2 }]])]),
    ),
    ...Object.fromEntries(days.map((day) => [nameOf("function_durations_percentiles", day), durationsOf(day * 10)])),
    ...Object.fromEntries(
      Object.entries(memory).map(([day, mb]) => [nameOf("app_memory_percentiles", Number(day)), memoryOf(mb)]),
    ),
  };
}

test("the original's files by day: minute m of day d is (d - 1)·1440 + m", async () => {
  const trace = await loadAzureFunctions2019(folderOf(series([1, 2], { 1: 50, 2: 60 })));
  const day = 86_400_000;
  assert.equal(rowsOf(trace), [
    [60_000, 10, "o", "a", 60],
    [day, 10, "o", "a", 60],
    [day + 30_000, 10, "o", "a", 60],
    [day + 60_000, 20, "o", "a", 60],
    [2 * day, 20, "o", "a", 60],
    [2 * day + 30_000, 20, "o", "a", 60],
  ]);
  assert.equal(trace.manifest.window, { startMs: 60_000, endMs: 2 * day + 60_000 });
  const second = await loadAzureFunctions2019(folderOf(series([1, 2], { 1: 50, 2: 60 })), { days: { first: 2, last: 2 } });
  assert.equal(second.manifest.window, { startMs: day + 60_000, endMs: 2 * day + 60_000 });
  assert.equal([...second.requests.submitMs], [day + 60_000, 2 * day, 2 * day + 30_000]);
  assert.is(second.manifest.source.options["days"], "2-2");
});

test("memory was not published for days 13 and 14: the nearest earlier day's stands in", async () => {
  const path = folderOf(series([13, 14], { 11: 5, 12: 7 }));
  const trace = await loadAzureFunctions2019(path);
  assert.is(trace.apps[0]?.shape.memoryMiB, 7);
  assert.equal(
    trace.manifest.source.files.map((file) => file.name).filter((name) => name.includes("memory")),
    ["app_memory_percentiles.anon.d12.csv"],
  );
  const none = await loadAzureFunctions2019(folderOf(series([1], {})));
  assert.is(none.apps[0]?.shape.memoryMiB, 256);
});

test("functions listed twice: invocations add up, averages are weighted by count", () => {
  const invocations = `${INVOCATIONS}o1,a1,f1,queue,0,0,4\n`;
  const durations = `${DURATIONS}o1,a1,f1,90,10,0,0\n`;
  const trace = fromAzureFunctions2019(sample({ invocations, durations }));
  assert.is(trace.requests.count, 11);
  const runs = rowsOf(trace).filter((row) => row[3] === "a1" && row[1] !== 11);
  assert.equal(new Set(runs.map((row) => row[1])), new Set([60]));
  assert.equal(trace.manifest.notes.slice(-2), [
    "1 rows of invocations repeat a function of the same day; all count",
    "1 rows of durations repeat a function of the same day; averages are weighted by Count",
  ]);
});

test("even arrivals are ⌊k·60000 ⁄ n⌋ after the minute's start, for any n", () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.integer({ min: 1, max: 100_000 }), (minute, n) => {
      const placed: number[] = [];
      arrivalPlacer({ kind: "even" }, "f", 60_000)(minute * 60_000, n, (atMs) => placed.push(atMs));
      assert.is(placed.length, n);
      assert.is(placed[0], minute * 60_000);
      assert.ok((placed[n - 1] as number) < (minute + 1) * 60_000);
      assert.is(placed[n >> 1], Number((BigInt(n >> 1) * 60_000n) / BigInt(n)) + minute * 60_000);
    }),
    { seed: 1, numRuns: 30 },
  );
});

test("uniform arrivals: seeded, inside their minute, the same whatever else is in the files", () => {
  const arrivals = parseArrivals("uniform:7");
  const trace = fromAzureFunctions2019(sample(), { arrivals });
  assert.is(fromAzureFunctions2019(sample(), { arrivals }).manifest.digest, trace.manifest.digest);
  assert.is.not(
    fromAzureFunctions2019(sample(), { arrivals: parseArrivals("uniform:8") }).manifest.digest,
    trace.manifest.digest,
  );
  const minutes = (each: Trace) => rowsOf(each).map(([atMs, ...rest]) => [Math.floor((atMs as number) / 60_000), ...rest].join());
  assert.equal(minutes(trace).sort(), minutes(fromAzureFunctions2019(sample())).sort());
  const timesOf = (each: Trace, user: string) => rowsOf(each).flatMap((row) => (row[2] === user ? [row[0]] : []));
  const [header, first, second, third] = INVOCATIONS.split("\n") as [string, string, string, string];
  const alone = fromAzureFunctions2019(sample({ invocations: `${header}\n${third}\n` }), { arrivals });
  assert.equal(timesOf(alone, "o2"), timesOf(trace, "o2"));
  const reordered = fromAzureFunctions2019(sample({ invocations: [header, third, second, first].join("\n") }), { arrivals });
  assert.is(reordered.manifest.digest, trace.manifest.digest, "times differ, so the order of rows does not matter");
  const many = fromAzureFunctions2019(sample({ invocations: `${header}\no,a,f,x,60000,0,0` }), { arrivals });
  const mean = many.requests.submitMs.reduce((sum, atMs) => sum + atMs - 300_000, 0) / 60_000;
  assert.ok(Math.abs(mean - 29_999.5) < 4 * (60_000 / Math.sqrt(12 * 60_000)), `${mean}`);
});

test("arrivals are even or uniform:SEED", async () => {
  for (const text of ["odd", "uniform", "uniform:", "uniform:-1", "uniform:1.5", "EVEN", ""]) {
    assert.match(await refusal(() => parseArrivals(text)), "--arrivals: expected even, or uniform:SEED", text);
  }
});

test("hours cut the window; rows outside are not read", async () => {
  const whole = fromAzureFunctions2019(sample());
  const minutes = INVOCATIONS.replace("5,6,7", "59,60,61");
  const late = fromAzureFunctions2019(sample({ invocations: minutes }), { hours: { from: 1, to: 2 } });
  assert.equal(late.manifest.window, { startMs: 3_600_000, endMs: 62 * 60_000 });
  assert.equal(
    rowsOf(late).map(([atMs]) => atMs),
    [3_600_000, 3_620_000, 3_640_000, 3_660_000],
  );
  assert.is(late.manifest.source.options["hours"], "1-2");
  assert.ok(late.manifest.notes.includes("only hours 1 to 2 of what the files cover"));
  assert.not.ok("hours" in whole.manifest.source.options);
  const second = [{ ...(sample()[0] as AzureDay<string>), day: 3 }];
  const days = fromAzureFunctions2019(second, { hours: { from: 0, to: 1 } });
  assert.is(days.manifest.window.startMs, (2 * 1440 + 5) * 60_000);
  assert.is(days.requests.count, whole.requests.count, "hours count from midnight of the first day");
  const columns = INVOCATIONS.replace("5,6,7", "60,61,62");
  const edge = [{ ...(sample({ invocations: columns })[0] as AzureDay<string>), day: 1 }];
  const firstHour = fromAzureFunctions2019(edge, { hours: { from: 0, to: 1 } });
  const lastMinute = { startMs: 60 * 60_000, endMs: 61 * 60_000 };
  assert.equal(firstHour.manifest.window, lastMinute, "column 60 of a day is the last minute of its first hour");
  const none = await refusal(() => fromAzureFunctions2019(sample(), { hours: { from: 1, to: 2 } }));
  assert.match(none, "--from, --to: expected hours that the files have, found none of them");
});

/** Many functions of a few apps, each invoked once or twice. */
function manyFunctions(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => `o${i % 7},a${i % 31},f${i},http,${1 + (i % 2)},0,0`);
  return `HashOwner,HashApp,HashFunction,Trigger,5,6,7\n${rows.join("\n")}\n`;
}

test("a sample of functions depends on their names alone, and a smaller one is part of a larger", async () => {
  const functionsOf = (invocations: string, text: string) => {
    const { apps, manifest } = fromAzureFunctions2019(sample({ invocations }), { app: "function", sample: parseSample(text) });
    return { names: apps.map(({ name }) => name).sort(), manifest };
  };
  const text = manyFunctions(5000);
  const [header = "", ...lines] = text.trim().split("\n");
  const reversed = `${[header, ...lines.reverse()].join("\n")}\n`;
  const small = functionsOf(text, "100");
  assert.is(small.names.length, 100);
  assert.equal(functionsOf(reversed, "100").names, small.names);
  const large = functionsOf(text, "400").names;
  assert.ok(small.names.every((name) => large.includes(name)));
  const share = functionsOf(text, "10%").names;
  assert.ok(share.length > 400 && share.length < 600, `${share.length} of 5000 are about a tenth`);
  assert.equal(
    share.filter((name) => large.includes(name)).sort(),
    share.length < large.length ? share : large,
    "a share and a count choose by the same hash",
  );
  assert.is(small.manifest.source.options["sampleFunctions"], "100");
  // Those of the durations file count, too: they are functions of the platform.
  assert.ok(
    small.manifest.notes.some((note) => note.startsWith("a sample: 100 of 5001 functions")),
    small.manifest.notes.join(),
  );
  const all = functionsOf(text, "100%");
  assert.is(all.names.length, 5000);
  for (const wrong of ["0", "0%", "101%", "-1", "many", "1e3", ""]) {
    assert.match(await refusal(() => parseSample(wrong)), "--sample-functions: expected a number of functions", wrong);
  }
});

test("more requests than are kept in memory give the same trace from a file", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `o${i % 3},a${i % 11},f${i % 37},http,0,${i * 70},${(40 - i) * 100}`);
  const invocations = `HashOwner,HashApp,HashFunction,Trigger,5,6,7\n${rows.join("\n")}\n`;
  const files = { "invocations.csv": invocations, "durations.csv": DURATIONS, "memory.csv": MEMORY_BY_FUNCTION };
  const source = folderOf(files);
  const arrivals = parseArrivals("uniform:3");
  const small = await loadAzureFunctions2019(source, { arrivals, name: "x" });
  assert.ok(small.requests.count > 100_000);
  const out = join(folderOf({}), "trace");
  const outline = await writeLargeTrace(out, { replace: false }, (spill) =>
    loadAzureFunctions2019(source, { arrivals, name: "x" }, undefined, { ...spill, aboveRequests: 100_000 }),
  );
  assert.is(outline.requests.submitMs.length, 0, "requests are in the file");
  assert.is(outline.manifest.digest, small.manifest.digest);
  const { manifest, requests } = await loadTrace(out);
  assert.equal(manifest, small.manifest);
  assert.is(requests.count, small.requests.count);
});

test("each bad value is named by file, line and column", async () => {
  const cases: readonly (readonly [string, Parameters<typeof sample>[0], RegExp])[] = [
    [
      "negative count",
      { invocations: INVOCATIONS.replace("2,0,0", "2,-1,0") },
      /^invocations\.csv:2 6: expected a number of invocations, found "-1"$/,
    ],
    ["NaN count", { invocations: INVOCATIONS.replace("2,0,0", "2,0,nan") }, /^invocations\.csv:2 7: .*"nan"/],
    ["empty count", { invocations: INVOCATIONS.replace("2,0,0", ",0,0") }, /^invocations\.csv:2 5: .*found nothing/],
    ["fraction", { invocations: INVOCATIONS.replace("2,0,0", "2,0.5,0") }, /^invocations\.csv:2 6: .*"0\.5"/],
    ["owner", { invocations: INVOCATIONS.replace("o2", "") }, /^invocations\.csv:4 HashOwner: expected a text, found nothing/],
    [
      "no owners",
      { invocations: INVOCATIONS.replace("HashOwner", "Owner") },
      /^invocations\.csv:1 HashOwner: expected a column "HashOwner"/,
    ],
    [
      "no minutes",
      { invocations: INVOCATIONS.replace("5,6,7", "a,b,c") },
      /^invocations\.csv:1: expected columns named after minutes.*found none/,
    ],
    ["a gap", { invocations: INVOCATIONS.replace("5,6,7", "5,7,8") }, /^invocations\.csv:1: .*found "7" after "5"/],
    ["no calls", { invocations: INVOCATIONS.split("\n")[0] as string }, /expected at least one invocation, found 0/],
    ["durations", { durations: DURATIONS.replace("Average", "Mean") }, /^durations\.csv:1 Average: expected a column "Average"/],
    [
      "average",
      { durations: DURATIONS.replace("10.5", "-3") },
      /^durations\.csv:3 Average: expected a number of at least 0, found -3/,
    ],
    [
      "average NaN",
      { durations: DURATIONS.replace("10.5", "NaN") },
      /^durations\.csv:3 Average: expected a finite number, found "NaN"/,
    ],
    [
      "memory",
      { memory: MEMORY_BY_FUNCTION.replace("9.4166", "inf") },
      /^memory\.csv:2 AverageAllocatedMb: expected a finite number, found "inf"/,
    ],
    ["short row", { memory: `${MEMORY_BY_FUNCTION}f,o\n` }, /^memory\.csv:4: expected 6 fields, as in the header, found 2/],
    [
      "too many",
      { invocations: INVOCATIONS.replace("2,0,0", "4000000000,0,0") },
      /expected at most 20000000 invocations, found 4000000005/,
    ],
    ["a long run", { durations: DURATIONS.replace("10.5", "1e300") }, /run_ms/],
    [
      "much memory",
      { memory: MEMORY_BY_FUNCTION.replace("9.4166", "1e10") },
      /memoryMiB: expected an integer from 0 to 4294967295/,
    ],
  ];
  for (const [name, changes, expected] of cases) {
    assert.match(await refusal(() => fromAzureFunctions2019(sample(changes))), expected, name);
  }
  const day = (texts: string) => [{ ...(sample({ invocations: texts })[0] as AzureDay<string>), day: 1 }];
  assert.match(await refusal(() => fromAzureFunctions2019(day(INVOCATIONS.replace("5,6,7", "1439,1440,1441")))), /1439 to 1441/);
  assert.match(await refusal(() => fromAzureFunctions2019(day(INVOCATIONS.replace("5,6,7", "0,1,2")))), /found 0 to 2/);
});

test("files that are missing or too many", async () => {
  const refused = (files: Record<string, string>, days: { first: number; last: number } | null = null) =>
    refusal(() => loadAzureFunctions2019(folderOf(files), { days }));
  assert.match(
    await refused({}),
    "expected invocations_per_function_md.anon.dNN.csv or invocations.csv (or .csv.gz), found neither",
  );
  assert.match(
    await refused({ "invocations.csv": INVOCATIONS }),
    "expected a file durations.csv or durations.csv.gz, found none",
  );
  const both = { "invocations.csv": INVOCATIONS, "durations.csv": DURATIONS, "invocations.csv.gz": "" };
  assert.match(await refused(both), "expected one file invocations, found invocations.csv, invocations.csv.gz");
  const plain = { "invocations.csv": INVOCATIONS, "durations.csv": DURATIONS };
  assert.match(await refused(plain, { first: 1, last: 1 }), "--days: expected files by day");
  assert.match(await refused({ ...plain, ...series([1], {}) }), "expected files of one naming");
  assert.match(await refused(series([1], {}), { first: 1, last: 2 }), "invocations_per_function_md.anon.d02.csv");
  assert.match(await refused(series([1, 3], {})), "invocations_per_function_md.anon.d02.csv");
  assert.match(await refused({ ...plain, "memory.csv": "" }), "memory.csv:1: expected a header line, found an empty file");
  const path = folderOf(plain);
  mkdirSync(join(path, "memory.csv"));
  assert.match(await refusal(() => loadAzureFunctions2019(path)), "memory.csv: expected a file, found a folder");
});

testOnTraces("the published sample of 100 functions", async (traces) => {
  const trace = await loadAzureFunctions2019(join(traces, "azure-functions-2019/sample-100"));
  assert.is(trace.requests.count, 339_657);
  assert.is(trace.users.length, 96);
  assert.equal(trace.manifest.window, { startMs: 480 * 60_000, endMs: 960 * 60_000 });
  assert.is(trace.manifest.rowsRead["invocations"], 100);
  assert.not(trace.manifest.defaults.some((text) => text.startsWith("run_ms") || text.startsWith("memory_mib")));
  const byFunction = await loadAzureFunctions2019(join(traces, "azure-functions-2019/sample-100"), { app: "function" });
  assert.is(byFunction.apps.length, 100);
  assert.is(byFunction.requests.count, 339_657);
});

testOnTraces("the published sample of 500 functions", async (traces) => {
  const trace = await loadAzureFunctions2019(join(traces, "azure-functions-2019/sample-500"));
  assert.is(trace.requests.count, 3_037_902);
  assert.equal(checkTrace(trace), []);
  const onSecondZero = trace.requests.submitMs.reduce((count, atMs) => count + (atMs % 60_000 < 1000 ? 1 : 0), 0);
  assert.ok(onSecondZero > trace.requests.count / 60, "even spacing favours second 0");
});

test.run();
