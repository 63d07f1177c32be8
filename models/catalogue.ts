import type { ForecastTarget } from "../allocator/core/forecast.ts";
import type { Forecaster, Horizon, Split } from "./forecaster.ts";
import type { Panel } from "./panel/panel.ts";
import type { Architecture } from "./training/training-spec.ts";

/** How a model is fitted, whatever its kind; what does not concern a kind it leaves alone. */
export interface FitOptions {
  /** What it will be asked for. */
  readonly horizon: Horizon;
  readonly seed: number;
  /** Steps of history that a learned model looks at; default: its own choice. */
  readonly lookBack?: number;
  /** Feature groups to do without: `time`, `recent`, … */
  readonly without?: readonly string[];
  /** Called now and then with the share of the work that is done. */
  readonly onProgress?: (share: number) => void;
}

/** A kind of model, by the name that it has on the command line. */
export interface ModelKind {
  readonly name: string;
  /** In a few words, for the list of models. */
  readonly summary: string;
  readonly targets: readonly ForecastTarget[];
  /** `reference`: what others are measured against, itself in no ranking. */
  readonly family: "classical" | "learned" | "reference";
  /** It learns and forecasts in plain TypeScript: no tensors, no backend. */
  readonly plain?: true;
  /**
   * Fits on the panel's steps `[0, split.trainEnd)` and chooses by `[split.trainEnd, split.validationEnd)`. The panel may end
   * there; what it has beyond must not be read.
   */
  fit(panel: Panel, split: Split, options: FitOptions): Promise<Forecaster>;
}

const AMOUNTS: readonly ForecastTarget[] = ["demand", "concurrency"];

/** A classical model of amounts: no weights to learn, but parameters to choose on the validation part. */
function classical(name: string, summary: string): ModelKind {
  const fit: ModelKind["fit"] = async (panel, split, options) =>
    (await import("./classical/ladder.ts")).tuned(name, panel, split, options);
  return { name, summary, targets: AMOUNTS, family: "classical", fit };
}

/** A network, trained for one use. */
function learned(name: Architecture, summary: string, targets: readonly ForecastTarget[]): ModelKind {
  const fit: ModelKind["fit"] = async (panel, split, options) =>
    (await import("./training/fit-network.ts")).fitNetwork(name, panel, split, options);
  return { name, summary, targets, family: "learned", fit };
}

/** Who is asked for an ensemble: of these, the ones that there are for its target. */
const ENSEMBLE = ["best-classical", "idle-hazard", "seasonal-poisson", "nlinear", "rnn", "transformer"];

/** Every model there is. A name can stand twice, for different targets. */
export const MODEL_KINDS: readonly ModelKind[] = [
  classical("naive", "the last value observed"),
  classical("seasonal-naive", "the value of 24 h before"),
  classical("seasonal-naive-week", "the value of 168 h before"),
  classical("moving-quantile", "quantiles of the last hours or days"),
  classical("hour-of-week", "quantiles of the same hour in the last weeks"),
  classical("holt-winters", "exponential smoothing with trend and a season of 24 h"),
  classical("theta", "exponential smoothing with half the trend as drift"),
  classical("croston-sba", "size and interval of demands smoothed apart"),
  classical("tsb", "size and chance of demands smoothed apart"),
  {
    name: "best-classical",
    summary: "whichever of the classical models scores best on the validation part",
    targets: AMOUNTS,
    family: "classical",
    fit: async (panel, split, options) => (await import("./classical/ladder.ts")).bestClassical(panel, split, options),
  },
  {
    name: "idle-hazard",
    summary: "how often idle times as long as the present one ended with the next step",
    targets: ["arrival"],
    family: "classical",
    fit: async (panel, split, { horizon }) => (await import("./arrival/idle-hazard.ts")).idleHazard(panel, split, horizon),
  },
  {
    name: "seasonal-poisson",
    summary: "a Poisson process with a rate for each local hour of the week",
    targets: ["arrival"],
    family: "classical",
    fit: async (panel, split, { horizon }) =>
      (await import("./arrival/seasonal-poisson.ts")).seasonalPoisson(panel, split, horizon),
  },
  {
    name: "periodic-gap",
    summary: "idle time in usual gaps, the median of the last five: jobs by the clock",
    targets: ["arrival"],
    family: "classical",
    fit: async (panel, split, { horizon }) => (await import("./arrival/periodic-gap.ts")).periodicGap(panel, split, horizon),
  },
  {
    name: "boosted",
    summary: "boosted trees on ratios to the recent maximum; by that maximum alone where trees do not pay",
    targets: AMOUNTS,
    family: "learned",
    plain: true,
    fit: async (panel, split, options) => (await import("./boosting/fit-boosted.ts")).fitBoosted(panel, split, options),
  },
  learned("nlinear", "one linear map from the window, less its last value", AMOUNTS),
  learned("dlinear", "linear maps of the window's moving average and of the rest", AMOUNTS),
  learned("rnn", "a recurrent network over segments of the window", [...AMOUNTS, "arrival"]),
  learned("gru", "a recurrent network that takes steps one by one, at constant cost", AMOUNTS),
  learned("transformer", "a transformer over patches of the window", [...AMOUNTS, "arrival"]),
  {
    name: "best-classical",
    summary: "whichever of the classical models scores best on the validation part",
    targets: ["arrival"],
    family: "classical",
    fit: async (panel, split, options) => {
      const members = ["idle-hazard", "seasonal-poisson", "periodic-gap"].flatMap((name) => modelKind(name, "arrival") ?? []);
      return (await import("./classical/best-arrival.ts")).bestArrival(members, panel, split, options);
    },
  },
  {
    name: "ensemble",
    summary: "the best classical and the learned models, weighted on the validation part",
    targets: ["demand", "concurrency", "arrival"],
    family: "learned",
    fit: async (panel, split, options) => {
      const members = ENSEMBLE.flatMap((name) => modelKind(name, panel.target) ?? []);
      return (await import("./ensemble/fit-ensemble.ts")).fitEnsemble(members, panel, split, options);
    },
  },
];

/** The kind of this name for this target; `undefined`: there is none. */
export function modelKind(name: string, target: ForecastTarget): ModelKind | undefined {
  return MODEL_KINDS.find((kind) => kind.name === name && kind.targets.includes(target));
}
