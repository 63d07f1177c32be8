import type { ResourceName } from "../../allocator/core/resources.ts";
import type { History } from "../panel/panel.ts";
import { quantileOf } from "./quantiles.ts";

/**
 * What to expect of a series of which nothing is known: what the others of its resource were last seen at. Without others,
 * nothing: 0 at every level.
 */
export class Peers {
  readonly #history: History;
  readonly #samples = new Map<ResourceName | null, Float64Array>();

  constructor(history: History) {
    this.#history = history;
  }

  quantile(resource: ResourceName | null, levelPpm: number): number {
    let sample = this.#samples.get(resource);
    if (sample === undefined) {
      sample = this.#lastValues(resource);
      this.#samples.set(resource, sample);
    }
    return sample.length === 0 ? 0 : quantileOf(sample, levelPpm);
  }

  #lastValues(resource: ResourceName | null): Float64Array {
    const { series } = this.#history.frame;
    const found: number[] = [];
    for (const [index, one] of series.entries()) {
      if (one.resource !== resource) continue;
      const last = this.#history.values(index).findLast((value) => !Number.isNaN(value));
      if (last !== undefined) found.push(last);
    }
    return Float64Array.from(found).sort();
  }
}
