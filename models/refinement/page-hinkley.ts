export interface PageHinkleyOptions {
  /** A rise of the mean that is let pass, in units of the watched number. */
  readonly tolerance: number;
  /** How far the sum of rises may climb above its lowest point. */
  readonly threshold: number;
  /** Values before which nothing is said. */
  readonly warmUp: number;
}

/**
 * Says when the mean of a stream of numbers has risen: the cumulative sum of (x − mean so far − tolerance) is watched, and a climb of
 * more than the threshold above its minimum is a drift (Page 1954; Hinkley 1971). Here x is a forecast's loss against that of a
 * reference, and a drift asks for a new training.
 */
export class PageHinkley {
  readonly #options: PageHinkleyOptions;
  #count = 0;
  #mean = 0;
  #sum = 0;
  #lowest = 0;

  constructor(options: PageHinkleyOptions) {
    this.#options = options;
  }

  /** True from the value on with which the drift shows, until `reset`. */
  observe(value: number): boolean {
    if (!Number.isFinite(value)) throw new RangeError(`expected a finite number, found ${value}`);
    this.#count += 1;
    this.#mean += (value - this.#mean) / this.#count;
    this.#sum += value - this.#mean - this.#options.tolerance;
    this.#lowest = Math.min(this.#lowest, this.#sum);
    return this.#count > this.#options.warmUp && this.#sum - this.#lowest > this.#options.threshold;
  }

  /** Forgets everything: after a new training. */
  reset(): void {
    this.#count = 0;
    this.#mean = 0;
    this.#sum = 0;
    this.#lowest = 0;
  }
}
