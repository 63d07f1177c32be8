import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromBitbrains, loadBitbrains } from "../../../datasets/bitbrains/bitbrains.ts";
import { InputError } from "../../../datasets/issues.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { fuzz, fuzzRuns, someLines } from "../../support/fuzz-import.ts";
import { testOnTraces } from "../../support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-bitbrains-"));
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

/** Sample by sample: VM, end and length in s, CPU, memory, network. */
function samplesOf({ usage, users }: Trace): string[] {
  return Array.from({ length: usage?.count ?? 0 }, (_, row) =>
    [
      users[usage?.user[row] as number]?.name,
      (usage?.atMs[row] as number) / 1000,
      (usage?.windowMs[row] as number) / 1000,
      usage?.cpuMillis[row],
      usage?.memoryMiB[row],
      usage?.networkKbps[row],
    ].join(" "),
  );
}

const HEADER = [
  "Timestamp [ms]",
  "CPU cores",
  "CPU capacity provisioned [MHZ]",
  "CPU usage [MHZ]",
  "CPU usage [%]",
  "Memory capacity provisioned [KB]",
  "Memory usage [KB]",
  "Disk read throughput [KB/s]",
  "Disk write throughput [KB/s]",
  "Network received throughput [KB/s]",
  "Network transmitted throughput [KB/s]",
].join(";\t");
const vm = (...rows: string[]) => `${[HEADER, ...rows.map((row) => row.replaceAll(" ", ";\t"))].join("\n")}\n`;

// 2 cores of 1,500 MHz: half a core; then 299 s later more than is provisioned; then the same instant again; then a gap of 1,000 s.
const ONE = vm(
  "1375308000 2 3000.0 750.0 25.0 8388608.0 1048576.0 0.0 1.0 11.0 27.2",
  "1375308299 2 3000.0 3000.1 100.0 8388608.0 1048577.0 0.0 1.0 0.0 0.0",
  "1375308599 2 3000.0 1.0 0.0 8388608.0 0.0 0.0 1.0 0.1 0.0",
  "1375308599 2 3000.0 3.0 0.0 8388608.0 1.0 0.0 1.0 0.0 0.0",
  "1375309599 2 3000.0 0.0 0.0 8388608.0 2048.0 0.0 1.0 0.0 0.0",
);
// Off, and out of order with a repeat.
const TWO = vm(
  "1375308600 0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0",
  "1375308300 1 2000.0 2000.0 100.0 0.0 1024.0 0.0 0.0 1.0 0.0",
  "1375308600 1 2000.0 1000.0 50.0 0.0 2048.0 0.0 0.0 2.0 0.0",
);

test("seconds in a column of ms, repeats, gaps, amounts rounded up and not clipped", () => {
  const trace = fromBitbrains({ "1.csv": ONE, "2.csv": TWO });
  assert.equal(samplesOf(trace), [
    "vm-1 1375308000 300 500 1024 306",
    "vm-1 1375308299 299 2001 1025 0",
    "vm-2 1375308300 300 1000 1 8",
    "vm-1 1375308599 300 2 1 0",
    "vm-2 1375308600 300 500 2 16",
    "vm-1 1375309599 300 0 2 0",
  ]);
  const { manifest } = trace;
  assert.is(manifest.epochMs, 0);
  assert.equal(manifest.window, { startMs: 1_375_307_700_000, endMs: 1_375_309_599_000 });
  assert.equal(manifest.rowsRead, { "vm samples": 8 });
  assert.equal(manifest.rowsDropped, [{ table: "vm samples", reason: "same VM and time as a later row", count: 2 }]);
  assert.ok(manifest.notes.some((note) => note.startsWith("1 samples come more than 300 s after")));
  assert.ok(manifest.notes.some((note) => note.startsWith("1 samples use more CPU than is provisioned")));
  assert.equal(
    trace.apps.map(({ name }) => name),
    ["vm"],
  );
  assert.is(trace.requests.count, 0);
});

test("files: by number, plain or gzipped, others left alone", async () => {
  const path = join(folder, "2013-8");
  mkdirSync(path);
  writeFileSync(join(path, "10.csv"), ONE);
  writeFileSync(join(path, "2.csv.gz"), gzipSync(TWO));
  writeFileSync(join(path, "README.txt"), "");
  const trace = await loadBitbrains(path);
  assert.equal(
    trace.users.map(({ name }) => name),
    ["vm-2", "vm-10"],
  );
  assert.equal(
    trace.manifest.source.files.map(({ name }) => name),
    ["2.csv.gz", "10.csv"],
  );
  assert.is(trace.manifest.name, "2013-8");
});

test("bad input: where, what was expected, what was found", async () => {
  const both = join(folder, "both");
  mkdirSync(both);
  writeFileSync(join(both, "1.csv"), ONE);
  writeFileSync(join(both, "1.csv.gz"), gzipSync(ONE));
  const cases: [() => unknown, RegExp][] = [
    [() => fromBitbrains({ "1.csv": ONE.replaceAll(";\t", ",") }), /1.csv:1 Timestamp \[ms\]: expected a column/],
    [() => fromBitbrains({ "1.csv": ONE.replace("1375308299", "1375308299000") }), /1.csv:3 Timestamp/],
    [() => fromBitbrains({ "1.csv": ONE.replace("3000.1", "-1") }), /1.csv:3 CPU usage \[MHZ\]: expected a number of at least 0/],
    [
      () => fromBitbrains({ "1.csv": ONE.replace("3000.1", "1e300") }),
      /1.csv:3 CPU usage \[MHZ\]: expected an amount of at most/,
    ],
    [() => fromBitbrains({ "1.csv": ONE.replace("\t3000.0;\t3000.1", "\t0;\t5") }), /expected 0, as the VM has no CPU/],
    [() => fromBitbrains({ "1.csv": vm() }), /at least one request or usage sample/],
    [() => loadBitbrains(join(folder, "nowhere")), /a folder/],
    [() => loadBitbrains(folder), /files 1.csv/],
    [() => loadBitbrains(both), /1.csv and 1.csv.gz/],
    [() => loadBitbrains("rnd.tar.xz"), /unpack it first: tar xf rnd.tar.xz/],
  ];
  for (const [run, expected] of cases) assert.match(await refusal(run), expected);
});

test("mutated files", () =>
  fuzz("bitbrains", { "1.csv": Buffer.from(ONE), "2.csv": Buffer.from(TWO) }, fuzzRuns(2000), async (files) =>
    fromBitbrains(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))),
  ));

testOnTraces("150 VMs in August 2013", async (traces) => {
  execFileSync("tar", ["xf", join(traces, "bitbrains-rnd/rnd-2013-8-vms-1-150.tar.xz"), "-C", folder, "--one-top-level=rnd"]);
  const trace = await loadBitbrains(join(folder, "rnd/2013-8"));
  assert.is(trace.users.length, 150);
  assert.equal(trace.manifest.rowsRead, { "vm samples": 1_318_636 });
  assert.equal(
    trace.manifest.rowsDropped.map(({ count }) => count),
    [12_795],
  );
  assert.is(trace.usage?.count, 1_318_636 - 12_795);
  assert.ok(trace.manifest.notes.some((note) => note.startsWith("85410 samples use more CPU")));
  assert.equal(checkTrace(trace), []);
});

testOnTraces("mutated rows of real files", (traces) => {
  const archive = join(traces, "bitbrains-rnd/rnd-2013-8-vms-1-150.tar.xz");
  execFileSync("tar", ["xf", archive, "-C", folder, "--one-top-level=two", "2013-8/1.csv", "2013-8/2.csv"]);
  const rows = (vmName: string) => someLines(join(folder, "two/2013-8", vmName), 1000, 30);
  return fuzz("real bitbrains", { "1.csv": rows("1.csv"), "2.csv": rows("2.csv") }, fuzzRuns(500), async (files) =>
    fromBitbrains(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))),
  );
});

test.run();
