import { RandomStream } from "../../allocator/core/random.ts";
import type { Panel } from "../panel/panel.ts";
import { pinball } from "./pinball.ts";
import { randomisedPit } from "./randomised-pit.ts";

/** Bins of equal width that PITs are counted in. */
export const PIT_BINS = 20;

/** What is summed over the observed steps of one forecast of one series. */
export const CELL_SUMS = [
  "steps", // observed
  "zeros", // observed, and 0
  "observed", // Σ|y|
  "absoluteError", // of the median
  "squaredError", // of the median
  "pinball", // mean over the levels, twice the loss
  "within80",
  "within90",
  "width80",
  "width90",
] as const;
export type CellSum = (typeof CELL_SUMS)[number];

/** What is summed over all forecasts, by steps ahead; errors divided by the series' scale, where it has one. */
export interface StepSums {
  readonly scaledSteps: Float64Array;
  readonly scaledPinball: Float64Array;
  readonly scaledError: Float64Array;
  readonly steps: Float64Array;
  readonly within80: Float64Array;
}

export interface ScoredFrame {
  readonly origins: readonly number[];
  readonly steps: number;
  /** Ascending; 50 000, 100 000, 500 000, 900 000 and 950 000 are among them. */
  readonly levelsPpm: readonly number[];
  /** Of the randomised PIT. */
  readonly seed: number;
}

/** The scores of one model's quantile forecasts, kept for every series and origin: any mean over some of them can be taken later. */
export class DemandScores {
  readonly panel: Panel;
  readonly frame: ScoredFrame;
  /** Row-major `[series][origin]`. */
  readonly sums: Readonly<Record<CellSum, Float64Array>>;
  readonly scales: Float64Array;
  readonly byStep: StepSums;
  /** PITs in each bin, `[series][bin]`. */
  readonly pitBins: Uint32Array;
  /** PITs at or below each level, `[series][level]`. */
  readonly pitWithin: Uint32Array;
  readonly #levels: readonly number[];

  /** @param scales `[series][origin]`: `errorScale` of the history before the origin. */
  constructor(panel: Panel, frame: ScoredFrame, scales: Float64Array) {
    this.panel = panel;
    this.frame = frame;
    this.scales = scales;
    const series = panel.series.length;
    const cells = series * frame.origins.length;
    this.sums = Object.fromEntries(CELL_SUMS.map((name) => [name, new Float64Array(cells)])) as Record<CellSum, Float64Array>;
    const perStep = () => new Float64Array(frame.steps);
    this.byStep = {
      scaledSteps: perStep(),
      scaledPinball: perStep(),
      scaledError: perStep(),
      steps: perStep(),
      within80: perStep(),
    };
    this.pitBins = new Uint32Array(series * PIT_BINS);
    this.pitWithin = new Uint32Array(series * frame.levelsPpm.length);
    this.#levels = frame.levelsPpm.map((ppm) => ppm / 1_000_000);
  }

  /** Scores the forecast made at the origin of this number, values as `Forecaster.forecast` gives them. Once an origin. */
  add(origin: number, forecast: Float32Array): void {
    const { panel, frame, sums, scales, byStep } = this;
    const { steps, levelsPpm } = frame;
    const width = levelsPpm.length;
    const at = (ppm: number) => levelsPpm.indexOf(ppm);
    const [low90, low80, middle, high80, high90] = [50_000, 100_000, 500_000, 900_000, 950_000].map(at) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const first = frame.origins[origin] as number;
    const random = new RandomStream(frame.seed, `randomised PIT ${origin}`);
    for (let series = 0; series < panel.series.length; series += 1) {
      const cell = series * frame.origins.length + origin;
      const scale = scales[cell] as number;
      for (let step = 0; step < steps; step += 1) {
        const observed = panel.values[series * panel.steps + first + step] as number;
        const start = (series * steps + step) * width;
        const pit = randomisedPit(observed, forecast, start, this.#levels, random);
        if (Number.isNaN(observed)) continue;
        const quantile = (level: number) => forecast[start + level] as number;
        let loss = 0;
        for (let level = 0; level < width; level += 1) loss += pinball(levelsPpm[level] as number, observed, quantile(level));
        loss /= width;
        const error = Math.abs(observed - quantile(middle));
        const in80 = observed >= quantile(low80) && observed <= quantile(high80) ? 1 : 0;
        const in90 = observed >= quantile(low90) && observed <= quantile(high90) ? 1 : 0;
        const plus = (name: CellSum, amount: number) => {
          sums[name][cell] = (sums[name][cell] as number) + amount;
        };
        plus("steps", 1);
        if (observed === 0) plus("zeros", 1);
        plus("observed", Math.abs(observed));
        plus("absoluteError", error);
        plus("squaredError", error * error);
        plus("pinball", loss);
        plus("within80", in80);
        plus("within90", in90);
        plus("width80", quantile(high80) - quantile(low80));
        plus("width90", quantile(high90) - quantile(low90));
        byStep.steps[step] = (byStep.steps[step] as number) + 1;
        byStep.within80[step] = (byStep.within80[step] as number) + in80;
        if (!Number.isNaN(scale)) {
          byStep.scaledSteps[step] = (byStep.scaledSteps[step] as number) + 1;
          byStep.scaledPinball[step] = (byStep.scaledPinball[step] as number) + loss / scale;
          byStep.scaledError[step] = (byStep.scaledError[step] as number) + error / scale;
        }
        const bin = series * PIT_BINS + Math.min(PIT_BINS - 1, Math.floor(pit * PIT_BINS));
        this.pitBins[bin] = (this.pitBins[bin] as number) + 1;
        for (let level = 0; level < width; level += 1) {
          if (pit > (this.#levels[level] as number)) continue;
          this.pitWithin[series * width + level] = (this.pitWithin[series * width + level] as number) + 1;
        }
      }
    }
  }
}
