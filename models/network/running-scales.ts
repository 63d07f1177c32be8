/** The least that a value is divided by, in the unit of the series and as a share of its level. */
const FLOOR = 1;
const RELATIVE_FLOOR = 0.05;

/**
 * Level and spread of series whose values come one by one: an exponential moving average, at first a plain mean, and that of the
 * distances from it. Nothing of the past is kept but these.
 */
export class RunningScales {
  /** Weight of the newest value once many have come. */
  readonly rate: number;
  /** Values observed, by row; the last of them; the level; the mean distance from it. */
  readonly seen: Float64Array;
  readonly last: Float64Array;
  readonly level: Float64Array;
  readonly distance: Float64Array;

  constructor(rows: number, rate: number) {
    this.rate = rate;
    this.seen = new Float64Array(rows);
    this.last = new Float64Array(rows);
    this.level = new Float64Array(rows);
    this.distance = new Float64Array(rows);
  }

  /** @param value `NaN`: not observed, which changes nothing. */
  observe(row: number, value: number): void {
    if (Number.isNaN(value)) return;
    const seen = (this.seen[row] as number) + 1;
    const rate = Math.max(this.rate, 1 / seen);
    const level = (this.level[row] as number) + rate * (value - (this.level[row] as number));
    this.seen[row] = seen;
    this.last[row] = value;
    this.level[row] = level;
    const distance = this.distance[row] as number;
    this.distance[row] = distance + rate * (Math.abs(value - level) - distance);
  }

  /** What a distance from the level is divided by. */
  scale(row: number): number {
    return Math.max(FLOOR, RELATIVE_FLOOR * Math.abs(this.level[row] as number), this.distance[row] as number);
  }

  /** The last value observed, in the scale of its series; 0 before the first. */
  normalisedLast(row: number): number {
    return ((this.last[row] as number) - (this.level[row] as number)) / this.scale(row);
  }
}
