import { log } from "../math.ts";
import { binOf, type Edges } from "./gap-table.ts";

/** Counted from the end of the group's last request. */
export interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Less likely than this, by the millisecond, counts as this: what was never seen is not impossible. */
const LEAST_DENSITY = 1e-15;

/** When the next use of a group comes: the chance that it falls into each bin, given that it has not come before. */
export class GapLaw {
  readonly #edges: Edges;
  readonly #scaleMs: number;
  readonly #hazards: Float64Array;

  /** @param scaleMs what the edges are multiples of. */
  constructor(edges: Edges, scaleMs: number, hazards: Float64Array) {
    this.#edges = edges;
    this.#scaleMs = scaleMs;
    this.#hazards = hazards;
  }

  /** The logarithm of the chance, by the millisecond, that the gap is this long. */
  logDensity(gapMs: number): number {
    const bin = binOf(this.#edges, gapMs / this.#scaleMs);
    if (bin + 1 >= this.#edges.length) return log(LEAST_DENSITY);
    let left = 1;
    for (let before = 0; before < bin; before += 1) left *= 1 - (this.#hazards[before] as number);
    return log(Math.max(LEAST_DENSITY, (left * (this.#hazards[bin] as number)) / this.#widthMs(bin)));
  }

  /**
   * The times at which holding costs less than it saves: where the chance that the next use falls into a bin, given that it has not
   * come before, times what waiting costs is at least the time held in it: half the bin on average if it comes, else all of it.
   * @param offsetMs how much of the gap had passed when the group's last request was over.
   * @param waitMs what a cold start costs, in time held idle.
   * @param mergeMs windows that are less apart are one: a start-up in between would save nothing.
   */
  windows(offsetMs: number, waitMs: number, mergeMs: number): Window[] {
    const windows: Window[] = [];
    for (let bin = 0; bin + 1 < this.#edges.length; bin += 1) {
      const hazard = this.#hazards[bin] as number;
      if (hazard === 0 || hazard * waitMs < (1 - hazard / 2) * this.#widthMs(bin)) continue;
      const fromMs = Math.max(0, Math.floor((this.#edges[bin] as number) * this.#scaleMs) - offsetMs);
      const untilMs = Math.ceil((this.#edges[bin + 1] as number) * this.#scaleMs) - offsetMs;
      if (untilMs <= 0) continue;
      const last = windows.at(-1);
      if (last !== undefined && fromMs - last.untilMs <= mergeMs) windows[windows.length - 1] = { fromMs: last.fromMs, untilMs };
      else windows.push({ fromMs, untilMs });
    }
    return windows;
  }

  /**
   * The one window from now on for what will not be started again: as long as the expected saving of holding is largest.
   * @param offsetMs how much of the gap has passed.
   * @param waitMs what a cold start costs, in time held idle.
   */
  hold(offsetMs: number, waitMs: number): Window[] {
    let left = 1;
    let saving = 0;
    let most = 0;
    let untilMs = 0;
    for (let bin = 0; bin + 1 < this.#edges.length; bin += 1) {
      const endMs = Math.ceil((this.#edges[bin + 1] as number) * this.#scaleMs) - offsetMs;
      if (endMs <= 0) continue;
      const hazard = this.#hazards[bin] as number;
      const widthMs = Math.min(this.#widthMs(bin), endMs);
      saving += left * (hazard * waitMs - (1 - hazard / 2) * widthMs);
      left *= 1 - hazard;
      if (saving <= most) continue;
      most = saving;
      untilMs = endMs;
    }
    return most > 0 ? [{ fromMs: 0, untilMs }] : [];
  }

  #widthMs(bin: number): number {
    return ((this.#edges[bin + 1] as number) - (this.#edges[bin] as number)) * this.#scaleMs;
  }
}
