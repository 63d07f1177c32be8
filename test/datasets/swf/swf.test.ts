import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, inflateRawSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import { fromSwf, loadSwf } from "../../../datasets/swf/swf.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { fuzz, fuzzRuns, someLines } from "../../support/fuzz-import.ts";
import { testOnTraces } from "../../support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-swf-"));
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

/** Request by request: user, app, submit, run, CPU, memory. */
function rowsOf({ requests, users, apps }: Trace): string[] {
  return Array.from({ length: requests.count }, (_, row) => {
    const shape = requests.shapes[requests.shape[row] as number];
    return [
      users[requests.user[row] as number]?.name,
      apps[requests.app[row] as number]?.name,
      requests.submitMs[row],
      requests.runMs[row],
      shape?.cpuMillis,
      shape?.memoryMiB,
    ].join(" ");
  });
}

// In order: complete; processors only requested, memory only used; nothing known but the times; run 0; unknown run time; cancelled
// while it ran; cancelled before; unknown submit time.
const LOG = `; Version: 2.2
; Computer: Small One
; Acknowledge: Nobody
; UnixStartTime: 749458803
; TimeZoneString: US/Pacific
;
    1        0     -1   1451  128     -1    -1   -1     -1    2048  1   1   1   3 -1 -1 -1 -1
    2     1460      5   37.5   -1     -1   512    2     -1      -1  1   2   1   4 -1 -1 -1 -1
    3     1461     -1    10    -1     -1    -1   -1     -1      -1  1  -1  -1  -1 -1 -1 -1 -1

    4     1461     -1     0     1     -1    -1   -1     -1      -1  1   1  -1   3 -1 -1 -1 -1
    5     1462     -1    -1     1     -1    -1   -1     -1      -1  1   1  -1   3 -1 -1 -1 -1
    6     1463     -1     7     1     -1    -1   -1     -1      -1  5   1  -1   3 -1 -1 -1 -1
    7     1463     -1    -1     1     -1    -1   -1     -1      -1  5   1  -1   3 -1 -1 -1 -1
    8       -1     -1     9     1     -1    -1   -1     -1      -1  1   1  -1   3 -1 -1 -1 -1
`;

test("a log: units, unknowns, what is dropped, the header", () => {
  const trace = fromSwf(LOG);
  assert.equal(rowsOf(trace), [
    "user-1 app-3 0 1451000 128000 256",
    "user-2 app-4 1460000 37500 2000 1",
    "user-unknown app-unknown 1461000 10000 1000 256",
    "user-1 app-3 1461000 1 1000 256",
    "user-1 app-3 1463000 7000 1000 256",
  ]);
  assert.is(trace.manifest.epochMs, 749_458_803_000);
  assert.equal(
    trace.users.map(({ timeZone }) => timeZone),
    ["US/Pacific", "US/Pacific", "US/Pacific"],
  );
  assert.equal(trace.manifest.rowsRead, { jobs: 8 });
  assert.equal(
    trace.manifest.rowsDropped.map(({ reason, count }) => `${count} ${reason}`),
    ["1 of unknown run time", "1 cancelled before it ran", "1 of unknown submit time"],
  );
  assert.ok(trace.manifest.notes.includes("Acknowledge: Nobody"));
  assert.ok(trace.manifest.defaults.includes("cpu_millis 1000 for 1 of 5 requests"));
});

test("files, plain and gzipped; line ends of both kinds, none at the end, pieces of any length", async () => {
  const plain = join(folder, "Small-1.swf");
  writeFileSync(plain, LOG.replaceAll("\n", "\r\n").trimEnd());
  writeFileSync(`${plain}.gz`, gzipSync(LOG));
  const { digest } = fromSwf(LOG).manifest;
  for (const path of [plain, `${plain}.gz`]) {
    const { manifest } = await loadSwf(path);
    assert.is(manifest.digest, digest);
    assert.is(manifest.name, "Small-1");
    assert.is(manifest.source.files.length, 1);
  }
});

test("bad input: where, what was expected, what was found", async () => {
  const cases: [() => unknown, RegExp][] = [
    [() => fromSwf(""), /at least one request/],
    [() => fromSwf("1 2 3\n"), /log.swf:1: expected 18 fields, found 3/],
    [() => fromSwf(LOG.replace("1451", "14x1")), /log.swf:7 run time: expected a number from 0 .*"14x1"/],
    [() => fromSwf(LOG.replace("1451", "-2")), /log.swf:7 run time/],
    [() => fromSwf(LOG.replace(" 128 ", " 1e9 ")), /log.swf:7 allocated processors/],
    [() => fromSwf(LOG.replace("2048", "1e11")), /log.swf:7 used memory: expected at most/],
    [() => fromSwf(LOG.replace("1460", "1460.5")), /log.swf:8 submit time: expected whole seconds/],
    [() => fromSwf(LOG.replace("749458803", "soon")), /log.swf:4 UnixStartTime/],
    [() => loadSwf(join(folder, "nowhere.swf")), /nothing there/],
    [() => loadSwf(folder), /a file, found a folder/],
    [() => loadSwf("log.swf.zip"), /unpack it first: unzip log.swf.zip/],
  ];
  for (const [run, expected] of cases) assert.match(await refusal(run), expected);
});

test("mutated logs", () =>
  fuzz("swf", { "log.swf": Buffer.from(LOG) }, fuzzRuns(2000), async (files) =>
    fromSwf(Buffer.from(files["log.swf"] as Uint8Array).toString()),
  ));

/** The content of the only file of a zip archive, by its local header. */
function unzip(archive: Buffer): Buffer {
  const start = 30 + archive.readUInt16LE(26) + archive.readUInt16LE(28);
  return inflateRawSync(archive.subarray(start));
}

testOnTraces("NASA iPSC/860, 1993", async (traces) => {
  const path = join(folder, "NASA-iPSC-1993-3.1-cln.swf");
  writeFileSync(path, unzip(readFileSync(join(traces, "swf/NASA-iPSC-1993-3.1-cln.swf.zip"))));
  const trace = await loadSwf(path);
  assert.equal(trace.manifest.rowsRead, { jobs: 18_239 });
  assert.equal(trace.manifest.rowsDropped, []);
  assert.is(trace.requests.count, 18_239);
  assert.is(trace.users.length, 69);
  assert.is(Math.max(...trace.requests.shapes.map(({ cpuMillis }) => cpuMillis)), 128_000);
  assert.is(trace.manifest.epochMs, 749_458_803_000);
  assert.equal(checkTrace(trace), []);
});

testOnTraces("mutated lines of the real log", (traces) => {
  const path = join(folder, "real.swf");
  writeFileSync(path, unzip(readFileSync(join(traces, "swf/NASA-iPSC-1993-3.1-cln.swf.zip"))));
  return fuzz("real swf", { log: someLines(path, 12, 60) }, fuzzRuns(500), async (files) =>
    fromSwf(Buffer.from(files["log"] as Uint8Array).toString()),
  );
});

test.run();
