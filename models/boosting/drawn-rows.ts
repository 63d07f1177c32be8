import { exp, log } from "../../allocator/core/math.ts";
import type { RandomStream } from "../../allocator/core/random.ts";
import type { Panel } from "../panel/panel.ts";
import type { FeatureRows } from "./feature-rows.ts";
import type { RatioFeatures } from "./ratio-features.ts";

/** From where rows are drawn. */
export interface Drawing {
  readonly panel: Panel;
  readonly features: RatioFeatures;
  /** Steps ahead that are asked about. */
  readonly ahead: number;
  readonly random: RandomStream;
}

/** Rows of features of series at instants, and what came: the logarithm of its ratio to the recent maximum. */
export class DrawnRows implements FeatureRows {
  readonly count: number;
  readonly width: number;
  readonly features: Float32Array;
  readonly targets: Float32Array;
  /** Of each row. */
  readonly series: Int32Array;
  readonly #bases: Float64Array;

  /**
   * Draws (series, instant, steps ahead) with equal chances, of which the instant is at `from` or later and the step before `end`:
   * at most `atMost`, as many as there are instants of series, and fewer where much is not observed.
   */
  constructor({ panel, features, ahead, random }: Drawing, from: number, end: number, atMost: number) {
    const { width } = features;
    const room = Math.max(0, end - from);
    const most = Math.min(atMost, panel.series.length * room);
    const rows = new Float32Array(most * width);
    const targets = new Float32Array(most);
    const of = new Int32Array(most);
    const bases = new Float64Array(most);
    let count = 0;
    for (let tried = 0; tried < 2 * most && count < most; tried += 1) {
      const series = random.below(panel.series.length);
      const known = from + random.below(room);
      const step = ahead === 1 ? 0 : random.below(ahead);
      if (known + step >= end) continue;
      const values = panel.values.subarray(series * panel.steps, (series + 1) * panel.steps);
      const truth = values[known + step] as number;
      if (Number.isNaN(truth)) continue;
      const scale = features.write(series, values, known, step, rows, count * width);
      if (scale === null) continue;
      targets[count] = log((truth + scale.floor) / scale.base);
      of[count] = series;
      bases[count] = scale.base;
      count += 1;
    }
    this.count = count;
    this.width = width;
    this.features = rows.subarray(0, count * width);
    this.targets = targets.subarray(0, count);
    this.series = of.subarray(0, count);
    this.#bases = bases.subarray(0, count);
  }

  /** The quantile loss of a row, in the unit of its series, where `said` is a logarithm like the targets. */
  loss(row: number, said: number, level: number): number {
    const off = (this.#bases[row] as number) * (exp(this.targets[row] as number) - exp(said));
    return off > 0 ? level * off : (level - 1) * off;
  }
}
