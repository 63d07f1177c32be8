import type { NetworkShape } from "../network/network-shape.ts";
import type { Normalisation } from "../network/normalisation.ts";
import { type FeatureGroup, type FeatureSpec, fitFeatures } from "../panel/feature-spec.ts";
import { Features } from "../panel/features.ts";
import type { History, Panel } from "../panel/panel.ts";
import { SeasonalLags } from "./seasonal-lags.ts";
import type { TrainedModel } from "./trained-model.ts";
import type { Architecture, TrainingSpec } from "./training-spec.ts";
import { WindowReader } from "./window-reader.ts";

/** How windows are read and which network reads them: what a trained model keeps in its options beside the weights. JSON. */
export interface Recipe {
  readonly sizes: Readonly<Record<string, number>>;
  readonly normalisation: Normalisation;
  readonly features: FeatureSpec;
  /** Are steps normalised by what came before each of them, as a network must that takes them one by one? */
  readonly running: boolean;
  /** Is the network told of its window's level, of the same hours of earlier days and weeks? */
  readonly level: boolean;
  readonly lags: boolean;
  /** May forecasts be negative? */
  readonly signed: boolean;
}

/** How windows are normalised: counts of arrivals as they are, amounts of any size by their own window. */
function normalisationOf({ target, signed }: Panel, architecture: Architecture): Normalisation {
  if (target === "arrival") return { transform: "log1p", centre: "none", scaled: false, floor: 1, relativeFloor: 0 };
  const transform = "identity";
  const centre = architecture === "transformer" ? "mean" : "last";
  // Signed values come standardised: the RNN and the linear networks are known to do best with their last value taken off alone.
  if (signed) return { transform, centre, scaled: architecture === "transformer", floor: 0.003, relativeFloor: 0 };
  return { transform, centre, scaled: true, floor: 1, relativeFloor: 0.05 };
}

/** What takes constant time a step cannot look back over a week of them. */
const NOT_RUNNING: readonly FeatureGroup[] = ["recent", "long-term"];
/** The linear networks are the fast ones: beside the window they are shown what does not change from step to step. */
const NOT_LINEAR: readonly FeatureGroup[] = ["time", "recent", "long-term", "context", "availability"];

export function recipeOf(panel: Panel, trainEnd: number, spec: TrainingSpec): Recipe {
  const { architecture, sizes, without } = spec;
  const normalisation = normalisationOf(panel, architecture);
  const running = architecture === "gru";
  const linear = architecture === "nlinear" || architecture === "dlinear";
  const features = fitFeatures(panel, trainEnd, [...without, ...(linear ? NOT_LINEAR : running ? NOT_RUNNING : [])]);
  const amounts = panel.target !== "arrival" && !panel.signed;
  return {
    sizes,
    normalisation,
    features,
    running,
    level: !panel.signed && !without.includes("recent"),
    lags: amounts && !linear && !without.includes("long-term"),
    signed: panel.signed,
  };
}

/** The recipe that a trained model was made by. */
export function recipeIn({ options }: TrainedModel): Recipe {
  return options as unknown as Recipe;
}

type Sides = Pick<TrainedModel, "lookBack" | "horizon" | "target">;

/** Reads windows of a panel as far as it is known; of no origin later than that. */
export function windowReader(recipe: Recipe, { lookBack, horizon, target }: Sides, history: History): WindowReader {
  const { normalisation, features, running, level, lags, signed } = recipe;
  return new WindowReader({
    lookBack,
    horizon,
    normalisation,
    hazard: target === "arrival",
    signed,
    running,
    level,
    lags: lags ? new SeasonalLags(history.frame.stepMs) : null,
    features: new Features(features, history),
  });
}

export function networkShape(
  architecture: Architecture,
  { sizes }: Recipe,
  { shape }: WindowReader,
  levelsPpm: readonly number[],
): NetworkShape {
  const outputs = Math.max(1, levelsPpm.length);
  return { architecture, ...shape, outputs, middle: middleOf(levelsPpm), sizes };
}

/** The index of the level nearest to the median; 0 without levels. */
export function middleOf(levelsPpm: readonly number[]): number {
  const distances = levelsPpm.map((ppm) => Math.abs(ppm - 500_000));
  return Math.max(0, distances.indexOf(Math.min(...distances)));
}
