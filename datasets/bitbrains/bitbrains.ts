import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { TraceBuilder } from "../build-trace.ts";
import { PUBLIC_TRACES } from "../catalogue.ts";
import { IssueList } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { demandFolder, type FileSummary, type OnBytes, readCsvFile, readCsvText } from "../source-file.ts";
import type { TraceDefaults } from "../tiers.ts";
import type { Trace } from "../trace.ts";
import { VmSamples } from "./vm-samples.ts";

/**
 * GWA-T-12 Bitbrains: a trace of usage, one user a VM.
 *
 * | source column | unit | our field |
 * |---|---|---|
 * | file name (`1.csv`) | | user `vm-1` |
 * | Timestamp [ms] | Unix time in **seconds**, whatever the header says | `at_ms` = s × 1000, `epochMs` 0 |
 * | CPU usage [MHZ], CPU capacity provisioned [MHZ], CPU cores | MHz | `cpu_millis` = used ÷ (provisioned ÷ cores) × 1000, up, not clipped |
 * | Memory usage [KB] | KB, taken as KiB | `memory_mib`, up |
 * | Network received and transmitted throughput [KB/s] | KB/s | `network_kbps` = sum × 8, up |
 * | CPU usage [%], Memory capacity provisioned [KB], disk throughput | | not kept |
 *
 * Of samples with the same time the last is kept; a sample counts for the time since the one before it, at most 300 s: what a gap
 * leaves open is missing, not repeated. A VM of 0 cores is off: its use is 0.
 */
export interface BitbrainsOptions {
  readonly name?: string;
  readonly defaults?: Partial<TraceDefaults>;
}

/**
 * The trace of a folder with one original file a VM (`1.csv`, `2.csv`, …; plain or `.gz`).
 * @throws InputError listing what is wrong, by file, line and column.
 */
export async function loadBitbrains(directory: string, options: BitbrainsOptions = {}, onBytes?: OnBytes): Promise<Trace> {
  const names = vmFiles(directory);
  const files: FileSummary[] = [];
  const issues = new IssueList();
  const assembly = new Assembly({ name: basename(resolve(directory)), ...options }, files);
  for (const name of names) {
    const samples = new VmSamples(name, issues);
    files.push(await readCsvFile(join(directory, name), issues, samples.handler, onBytes));
    assembly.add(vmOf(name), samples);
  }
  issues.throwIfAny();
  return assembly.finish();
}

/** `loadBitbrains` on texts by file name. */
export function fromBitbrains(texts: Readonly<Record<string, string>>, options: BitbrainsOptions = {}): Trace {
  const issues = new IssueList();
  const assembly = new Assembly(options, []);
  for (const [name, text] of Object.entries(texts)) {
    const samples = new VmSamples(name, issues);
    readCsvText(text, name, issues, samples.handler);
    assembly.add(vmOf(name), samples);
  }
  issues.throwIfAny();
  return assembly.finish();
}

class Assembly {
  readonly #builder: TraceBuilder;
  #rows = 0;
  #repeated = 0;
  #gaps = 0;
  #above = 0;

  constructor({ name = "bitbrains", defaults = {} }: BitbrainsOptions, files: readonly FileSummary[]) {
    const { license, citation, homePage } = PUBLIC_TRACES.bitbrains;
    const options = Object.fromEntries(Object.entries(defaults).map(([key, value]) => [`default ${key}`, value]));
    const source = { importer: "bitbrains", options, files };
    this.#builder = new TraceBuilder({ name, source, license, citation, homePage, epochMs: 0 }, defaults);
    this.#builder.app({ name: "vm" });
  }

  add(vm: string, samples: VmSamples): void {
    this.#rows += samples.rows;
    this.#above += samples.above;
    const user = this.#builder.userIndex(vm);
    this.#gaps += samples.each((atMs, windowMs, { cpuMillis, memoryMiB, networkKbps }) =>
      this.#builder.addUsage(atMs, user, windowMs, cpuMillis, memoryMiB, 0, networkKbps),
    );
    this.#repeated += samples.repeated;
  }

  finish(): Trace {
    const builder = this.#builder;
    builder.countRead("vm samples", this.#rows);
    builder.countDropped("vm samples", "same VM and time as a later row", this.#repeated);
    builder.assume("gpu_millis 0 for every usage sample");
    builder.note("the source's Timestamp [ms] holds seconds; times here are Unix time in ms");
    builder.note("a sample counts for the time since the one before it, at most 300 s");
    if (this.#gaps > 0)
      builder.note(`${this.#gaps} samples come more than 300 s after the one before; the rest of the gap is missing`);
    if (this.#above > 0) builder.note(`${this.#above} samples use more CPU than is provisioned; they are not clipped`);
    builder.note("what each VM was provisioned with, and its disk throughput, are not kept");
    return builder.build();
  }
}

/** Files of VMs, by number. */
function vmFiles(directory: string): string[] {
  if (/\.(tar|zip|tar\.(xz|gz|bz2)|tgz)$/.test(directory)) {
    const hint = `unpack it first: tar xf ${basename(directory)}`;
    throw new InputError([{ where: directory, expected: "a folder with one file a VM", found: "an archive", hint }]);
  }
  demandFolder(directory);
  const names = readdirSync(directory).filter((name) => VM_FILE.test(name));
  const repeated = names.find((name) => names.includes(`${name}.gz`));
  if (repeated !== undefined) {
    throw new InputError([{ where: directory, expected: "one file a VM", found: `${repeated} and ${repeated}.gz` }]);
  }
  if (names.length > 0) return names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const hint = "the folder of one month, such as rnd/2013-8";
  throw new InputError([{ where: directory, expected: "files 1.csv, 2.csv, … (or .csv.gz)", found: "none", hint }]);
}

const VM_FILE = /^[1-9]\d{0,8}\.csv(\.gz)?$/;

function vmOf(name: string): string {
  return `vm-${name.split(".")[0]}`;
}
