import { bucketOf } from "../calibration/groups.ts";
import type { Trial } from "../classical/tune.ts";
import { checkForecast, type Forecaster } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import { logLoss } from "../scoring/arrival-scores.ts";
import { pinball } from "../scoring/pinball.ts";

/** Rounds of the selection: weights are multiples of its inverse. */
const ROUNDS = 12;

/** How much each member counts, by steps ahead in doubling buckets; each row sums to 1. JSON. */
export type EnsembleWeights = readonly (readonly number[])[];

/**
 * Several forecasters as one: at each level the weighted mean of what they say, which cannot cross (Vincent 1912; Ratcliff 1979), and
 * for arrivals the weighted mean of their chances.
 *
 * @param weights steps beyond the last bucket count by that.
 */
export function ensembleOf(members: readonly Forecaster[], weights: EnsembleWeights): Forecaster {
  const [first] = members as readonly [Forecaster, ...Forecaster[]];
  return {
    name: "ensemble",
    target: first.target,
    chosen: members.map(({ name }, i) => `${name} ${percent(weights, i)}`).join(", "),
    async forecast(history, horizon) {
      const width = first.target === "arrival" ? 1 : horizon.levelsPpm.length;
      const sum = new Float32Array(history.frame.series.length * horizon.steps * width);
      for (const [i, member] of members.entries()) {
        if (weights.every((row) => row[i] === 0)) continue;
        const values = await member.forecast(history, horizon);
        checkForecast(member, values, history, horizon);
        for (let at = 0; at < sum.length; at += 1) {
          const step = Math.floor(at / width) % horizon.steps;
          const share = rowOf(weights, bucketOf(step))[i] as number;
          if (share > 0) sum[at] = (sum[at] as number) + share * (values[at] as number);
        }
      }
      if (width > 1) keepOrder(sum, width);
      return sum;
    },
  };
}

/** Members in order, rounded differently, can cross by the last bit of a sum. */
function keepOrder(values: Float32Array, width: number): void {
  for (let at = 1; at < values.length; at += 1) {
    if (at % width > 0 && (values[at] as number) < (values[at - 1] as number)) values[at] = values[at - 1] as number;
  }
}

function rowOf(weights: EnsembleWeights, bucket: number): readonly number[] {
  return weights[Math.min(bucket, weights.length - 1)] as readonly number[];
}

function percent(weights: EnsembleWeights, member: number): string {
  const shares = weights.map((row) => Math.round(100 * (row[member] as number)));
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return least === most ? `${least} %` : `${least}–${most} %`;
}

/**
 * Weights by forward selection with replacement on the validation part: in each round the member joins whose addition to the mean
 * scores best, the first of equals (Caruana, Niculescu-Mizil, Crew, Ksikes, Ensemble selection from libraries of models, ICML 2004).
 * A member that helps nowhere gets no weight; without a trial all count the same.
 */
export async function ensembleWeights(members: readonly Forecaster[], trial: Trial | null): Promise<EnsembleWeights> {
  if (trial === null) return [members.map(() => 1 / members.length)];
  const judged = await Promise.all(members.map((member) => forecastsOf(member, trial)));
  const buckets = bucketOf(trial.horizon.steps - 1) + 1;
  return Array.from({ length: buckets }, (_, bucket) => {
    const rows = rowsOf(trial, bucket, members[0]?.target === "arrival");
    const counts = members.map(() => 0);
    const width = rows.width;
    let sum = new Float64Array(rows.truths.length * width);
    const columns = judged.map((forecasts) => rows.pick(forecasts));
    for (let round = 1; round <= ROUNDS; round += 1) {
      let best = { member: 0, score: Number.POSITIVE_INFINITY, sum };
      columns.forEach((column, member) => {
        const added = sum.map((value, i) => value + (column[i] as number));
        const score = rows.score(added, round);
        if (score < best.score) best = { member, score, sum: added };
      });
      counts[best.member] = (counts[best.member] as number) + 1;
      sum = best.sum;
    }
    return counts.map((count) => count / ROUNDS);
  });
}

async function forecastsOf(member: Forecaster, { panel, origins, horizon }: Trial): Promise<readonly Float32Array[]> {
  const made: Float32Array[] = [];
  for (const origin of origins) {
    const history = new History(panel, origin);
    const values = await member.forecast(history, horizon);
    checkForecast(member, values, history, horizon);
    made.push(values);
  }
  return made;
}

/** The forecast steps of one bucket that can be scored. */
interface Rows {
  readonly width: number;
  readonly truths: readonly number[];
  pick(forecasts: readonly Float32Array[]): Float64Array;
  /** Mean scaled loss of `sum / count`. */
  score(sum: Float64Array, count: number): number;
}

function rowsOf({ panel, origins, scales, horizon }: Trial, bucket: number, arrival: boolean): Rows {
  const { steps, levelsPpm } = horizon;
  const width = arrival ? 1 : levelsPpm.length;
  const truths: number[] = [];
  const units: number[] = [];
  const places: (readonly [origin: number, at: number])[] = [];
  for (let series = 0; series < panel.series.length; series += 1) {
    origins.forEach((origin, i) => {
      const scale = arrival ? 1 : (scales[series * origins.length + i] as number);
      if (!(scale > 0)) return;
      for (let step = 0; step < steps; step += 1) {
        const truth = truthAt(panel, series, origin + step);
        if (Number.isNaN(truth)) {
          if (arrival) break;
          continue;
        }
        if (bucketOf(step) === bucket) {
          truths.push(truth);
          units.push(scale);
          places.push([i, (series * steps + step) * width]);
        }
        // A chance is given none before: after an arrival nothing is at risk.
        if (arrival && truth > 0) break;
      }
    });
  }
  const lossOf = (sum: Float64Array, count: number, row: number): number => {
    const truth = truths[row] as number;
    if (arrival) return logLoss((sum[row] as number) / count, truth > 0 ? 1 : 0);
    let loss = 0;
    for (let level = 0; level < width; level += 1) {
      loss += pinball(levelsPpm[level] as number, truth, (sum[row * width + level] as number) / count);
    }
    return loss / width / (units[row] as number);
  };
  return {
    width,
    truths,
    pick: (forecasts) =>
      Float64Array.from({ length: places.length * width }, (_, i) => {
        const [origin, at] = places[Math.floor(i / width)] as readonly [number, number];
        return (forecasts[origin] as Float32Array)[at + (i % width)] as number;
      }),
    score: (sum, count) => truths.reduce((total, _, row) => total + lossOf(sum, count, row), 0) / Math.max(1, truths.length),
  };
}

function truthAt({ values, steps }: Panel, series: number, step: number): number {
  return values[series * steps + step] as number;
}
