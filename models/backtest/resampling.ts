import { RandomStream } from "../../allocator/core/random.ts";

/** The ends of an interval. */
export type Interval = readonly [low: number, high: number];

/** How often each unit and each block is drawn in each replicate: the same for all that is compared, which makes differences paired. */
export class Resampling {
  readonly replicates: number;
  readonly units: number;
  readonly blocks: number;
  readonly #unitTimes: Uint16Array;
  readonly #blockTimes: Uint16Array;

  /** Draws as many units and blocks as there are, with replacement, for each replicate. */
  constructor(options: {
    readonly units: number;
    readonly blocks: number;
    readonly replicates: number;
    readonly seed: number;
  }) {
    const { units, blocks, replicates, seed } = options;
    this.replicates = replicates;
    this.units = units;
    this.blocks = blocks;
    this.#unitTimes = drawTimes(units, replicates, new RandomStream(seed, "bootstrap units"));
    this.#blockTimes = drawTimes(blocks, replicates, new RandomStream(seed, "bootstrap blocks"));
  }

  /** How often the replicate holds the unit; −1 stands for what is of no unit, and is there once. */
  unitTimes(replicate: number, unit: number): number {
    return unit < 0 ? 1 : this.#unitTimes[replicate * this.units + unit]!;
  }

  blockTimes(replicate: number, block: number): number {
    return this.#blockTimes[replicate * this.blocks + block]!;
  }
}

function drawTimes(count: number, replicates: number, random: RandomStream): Uint16Array {
  const times = new Uint16Array(count * replicates);
  for (let replicate = 0; replicate < replicates; replicate++) {
    for (let draw = 0; draw < count; draw++) times[replicate * count + random.below(count)]! += 1;
  }
  return times;
}

/** Values of one metric over the replicates; NaN where it is undefined. */
export type Replicates = Float64Array;

/** Above this share of undefined replicates there is no interval. */
const MOST_UNDEFINED = 0.05;

/**
 * The interval that holds the middle of the replicates, but for the share `outside` of them (percentile method, nearest rank); `null`
 * where too few are defined.
 */
export function percentileInterval(values: Replicates, outside = 0.05): Interval | null {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  if (defined.length === 0 || defined.length < values.length * (1 - MOST_UNDEFINED)) return null;
  const rank = (share: number) => defined[Math.max(0, Math.ceil(share * defined.length) - 1)]!;
  const tail = outside / 2;
  return [rank(tail), rank(1 - tail)];
}

/** Replicate by replicate, from the same draws. */
export function difference(a: Replicates, b: Replicates): Replicates {
  return a.map((value, replicate) => value - b[replicate]!);
}
