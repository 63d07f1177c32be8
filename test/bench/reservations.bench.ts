import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceName } from "../../allocator/core/resources.ts";
import type { Panel } from "../../models/panel/panel.ts";
import { realTraces } from "../support/skip.ts";
import { record } from "./record.ts";
import { panelOf, type ReservationCase, reservationCases } from "./reservation-cases.ts";
import { ratioInterval } from "./reservation-curve.ts";
import { boosted, type Contender, partsOf, simpleRules } from "./reservation-rules.ts";
import { factorFor, type Part, type Score, scoreOf, scoreOfSeries } from "./reservation-score.ts";

/** Only cases whose names begin so: `PRAE_RESERVATIONS=Bitbrains`. */
const ONLY = process.env.PRAE_RESERVATIONS ?? "";
/** Of what learns; the first one's interval is given. */
const SEEDS = (process.env.PRAE_SEEDS ?? "1,2,3").split(",").map(Number);
const DAY_MS = 86_400_000;
/** The share of steps in which more may be demanded than is reserved. */
const SHARE = 0.01;
/** What may be added to every reservation, as shares of the mean demand in the part for tuning. */
const MARGINS = [0, 0.01, 0.05, 0.2, 0.5];

/** A contender with the margin and factor that waste least in the part for tuning, and what they do in the part scored. */
interface Tuned {
  readonly contender: Contender;
  readonly margin: number;
  readonly factor: number;
  readonly tuning: Score;
  readonly scored: Score;
  /** With the factor at which exactly the share is violated in the part scored: a fair comparison. */
  readonly equal: { readonly factor: number; readonly score: Score };
}

const traces = realTraces();
if (traces === null) {
  process.stdout.write("SKIP reservations.bench: the real traces are not here; set PRAE_TEST_TRACES\n");
} else {
  await record(
    reservationCases(traces)
      .filter(({ name }) => name.startsWith(ONLY))
      .flatMap(benchmarksOf),
  );
}

function benchmarksOf(reservation: ReservationCase) {
  let measured: ReturnType<typeof contendersOf> | null = null;
  return reservation.resources.map(({ resource, floor }) => ({
    name: `${reservation.name}, ${resource}: waste of the best simple rule beside boosted trees', at 1 % violations one step ahead`,
    unit: "times less",
    once: true as const,
    floor,
    run: async () => {
      measured ??= contendersOf(reservation);
      const { panel, simple, learned } = await measured;
      return compare(reservation.name, panel, resource, simple, learned);
    },
  }));
}

/** All of a case: of what learns, one list a seed. */
async function contendersOf(reservation: ReservationCase) {
  const folder = mkdtempSync(join(tmpdir(), "prae-bench-"));
  try {
    const panel = panelOf(reservation, await reservation.trace(folder));
    const simple = simpleRules(panel);
    const learned: Contender[][] = [];
    for (const seed of SEEDS) {
      const { contenders, chosen } = await boosted(panel, seed);
      print(`${reservation.name}, seed ${seed}: ${chosen}`);
      learned.push(contenders);
    }
    return { panel, simple, learned };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns how many times less boosted trees waste than the simple rule that does best in the part for tuning, as the mean of the seeds. */
function compare(
  name: string,
  panel: Panel,
  resource: ResourceName,
  simple: readonly Contender[],
  learned: readonly (readonly Contender[])[],
): number {
  const series = panel.series.flatMap((one, index) => (one.resource === resource ? [index] : []));
  const { begin, tuneEnd } = partsOf(panel);
  const mean = meanDemand({ panel, series, from: begin, end: tuneEnd });
  const part: Part = { panel, series, from: tuneEnd, end: panel.steps };
  print(
    `\n${name}, ${resource}: ${series.length} series, mean ${mean.toFixed(1)}; waste in means, violations in %, medians and worst deciles of series`,
  );
  const rules = simple.flatMap((contender) => tuned(contender, part, mean) ?? []).sort(byTuning);
  for (const rule of rules) tell(rule, part, mean);
  const best = rules[0]!;
  const ratios = learned.map((contenders, index) => {
    const all = contenders.flatMap((contender) => tuned(contender, part, mean) ?? []).sort(byTuning);
    for (const one of all) tell(one, part, mean);
    const own = all[0]!;
    const ratio = own.equal.score.waste / best.equal.score.waste;
    const fitted = own.scored.waste / best.scored.waste;
    print(
      `  seed ${SEEDS[index]}: ${ratio.toFixed(3)} of ${best.contender.name}; as fitted ${fitted.toFixed(3)}; ${bySeries(own, best, part)}`,
    );
    if (index === 0) print(`  interval ${intervalOf(own, best, part)}`);
    return ratio;
  });
  const ratio = ratios.reduce((sum, one) => sum + one, 0) / ratios.length;
  print(
    `${name}, ${resource}: ${ratio.toFixed(3)} of the best simple rule's waste, seeds ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
  );
  return 1 / ratio;
}

function tuned(contender: Contender, part: Part, mean: number): Tuned | null {
  const tuning: Part = { ...part, from: contender.tuneFrom, end: part.from };
  let best: Omit<Tuned, "scored" | "equal"> | null = null;
  for (const share of MARGINS) {
    const margin = share * mean;
    const factor = factorFor(tuning, contender.rows, margin, SHARE);
    if (factor === null) continue;
    const score = scoreOf(tuning, contender.rows, { factor, margin });
    if (best === null || score.waste < best.tuning.waste) best = { contender, margin, factor, tuning: score };
  }
  if (best === null) return null;
  const { margin, factor } = best;
  const equalFactor = factorFor(part, contender.rows, margin, SHARE);
  if (equalFactor === null) return null;
  const equal = { factor: equalFactor, score: scoreOf(part, contender.rows, { factor: equalFactor, margin }) };
  return { ...best, scored: scoreOf(part, contender.rows, { factor, margin }), equal };
}

/** Least waste a step in the part for tuning first: what learns is not tuned on all of it. */
function byTuning(a: Tuned, b: Tuned): number {
  return a.tuning.waste / a.tuning.seen - b.tuning.waste / b.tuning.seen;
}

function tell({ contender, margin, factor, scored, equal }: Tuned, part: Part, mean: number): void {
  const waste = ({ waste, seen }: Score) => (waste / seen / mean).toFixed(3);
  const own = part.series.map((one) => scoreOfSeries(part, one, contender.rows, { factor: equal.factor, margin }).violations);
  const [median, worst] = [0.5, 0.9].map((share) => (100 * quantile(own, share)).toFixed(2));
  const at = `× ${factor.toFixed(3)} + ${(margin / mean).toFixed(2)} means`;
  print(
    `| ${contender.name} | ${at} | ${waste(scored)} | ${(100 * scored.violations).toFixed(2)} | ${waste(equal.score)} | ${median} | ${worst} |`,
  );
}

/** How the waste of single series compares, where the rule wastes anything. */
function bySeries(own: Tuned, best: Tuned, part: Part): string {
  const wasteOf = ({ contender, margin, equal }: Tuned, one: number) =>
    scoreOfSeries(part, one, contender.rows, { factor: equal.factor, margin }).waste;
  const ratios = part.series.flatMap((one) => {
    const waste = wasteOf(best, one);
    return waste > 0 ? [wasteOf(own, one) / waste] : [];
  });
  return `by series, median ${quantile(ratios, 0.5).toFixed(3)}, worst decile ${quantile(ratios, 0.9).toFixed(3)}`;
}

function intervalOf(own: Tuned, best: Tuned, part: Part): string {
  const at = ({ contender, margin, equal }: Tuned) => ({ rows: contender.rows, factor: equal.factor, margin });
  const interval = ratioInterval(part, Math.round(DAY_MS / part.panel.stepMs), SHARE, at(own), at(best));
  return interval === null ? "none" : `[${interval.map((end) => end.toFixed(3)).join(", ")}]`;
}

function meanDemand({ panel, series, from, end }: Part): number {
  let [sum, seen] = [0, 0];
  for (const one of series) {
    for (let at = one * panel.steps + from; at < one * panel.steps + end; at += 1) {
      const demand = panel.values[at] as number;
      if (Number.isNaN(demand)) continue;
      sum += demand;
      seen += 1;
    }
  }
  return sum / seen;
}

/** Nearest rank. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}
