import type { Forecaster, Horizon, Split } from "../forecaster.ts";
import { Arrivals, medianOf } from "../panel/arrivals.ts";
import { History, type Panel, type Series } from "../panel/panel.ts";
import { arrivalForecaster, bestOnValidation, type Chances } from "./arrival-forecaster.ts";
import { drawn, gapBin } from "./gap-bins.ts";
import { GapPools } from "./gap-pools.ts";

/** The last gaps that a rhythm is read from. */
const GAPS = 5;
/** Of fewer gaps no rhythm is read. */
const FEWEST_GAPS = 2;

/** Upper ends of classes of the usual gap, in steps, and of the spread of gaps, in usual gaps. */
const USUAL_ENDS: readonly number[] = [1, 3, 10, 40, 160];
const SPREAD_ENDS: readonly number[] = [0, 0.05, 0.2, 0.5, 1, 2];

const WEIGHTS: readonly number[] = [5, 50, 500];

/**
 * Jobs by the clock: the chance of an arrival by how long ago the last one was, measured in usual gaps, the median of the last five.
 * How much a rhythm is worth (on time, early, late, missed once) is learnt in training from all series whose gaps spread as much and
 * are about as long. With fewer than two gaps it is the pooled hazard of the idle time.
 */
export async function periodicGap(panel: Panel, split: Split, horizon: Horizon): Promise<Forecaster> {
  const pools = new GapPools(panel, split.trainEnd);
  const rhythms = new Rhythms(panel, split.trainEnd);
  const candidates = WEIGHTS.map((weight) => arrivalForecaster("periodic-gap", chancesOf(pools, rhythms, weight)));
  return bestOnValidation(candidates, panel, split, horizon);
}

function chancesOf(pools: GapPools, rhythms: Rhythms, weight: number): Chances {
  return (history, series, steps, out, offset) => {
    const arrivals = new Arrivals(history.values(series));
    const of = history.frame.series[series] as Series;
    const idle = arrivals.idle(history.steps);
    const gaps = arrivals.gaps(history.steps, GAPS);
    if (idle === null) {
      out.fill(pools.overall(of), offset, offset + steps);
      return;
    }
    const rhythm = gaps.length < FEWEST_GAPS ? null : rhythmOf(gaps);
    for (let k = 0, phase = 0; k < steps; k += 1) {
      const since = idle + 1 + k;
      const pooled = pools.chance(of, gapBin(since));
      while (rhythm !== null && phase + 1 < PHASES && (rhythm.starts[phase + 1] as number) <= since) phase += 1;
      out[offset + k] = rhythm === null ? pooled : rhythms.chance(rhythm, phase, pooled, weight);
    }
  };
}

interface Rhythm {
  /** Class of the usual gap and of the spread. */
  readonly usual: number;
  readonly spread: number;
  /** The first step after an arrival of each phase; a phase may be empty. */
  readonly starts: readonly number[];
}

/** Early in five parts, on time, late in three, one missed, and later in three. */
const PHASES = 13;

function rhythmOf(gaps: readonly number[]): Rhythm {
  const usual = medianOf(gaps);
  const near = Math.max(0.5, usual / 50);
  const times = [0, 0.25, 0.5, 0.75, 0.9].map((share) => share * usual);
  const onTime = [usual - near, Math.floor(usual + near) + 1];
  const late = [1.1 * usual, 1.5 * usual];
  const missed = [2 * usual - near, Math.floor(2 * usual + near) + 1, 4 * usual, 16 * usual];
  let earliest = 1;
  const starts = [...times, ...onTime, ...late, ...missed].map((start) => {
    earliest = Math.max(earliest, Math.ceil(start));
    return earliest;
  });
  const classOf = (ends: readonly number[], value: number) => ends.filter((end) => value > end).length;
  return {
    usual: classOf(USUAL_ENDS, usual),
    spread: classOf(SPREAD_ENDS, (Math.max(...gaps) - Math.min(...gaps)) / usual),
    starts,
  };
}

/** How often gaps ended in each phase, of how many steps, by class of rhythm. */
class Rhythms {
  /** `[usual][spread][phase]`. */
  readonly #ended = new Float64Array((USUAL_ENDS.length + 1) * SPREADS * PHASES);
  readonly #atRisk = new Float64Array(this.#ended.length);

  constructor(panel: Panel, trainEnd: number) {
    const history = new History(panel, trainEnd);
    for (let series = 0; series < panel.series.length; series += 1) {
      const arrivals = new Arrivals(history.values(series));
      const gaps = arrivals.gaps(trainEnd, Number.POSITIVE_INFINITY).reverse();
      for (let i = FEWEST_GAPS; i <= gaps.length; i += 1) {
        const rhythm = rhythmOf(gaps.slice(Math.max(0, i - GAPS), i));
        const gap = gaps[i];
        this.#add(rhythm, gap ?? (arrivals.idle(trainEnd) as number), gap !== undefined);
      }
    }
  }

  #add(rhythm: Rhythm, gap: number, ended: boolean): void {
    const row = rowOf(rhythm);
    for (let phase = 0; phase < PHASES; phase += 1) {
      const first = rhythm.starts[phase] as number;
      const next = rhythm.starts[phase + 1] ?? Number.POSITIVE_INFINITY;
      if (gap < first) return;
      if (next <= first) continue;
      this.#atRisk[row + phase] = (this.#atRisk[row + phase] as number) + Math.min(gap + 1, next) - first;
      if (ended && gap < next) this.#ended[row + phase] = (this.#ended[row + phase] as number) + 1;
    }
  }

  /** Drawn to the same phase of all lengths of gaps with this spread, and that to the pooled chance. */
  chance(rhythm: Rhythm, phase: number, pooled: number, weight: number): number {
    let ended = 0;
    let atRisk = 0;
    for (let row = rhythm.spread * PHASES + phase; row < this.#ended.length; row += SPREADS * PHASES) {
      ended += this.#ended[row] as number;
      atRisk += this.#atRisk[row] as number;
    }
    const at = rowOf(rhythm) + phase;
    const alike = drawn(ended, atRisk, pooled, weight);
    return drawn(this.#ended[at] as number, this.#atRisk[at] as number, alike, weight);
  }
}

const SPREADS = SPREAD_ENDS.length + 1;

function rowOf({ usual, spread }: Rhythm): number {
  return (usual * SPREADS + spread) * PHASES;
}
