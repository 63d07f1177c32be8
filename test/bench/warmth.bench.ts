import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Interval, percentileInterval, Resampling } from "../../models/backtest/resampling.ts";
import { realTraces } from "../support/skip.ts";
import { record } from "./record.ts";
import { FAMILIES, type Family, type WarmthCase, warmthCases } from "./warmth-cases.ts";
import { frontier, heldAt } from "./warmth-curve.ts";
import { clairvoyantHeldMs } from "./warmth-optimum.ts";
import { type Outcome, outcomeIn, runWarmth, splitOf, total, type WarmthRun } from "./warmth-runs.ts";

/** Only cases whose names begin so: `PRAE_WARMTH="GenAI"`. */
const ONLY = process.env.PRAE_WARMTH ?? "";
const REPLICATES = 1000;
const HOUR_MS = 3_600_000;

/** One setting of a policy, on every trace of the case. */
interface Setting {
  readonly policy: string;
  readonly runs: readonly WarmthRun[];
}

/** How much less expected-cost holds than a family of policies, at equal cold starts. */
interface Gain {
  readonly family: Family;
  readonly times: number;
  readonly interval: Interval | null;
}

const traces = realTraces();
if (traces === null) {
  process.stdout.write("SKIP warmth.bench: the real traces are not here; set PRAE_TEST_TRACES\n");
} else {
  const cases = warmthCases(traces).filter(({ name }) => name.startsWith(ONLY));
  await record(cases.flatMap((warmth) => benchmarksOf(warmth)));
}

function benchmarksOf(warmth: WarmthCase) {
  let measured: ReturnType<typeof measure> | null = null;
  return warmth.at.map(({ ttl, floor }) => ({
    name: `${warmth.name}: time held beside the best other policy's, at the cold starts of keep-alive:ttl=${ttl}`,
    unit: "times less",
    once: true as const,
    ...(floor === undefined ? {} : { floor }),
    run: async () => {
      measured ??= measure(warmth);
      const { settings, clairvoyantMs } = await measured;
      return compareAt(warmth, settings, clairvoyantMs, ttl);
    },
  }));
}

async function measure(warmth: WarmthCase) {
  const folder = mkdtempSync(join(tmpdir(), "prae-bench-"));
  const policies = FAMILIES.flatMap((family) => warmth.families[family].map((parameters) => `${family}:${parameters}`));
  const runs = new Map<string, WarmthRun[]>(policies.map((policy) => [policy, []]));
  const clairvoyants: ((coldStarts: number) => number)[] = [];
  try {
    for await (const trace of warmth.traces(folder)) {
      clairvoyants.push(clairvoyantHeldMs(trace, splitOf(trace)));
      for (const policy of policies) runs.get(policy)!.push(await runWarmth(trace, policy));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const settings = policies.map((policy): Setting => ({ policy, runs: runs.get(policy)! }));
  print(`\n${warmth.name}, scored part${clairvoyants.length > 1 ? `, mean of ${clairvoyants.length} seeds` : ""}`);
  for (const { policy, runs } of settings) {
    const { coldStarts, heldMs } = scored(runs);
    print(`| \`${policy}\` | ${Math.round(coldStarts / runs.length)} | ${(heldMs / runs.length / HOUR_MS).toFixed(1)} |`);
  }
  /** Of all traces together; each is given its share of the cold starts. */
  const clairvoyantMs = (coldStarts: number) =>
    clairvoyants.reduce((sum, heldMs) => sum + heldMs(Math.round(coldStarts / clairvoyants.length)), 0);
  return { settings, clairvoyantMs };
}

/** @returns how many times less expected-cost holds than whichever other family did best in the part for tuning. */
function compareAt(
  { name }: WarmthCase,
  settings: readonly Setting[],
  clairvoyantMs: (coldStarts: number) => number,
  ttl: string,
) {
  const reference = settings.find(({ policy }) => policy === `keep-alive:ttl=${ttl}`)!;
  const curves = new Map(FAMILIES.map((family) => [family, tuned(settings, family)]));
  const held = (family: Family, of: (setting: Setting) => Outcome) =>
    heldAt(curves.get(family)!.map(of), of(reference).coldStarts);
  const resampling = resamplingOf(reference);
  const replicates = new Map(FAMILIES.map((family) => [family, new Float64Array(REPLICATES)]));
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    const drawn = new Map(
      settings.map((setting) => [setting, total(setting.runs.map((run) => outcomeIn(run, resampling, replicate)))]),
    );
    for (const family of FAMILIES) replicates.get(family)![replicate] = held(family, (setting) => drawn.get(setting)!);
  }
  const own = { held: held("expected-cost", ({ runs }) => scored(runs)), replicates: replicates.get("expected-cost")! };
  const gains = FAMILIES.filter((family) => family !== "expected-cost").map((family): Gain => {
    const ratios = replicates.get(family)!.map((heldMs, replicate) => heldMs / own.replicates[replicate]!);
    return { family, times: held(family, ({ runs }) => scored(runs)) / own.held, interval: percentileInterval(ratios) };
  });
  const { coldStarts } = scored(reference.runs);
  const traces = reference.runs.length;
  const hours = (heldMs: number) => (heldMs / traces / HOUR_MS).toFixed(1);
  print(`${name} at ${Math.round(coldStarts / traces)} cold starts, of keep-alive:ttl=${ttl}; hours held:`);
  for (const family of FAMILIES) print(`  ${family} ${hours(held(family, ({ runs }) => scored(runs)))}`);
  print(`  clairvoyant ${hours(clairvoyantMs(coldStarts))}`);
  for (const { family, times, interval } of gains) {
    const share = (value: number) => (1 / value).toFixed(3);
    const between = interval === null ? "no interval" : `[${share(interval[1])}, ${share(interval[0])}]`;
    print(`  expected-cost holds ${share(times)} ${between} of ${family}'s`);
  }
  const tuning = (family: Family) => held(family, ({ runs }) => total(runs.map((run) => run.tuning)));
  const best = gains.toSorted((a, b) => rank(tuning(a.family)) - rank(tuning(b.family)))[0]!;
  print(`  best of the others in the part for tuning: ${best.family}`);
  return best.times;
}

/** Settings that no other of the family beats in the part for tuning. */
function tuned(settings: readonly Setting[], family: Family): Setting[] {
  const own = settings.filter(({ policy }) => policy.startsWith(`${family}:`));
  return frontier(own, ({ runs }) => total(runs.map(({ tuning }) => tuning)));
}

function scored(runs: readonly WarmthRun[]): Outcome {
  return total(runs.map((run) => run.scored));
}

/** The same draws of users and blocks for every policy, and for every seed of a trace. */
function resamplingOf({ runs }: Setting): Resampling {
  const { units, blocks } = runs[0]!.cells;
  return new Resampling({ units, blocks, replicates: REPLICATES, seed: 1 });
}

/** A curve that does not reach the point of comparison comes last. */
function rank(heldMs: number): number {
  return Number.isNaN(heldMs) ? Number.POSITIVE_INFINITY : heldMs;
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}
