import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import type { ResourceName } from "../../allocator/core/resources.ts";
import type { ContextRow } from "../../datasets/trace.ts";

/**
 * Many series on one regular grid of time: what forecasters learn from and are scored on. Step `k` covers
 * `[startMs + k·stepMs, startMs + (k + 1)·stepMs)`.
 *
 * A value of target `demand` is the largest amount within the step, in the resource's unit; of `concurrency` the largest number
 * of requests under way at once; of `arrival` the number of requests that arrive in the step.
 */
export interface Panel {
  readonly target: ForecastTarget;
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
  /** Unix time in ms of time zero; `null` where the trace does not know it: hours and weekdays are then counted from zero. */
  readonly epochMs: number | null;
  /** May values be negative? Never of demand; of a public benchmark they may. */
  readonly signed: boolean;
  readonly series: readonly Series[];
  /** Row-major `[series][step]`; NaN: not observed. */
  readonly values: Float32Array;
  readonly context: readonly ContextRow[];
  /** What users have run, where series are of users as a whole; in order of `step`. */
  readonly firstUses?: readonly FirstUse[];
}

/** The step in which a user ran an app for the first time. */
export interface FirstUse {
  readonly user: number;
  readonly appName: string;
  readonly step: number;
}

/** One row of a panel, and what is known of it beforehand. */
export interface Series {
  /** Unique in the panel: "ann cpuMillis", "ann jupyter", "OT". */
  readonly name: string;
  /** Ids of the trace; `null`: the series is of no single user (app). */
  readonly user: number | null;
  readonly app: number | null;
  readonly resource: ResourceName | null;
  readonly traits: Traits;
}

/** What a platform knows of the user and the app before anything is observed. */
export interface Traits {
  readonly tier: string | null;
  readonly role: string | null;
  /** IANA name. */
  readonly timeZone: string;
  /** How many apps the user may run; `null`: any. */
  readonly permittedApps: number | null;
  readonly appName: string | null;
}

/** A panel as it is known at an instant: the steps before `steps`, and nothing of what follows. */
export class History {
  readonly #panel: Panel;
  /** Steps known; the first step to forecast. */
  readonly steps: number;

  /** @param steps from 0 to the panel's. */
  constructor(panel: Panel, steps: number) {
    if (!Number.isInteger(steps) || steps < 0 || steps > panel.steps) {
      throw new RangeError(`a panel of ${panel.steps} steps has no history of ${steps}`);
    }
    this.#panel = panel;
    this.steps = steps;
  }

  /** Everything of the panel but its values. */
  get frame(): Omit<Panel, "values"> {
    return this.#panel;
  }

  /** The value of one series in one known step. */
  value(series: number, step: number): number {
    return step < this.steps ? (this.#panel.values[series * this.#panel.steps + step] as number) : Number.NaN;
  }

  /** The known values of one series, oldest first: a view, not to be written to. */
  values(series: number): Float32Array {
    const start = series * this.#panel.steps;
    return this.#panel.values.subarray(start, start + this.steps);
  }
}
