/**
 * Measures named benchmarks side by side in one process and prints one JSON line for each; with `--record` also appends the line,
 * with date and revision, to `history.jsonl` beside this file. See README.md.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";

export interface Benchmark {
  readonly name: string;
  /** Of what `run` returns, as people write it: "events/s". More is better. */
  readonly unit: string;
  /** Prepares, measures once and gives the figure. What it does before its own clock starts does not count. */
  readonly run: () => number | Promise<number>;
  /** The median to reach. */
  readonly floor?: number;
  /** It takes minutes: no warm-up, no repetition. */
  readonly once?: true;
}

interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  /** `null`: no floor is set. */
  readonly floor: number | null;
  readonly node: string;
  readonly cpu: string;
}

const HISTORY = "test/bench/history.jsonl";
const DEFAULT_RUNS = 5;

/** Amount per second for work that took this long. */
export function perSecond(amount: number, elapsedMs: number): number {
  return amount / (elapsedMs / 1000);
}

/**
 * Runs every benchmark once to warm up, then `runs` times in turn, so that a disturbance of the machine meets all of them. Exit code
 * 1 when a median is below its floor.
 */
export async function record(benchmarks: readonly Benchmark[], args = process.argv.slice(2)): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { record: { type: "boolean", default: false }, runs: { type: "string", default: String(DEFAULT_RUNS) } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs: expected a whole number from 1, found ${values.runs}`);
  for (const measurement of await measureAll(benchmarks, runs)) {
    const { name, unit, median, floor } = measurement;
    process.stdout.write(`${JSON.stringify(measurement)}\n`);
    if (values.record) appendFileSync(HISTORY, `${JSON.stringify({ date: today(), revision: revision(), ...measurement })}\n`);
    if (floor === null || median >= floor) continue;
    process.stderr.write(`${name}: ${median} ${unit} is below the floor of ${floor}\n`);
    process.exitCode = 1;
  }
}

async function measureAll(benchmarks: readonly Benchmark[], runs: number): Promise<Measurement[]> {
  const figures = benchmarks.map((): number[] => []);
  for (let round = -1; round < runs; round++) {
    for (const [index, { run, once = false }] of benchmarks.entries()) {
      if (once && round !== 0) continue;
      const figure = await run();
      if (round >= 0) figures[index]!.push(figure);
    }
  }
  return benchmarks.map(({ name, unit, floor = null }, index) => {
    const sorted = figures[index]!.sort((a, b) => a - b);
    const runs = sorted.length;
    const [middle, other] = [sorted[Math.floor((runs - 1) / 2)]!, sorted[Math.floor(runs / 2)]!];
    return {
      name,
      unit,
      median: toFourDigits((middle + other) / 2),
      min: toFourDigits(sorted[0]!),
      max: toFourDigits(sorted.at(-1)!),
      runs,
      floor,
      node: process.version,
      cpu: `${cpus()[0]?.model.trim() ?? "unknown"} × ${cpus().length}`,
    };
  });
}

/** More digits than repeat would only look exact. */
function toFourDigits(figure: number): number {
  return Number(figure.toPrecision(4));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Of the code measured: the commit, and `+` where files differ from it; `unknown` outside a checkout. */
function revision(): string {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const changed = git("status", "--porcelain", "--", ":!*.jsonl") !== "";
    return git("rev-parse", "--short=12", "HEAD") + (changed ? "+" : "");
  } catch {
    return "unknown";
  }
}
