import { ArrivalFeatures } from "./arrival-features.ts";
import type { FeatureSpec } from "./feature-spec.ts";
import { KnownFeatures } from "./known-features.ts";
import { LevelFeatures } from "./level-features.ts";
import type { History } from "./panel.ts";
import { TraitFeatures } from "./trait-features.ts";

/**
 * What a network is shown beside the values, for any series of a panel and any origin (the first step to forecast):
 *
 * - *fixed*: one row a series and origin. What is known of the user and the app, and what their past says in a few numbers.
 * - *ahead*: one row a step to forecast. Local time and announced events, and what was a day and a week before.
 * - *known*: the part of *ahead* that any step has, also those of the look-back.
 *
 * Only values before the origin are read. Everything written is finite, within about ±10.
 */
export class Features {
  readonly fixedNames: readonly string[];
  readonly aheadNames: readonly string[];
  readonly knownNames: readonly string[];
  readonly #known: KnownFeatures;
  readonly #traits: TraitFeatures;
  readonly #past: LevelFeatures | ArrivalFeatures;

  /**
   * @param history of a panel with the step and the target that the spec was fitted on; no origin may be later than its end.
   */
  constructor(spec: FeatureSpec, history: History) {
    const { stepMs, target } = history.frame;
    if (stepMs !== spec.stepMs || target !== spec.target) {
      throw new Error(`features of ${spec.target} in steps of ${spec.stepMs} ms on ${target} in steps of ${stepMs} ms`);
    }
    this.#known = new KnownFeatures(spec, history.frame);
    this.#traits = new TraitFeatures(spec, history.frame);
    this.#past = target === "arrival" ? new ArrivalFeatures(spec, history) : new LevelFeatures(spec, history);
    this.fixedNames = [...this.#traits.names, ...this.#past.names];
    this.knownNames = this.#known.names;
    this.aheadNames = [...this.#known.names, ...this.#past.aheadNames];
  }

  /** Writes `fixedNames.length` numbers. */
  writeFixed(series: number, origin: number, into: Float32Array, offset: number): void {
    this.#traits.write(series, origin, into, offset);
    this.#past.write(series, origin, into, offset + this.#traits.names.length);
  }

  /** Writes `[step][feature]`, `steps` × `aheadNames.length` numbers, of the steps from `origin` on; a step begins `stride` after the last. */
  writeAhead(
    series: number,
    origin: number,
    steps: number,
    into: Float32Array,
    offset: number,
    stride = this.aheadNames.length,
  ): void {
    this.#known.write(series, origin, steps, into, offset, stride);
    this.#past.writeAhead(series, origin, steps, into, offset + this.#known.names.length, stride);
  }

  /** Writes `[step][feature]`, `steps` × `knownNames.length` numbers, of the steps from `from` on, past or to come; strides as above. */
  writeKnown(
    series: number,
    from: number,
    steps: number,
    into: Float32Array,
    offset: number,
    stride = this.knownNames.length,
  ): void {
    this.#known.write(series, from, steps, into, offset, stride);
  }
}
