import { type Interval, percentileInterval, Resampling } from "../../models/backtest/resampling.ts";
import type { Rows } from "./reservation-rows.ts";
import { type Part, reservedAt } from "./reservation-score.ts";

const REPLICATES = 1000;
/** Of the factor at which the share is violated: how far a replicate's own may lie from it, and in how many points between. */
const SPAN = 2;
const POINTS = 17;

/** What a contender wastes and violates by series, block of a day and factor. */
interface Cells {
  readonly over: Float64Array;
  readonly waste: Float64Array;
}

/** Waste beside that of another, with violations in equal shares, in replicates of series and days drawn alike for both. */
export function ratioInterval(
  part: Part,
  blockSteps: number,
  share: number,
  own: { readonly rows: Rows; readonly factor: number; readonly margin: number },
  other: { readonly rows: Rows; readonly factor: number; readonly margin: number },
): Interval | null {
  const { panel, series, from, end } = part;
  const blocks = Math.ceil((end - from) / blockSteps);
  const blockOf = (step: number) => Math.floor((step - from) / blockSteps);
  const seen = new Float64Array(series.length * blocks);
  for (const [unit, one] of series.entries()) {
    for (let step = from; step < end; step += 1) {
      if (!Number.isNaN(panel.values[one * panel.steps + step])) seen[unit * blocks + blockOf(step)]! += 1;
    }
  }
  const cellsOf = ({ rows, factor, margin }: typeof own): Cells => {
    const over = new Float64Array(series.length * blocks * POINTS);
    const waste = new Float64Array(over.length);
    for (const [unit, one] of series.entries()) {
      for (let step = from; step < end; step += 1) {
        const demand = panel.values[one * panel.steps + step] as number;
        if (Number.isNaN(demand)) continue;
        const cell = (unit * blocks + blockOf(step)) * POINTS;
        for (let point = 0; point < POINTS; point += 1) {
          const at = reservedAt(rows[one * panel.steps + step] as number, { factor: factor * timesAt(point), margin });
          if (demand > at) over[cell + point]! += 1;
          else waste[cell + point]! += at - demand;
        }
      }
    }
    return { over, waste };
  };
  const pair = [cellsOf(own), cellsOf(other)] as const;
  const resampling = new Resampling({ units: series.length, blocks, replicates: REPLICATES, seed: 1 });
  const ratios = new Float64Array(REPLICATES);
  for (let replicate = 0; replicate < REPLICATES; replicate += 1) {
    const [mine, others] = pair.map((cells) => wasteIn(cells, seen, blocks, resampling, replicate, share)) as [number, number];
    ratios[replicate] = mine / others;
  }
  return percentileInterval(ratios);
}

function timesAt(point: number): number {
  return SPAN ** ((2 * point) / (POINTS - 1) - 1);
}

/** Between the two factors around the share, straight in logarithms; NaN: all factors violate more, or less. */
function wasteIn(
  { over, waste }: Cells,
  seen: Float64Array,
  blocks: number,
  resampling: Resampling,
  replicate: number,
  share: number,
): number {
  const sums = { over: new Float64Array(POINTS), waste: new Float64Array(POINTS) };
  let steps = 0;
  for (let unit = 0; unit < resampling.units; unit += 1) {
    const unitTimes = resampling.unitTimes(replicate, unit);
    if (unitTimes === 0) continue;
    for (let block = 0; block < blocks; block += 1) {
      const times = unitTimes * resampling.blockTimes(replicate, block);
      if (times === 0) continue;
      const cell = unit * blocks + block;
      steps += times * seen[cell]!;
      for (let point = 0; point < POINTS; point += 1) {
        sums.over[point]! += times * over[cell * POINTS + point]!;
        sums.waste[point]! += times * waste[cell * POINTS + point]!;
      }
    }
  }
  const allowed = share * steps;
  const above = sums.over.findLastIndex((count) => count > allowed);
  if (above < 0 || above === POINTS - 1) return Number.NaN;
  const [over1, over2] = [Math.log(sums.over[above]!), Math.log(Math.max(0.5, sums.over[above + 1]!))];
  const [waste1, waste2] = [Math.log(sums.waste[above]!), Math.log(sums.waste[above + 1]!)];
  return Math.exp(waste1 + ((waste2 - waste1) * (over1 - Math.log(allowed))) / (over1 - over2));
}
