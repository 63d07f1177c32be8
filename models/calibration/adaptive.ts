import type { Forecaster, Horizon } from "../forecaster.ts";
import type { History } from "../panel/panel.ts";
import { type Calibration, correct, correctionsOf, eachRow, scaleOf } from "./conformal.ts";

/**
 * A correction that goes on learning while it is used: after each truth the corrected quantile of a level moves up when it was
 * exceeded and down when it held, by steps whose ratio makes it hold with the level's chance in the long run, whatever the world does
 * (online quantile tracking: Angelopoulos, Candès, Tibshirani 2023, "Conformal PID control", §2; after Gibbs, Candès 2021).
 */
export class AdaptiveCorrection {
  readonly #levelsPpm: readonly number[];
  readonly #rate: number;
  readonly #corrections: Float64Array;

  /**
   * @param rate the step of a correction, in scales. While scores stay within ±b of zero, the share held over n truths differs
   * from the level by at most (b + rate) / (rate · n).
   */
  constructor(levelsPpm: readonly number[], rate: number, corrections: readonly number[] = levelsPpm.map(() => 0)) {
    if (!(rate > 0)) throw new RangeError(`expected a rate above 0, found ${rate}`);
    this.#levelsPpm = levelsPpm;
    this.#rate = rate;
    this.#corrections = Float64Array.from(corrections);
  }

  /** One a level, in scales, to be added to the forecast's quantile. */
  get corrections(): readonly number[] {
    return [...this.#corrections];
  }

  /** @param exceeded of the truths that came in together, the share that exceeded the corrected quantile, one a level. */
  observe(exceeded: ArrayLike<number>): void {
    for (let level = 0; level < this.#levelsPpm.length; level += 1) {
      const allowed = 1 - (this.#levelsPpm[level] as number) / 1_000_000;
      this.#corrections[level] = (this.#corrections[level] as number) + this.#rate * ((exceeded[level] as number) - allowed);
    }
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
 * in order of time, and what it says depends on the origins at which it was asked before.
 */
export class AdaptiveForecaster implements Forecaster {
  readonly name: string;
  readonly target: Forecaster["target"];
  readonly #forecaster: Forecaster;
  readonly #start: Calibration;
  readonly #rate: number;
  readonly #groups = new Map<string, AdaptiveCorrection>();
  #pending: Pending[] = [];
  #origin = -1;

  constructor(forecaster: Forecaster, start: Calibration, rate: number) {
    this.name = forecaster.name;
    this.target = forecaster.target;
    this.#forecaster = forecaster;
    this.#start = start;
    this.#rate = rate;
  }

  /** @throws RangeError when time goes back. */
  async forecast(history: History, horizon: Horizon): Promise<Float32Array> {
    if (history.steps < this.#origin) {
      throw new RangeError(`asked at step ${history.steps} after step ${this.#origin}: an adaptive forecast goes forward only`);
    }
    this.#origin = history.steps;
    this.#learn(history);
    const plain = await this.#forecaster.forecast(history, horizon);
    const said = Float32Array.from(plain);
    correct(said, history, horizon, this.#start.lookBack, (key) => this.#group(key).corrections);
    this.#pending.push({ history, horizon, plain, said });
    return said;
  }

  #learn(known: History): void {
    const ripe = this.#pending.filter(({ history, horizon }) => history.steps + horizon.steps <= known.steps);
    if (ripe.length === 0) return;
    this.#pending = this.#pending.filter((pending) => !ripe.includes(pending));
    for (const { history, horizon, plain, said } of ripe) {
      const width = horizon.levelsPpm.length;
      const tallies = new Map<string, { count: number; readonly exceeded: Float64Array }>();
      eachRow(history, horizon, this.#start.lookBack, (series, step, key, variation, at) => {
        const truth = known.values(series)[history.steps + step] as number;
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
      group = new AdaptiveCorrection(this.#start.levelsPpm, this.#rate, correctionsOf(this.#start, key));
      this.#groups.set(key, group);
    }
    return group;
  }
}
