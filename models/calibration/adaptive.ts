import type { Forecaster, Horizon } from "../forecaster.ts";
import type { History } from "../panel/panel.ts";
import { type Calibration, correct, correctionsOf, eachRow, scaleOf } from "./conformal.ts";

/** How corrections move, in scales: by how much at most after a truth, and how far at most from the forecast as it was made. */
export interface Pace {
  readonly rate: number;
  readonly most: number;
}

/**
 * A correction that goes on learning while it is used: after each truth the corrected quantile of a level moves up when it was
 * exceeded and down when it held, by steps whose ratio makes it hold with the level's chance in the long run, whatever the world does
 * (online quantile tracking: Angelopoulos, Candès, Tibshirani 2023, "Conformal PID control", §2; after Gibbs, Candès 2021).
 */
export class AdaptiveCorrection {
  readonly #levelsPpm: readonly number[];
  readonly #pace: Pace;
  readonly #corrections: Float64Array;

  /** While scores stay within ±b of zero, b ≤ `most`, the share held over n truths differs from the level by at most (b + rate) / (rate · n). */
  constructor(levelsPpm: readonly number[], pace: Pace, corrections: readonly number[] = levelsPpm.map(() => 0)) {
    if (!(pace.rate > 0)) throw new RangeError(`expected a rate above 0, found ${pace.rate}`);
    this.#levelsPpm = levelsPpm;
    this.#pace = pace;
    this.#corrections = Float64Array.from(corrections, (correction) => this.#bounded(correction));
  }

  /** One a level, in scales, to be added to the forecast's quantile. */
  get corrections(): readonly number[] {
    return [...this.#corrections];
  }

  /** @param exceeded of the truths that came in together, the share that exceeded the corrected quantile, one a level. */
  observe(exceeded: ArrayLike<number>): void {
    for (let level = 0; level < this.#levelsPpm.length; level += 1) {
      const allowed = 1 - (this.#levelsPpm[level] as number) / 1_000_000;
      const moved = (this.#corrections[level] as number) + this.#pace.rate * ((exceeded[level] as number) - allowed);
      this.#corrections[level] = this.#bounded(moved);
    }
  }

  #bounded(correction: number): number {
    const { most } = this.#pace;
    return Math.min(most, Math.max(-most, correction));
  }
}

/** A forecast whose truths are not all known yet. */
interface Pending {
  readonly history: History;
  readonly horizon: Horizon;
  /** As the forecaster gave it, and as it was corrected. */
  readonly plain: Float32Array;
  readonly said: Float32Array;
}

/**
 * A calibrated forecaster that goes on calibrating itself by the truths it gets to see. Unlike others it remembers: it must be asked
 * in order of time, and what it says depends on the instants at which it was asked before. The panel may be another each time, which begins
 * later and has other series, as where a live run looks back on a window that moves: series are known by their names.
 */
export class AdaptiveForecaster implements Forecaster {
  readonly name: string;
  readonly target: Forecaster["target"];
  readonly #forecaster: Forecaster;
  readonly #start: Calibration;
  readonly #pace: Pace;
  readonly #groups = new Map<string, AdaptiveCorrection>();
  #pending: Pending[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(forecaster: Forecaster, start: Calibration, pace: Pace) {
    this.name = forecaster.name;
    this.target = forecaster.target;
    this.#forecaster = forecaster;
    this.#start = start;
    this.#pace = pace;
  }

  /** By group, one a level, in scales: what was learned, which another one can begin with. */
  get corrections(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries([...this.#groups].map(([key, group]) => [key, group.corrections]));
  }

  /** @throws RangeError when time goes back. */
  async forecast(history: History, horizon: Horizon): Promise<Float32Array> {
    const atMs = endOf(history);
    if (atMs < this.#askedAtMs) {
      throw new RangeError(`asked for ${atMs} ms after ${this.#askedAtMs} ms: an adaptive forecast goes forward only`);
    }
    this.#askedAtMs = atMs;
    this.#learn(history);
    const plain = await this.#forecaster.forecast(history, horizon);
    const said = Float32Array.from(plain);
    correct(said, history, horizon, this.#start.lookBack, (key) => this.#group(key).corrections);
    this.#pending.push({ history, horizon, plain, said });
    return said;
  }

  #learn(known: History): void {
    const ripe = this.#pending.filter(({ history, horizon }) => endOf(history, horizon.steps) <= endOf(known));
    if (ripe.length === 0) return;
    this.#pending = this.#pending.filter((pending) => !ripe.includes(pending));
    for (const { history, horizon, plain, said } of ripe) {
      const width = horizon.levelsPpm.length;
      const tallies = new Map<string, { count: number; readonly exceeded: Float64Array }>();
      const truthOf = truths(known, history);
      eachRow(history, horizon, this.#start.lookBack, (series, step, key, variation, at) => {
        const truth = truthOf(series, history.steps + step);
        if (Number.isNaN(truth) || scaleOf(plain, at, width, variation) === 0) return;
        let tally = tallies.get(key);
        if (tally === undefined) {
          tally = { count: 0, exceeded: new Float64Array(width) };
          tallies.set(key, tally);
        }
        tally.count += 1;
        for (let level = 0; level < width; level += 1) {
          if (truth > (said[at + level] as number)) tally.exceeded[level] = (tally.exceeded[level] as number) + 1;
        }
      });
      for (const [key, { count, exceeded }] of tallies) this.#group(key).observe(exceeded.map((of) => of / count));
    }
  }

  #group(key: string): AdaptiveCorrection {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new AdaptiveCorrection(this.#start.levelsPpm, this.#pace, correctionsOf(this.#start, key));
      this.#groups.set(key, group);
    }
    return group;
  }
}

/** The instant up to which the history is known, or `ahead` steps later. */
function endOf({ frame, steps }: History, ahead = 0): number {
  return frame.startMs + (steps + ahead) * frame.stepMs;
}

/** What came of the series and steps of a panel, as another one, of a later instant, knows it. NaN: it does not. */
function truths(known: History, past: History): (series: number, step: number) => number {
  const rows = new Map(known.frame.series.map(({ name }, row) => [name, row]));
  const rowOf = past.frame.series.map(({ name }) => rows.get(name));
  const offset = (past.frame.startMs - known.frame.startMs) / past.frame.stepMs;
  return (series, step) => {
    const row = rowOf[series];
    return row === undefined ? Number.NaN : (known.values(row)[offset + step] ?? Number.NaN);
  };
}
