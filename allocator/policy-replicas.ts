import type { HoltWintersSpec, HpaSpec, KnativeSpec, ReplicaPredictSpec, ReplicasSpec, ScalingRules } from "./core/policy.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const COMMON = ["target", "min", "max"];
const HPA_KEYS = [...COMMON, "tolerance", "initialization", "readinessDelay", "scaleUp", "scaleDown", "predict"];
const KNATIVE_KEYS = [...COMMON, "window", "panicWindow", "panicThreshold", "upRate", "downRate", "grace"];
const KEYS = ["strategy", ...new Set([...HPA_KEYS, ...KNATIVE_KEYS])];

/**
 * The slot `replicas`. `null`: it is not filled. The defaults are those of Kubernetes and of Knative, but for `max`, for which
 * Kubernetes has none and Knative no limit.
 *
 *     replicas: { strategy: hpa, target: 0.8, tolerance: 0.1, min: 1, max: 1000, initialization: 5m, readinessDelay: 30s,
 *                 scaleUp: { stabilization: 0s, pods: 4, percent: 100, period: 15s },
 *                 scaleDown: { stabilization: 5m, percent: 100, period: 15s },
 *                 predict: { linear: { values: 6, ahead: 10s },
 *                            holtWinters: { alpha: 0.9, beta: 0.9, gamma: 0.9, season: 6, seasons: 4 } } }    # absent: none
 *     replicas: { strategy: knative, target: 0.7, min: 0, max: 1000, window: 60s, panicWindow: 0.1, panicThreshold: 2,
 *                 upRate: 1000, downRate: 2, grace: 30s }
 */
export function readReplicas(value: unknown, controlEveryMs: number | null, issues: PolicyIssue[]): ReplicasSpec | null {
  if (value === undefined) return null;
  const slot = new Section(value, "replicas", KEYS, issues);
  const strategy = slot.choice("strategy", ["none", "hpa", "knative"], "none");
  if (strategy === "none") {
    slot.only([], "none");
    return null;
  }
  if (controlEveryMs === null) {
    issues.push({ path: "controlEvery", expected: "a duration, because the replicas slot acts on ticks", found: "nothing" });
  }
  slot.only(strategy === "hpa" ? HPA_KEYS : KNATIVE_KEYS, strategy);
  return strategy === "hpa" ? readHpa(slot, controlEveryMs ?? 15_000, issues) : readKnative(slot, controlEveryMs ?? 2_000);
}

/** Means are exact over whole ticks only. */
function readKnative(slot: Section, everyMs: number): KnativeSpec {
  const least = slot.whole("min", 0, 0, MOST_REPLICAS);
  const stableMs = slot.duration("window", 60_000, everyMs);
  const panicMs = (stableMs * slot.ppm("panicWindow", 0.1, 0.01, 1)) / 1_000_000;
  if (stableMs % everyMs !== 0) slot.note("window", `a whole number of ticks of ${everyMs} ms`);
  else if (panicMs % everyMs !== 0)
    slot.note("panicWindow", `a share of the window that is a whole number of ticks of ${everyMs} ms`);
  return {
    strategy: "knative",
    everyMs,
    targetPpm: slot.ppm("target", 0.7, 0.01, 1),
    least,
    most: slot.whole("max", Math.max(1_000, least), Math.max(1, least), MOST_REPLICAS),
    stableMs,
    panicMs,
    thresholdPpm: slot.ppm("panicThreshold", 2, 1.1, 10),
    upRatePpm: slot.ppm("upRate", 1_000, 1.01, 1_000_000),
    downRatePpm: slot.ppm("downRate", 2, 1.01, 1_000_000),
    graceMs: slot.duration("grace", 30_000, 0),
  };
}

function readHpa(slot: Section, everyMs: number, issues: PolicyIssue[]): HpaSpec {
  const least = slot.whole("min", 1, 1, MOST_REPLICAS);
  const predict = readPredict(slot.value("predict"), issues);
  return {
    strategy: "hpa",
    everyMs,
    targetPpm: slot.ppm("target", 0.8, 0.01, 10),
    tolerancePpm: slot.ppm("tolerance", 0.1, 0, 1),
    least,
    most: slot.whole("max", Math.max(1_000, least), least, MOST_REPLICAS),
    initializationMs: slot.duration("initialization", 300_000, 0),
    readinessDelayMs: slot.duration("readinessDelay", 30_000, 0),
    up: readRules(slot.value("scaleUp"), "replicas.scaleUp", { stabilizationMs: 0, pods: 4, percent: 100 }, issues),
    down: readRules(slot.value("scaleDown"), "replicas.scaleDown", { stabilizationMs: 300_000, pods: 0, percent: 100 }, issues),
    ...(predict === null ? {} : { predict }),
  };
}

/** The defaults are the values of the examples of the Predictive Horizontal Pod Autoscaler, which has none. */
function readPredict(value: unknown, issues: PolicyIssue[]): ReplicaPredictSpec | null {
  if (value === undefined) return null;
  const models = new Section(value, "replicas.predict", ["linear", "holtWinters"], issues);
  const [linear, holtWinters] = [models.value("linear"), models.value("holtWinters")];
  if (linear === undefined && holtWinters === undefined) models.note("", "linear or holtWinters");
  return {
    linear: linear === undefined ? null : readLinear(linear, issues),
    holtWinters: holtWinters === undefined ? null : readHoltWinters(holtWinters, issues),
  };
}

function readLinear(value: unknown, issues: PolicyIssue[]): ReplicaPredictSpec["linear"] {
  const model = new Section(value, "replicas.predict.linear", ["values", "ahead"], issues);
  return { values: model.whole("values", 6, 2, 10_000), aheadMs: model.duration("ahead", 10_000, 0) };
}

/** Each prediction solves for a season's values: a long season costs much. */
const LONGEST_SEASON = 96;

function readHoltWinters(value: unknown, issues: PolicyIssue[]): HoltWintersSpec {
  const keys = ["alpha", "beta", "gamma", "season", "seasons"];
  const model = new Section(value, "replicas.predict.holtWinters", keys, issues);
  const season = model.whole("season", 6, 2, LONGEST_SEASON);
  // Fewer could never be as many as a prediction needs.
  const least = Math.max(2, Math.ceil((10 + 2 * Math.floor(season / 2)) / season));
  return {
    alphaPpm: model.ppm("alpha", 0.9, 0, 1),
    betaPpm: model.ppm("beta", 0.9, 0, 1),
    gammaPpm: model.ppm("gamma", 0.9, 0, 1),
    season,
    seasons: model.whole("seasons", Math.max(4, least), least, 100),
  };
}

const MOST_REPLICAS = 1_000_000;

/** Where a document names `pods` or `percent`, these are all there is, as in Kubernetes. */
function readRules(
  value: unknown,
  path: string,
  fallback: { readonly stabilizationMs: number; readonly pods: number; readonly percent: number },
  issues: PolicyIssue[],
): ScalingRules {
  const rules = new Section(value ?? {}, path, ["stabilization", "pods", "percent", "period"], issues);
  const periodMs = rules.duration("period", 15_000, 1);
  const isOwn = rules.value("pods") !== undefined || rules.value("percent") !== undefined;
  const policies = (["pods", "percent"] as const)
    .map((unit) => ({ unit, value: rules.whole(unit, isOwn ? 0 : fallback[unit], 0, MOST_REPLICAS), periodMs }))
    .filter((policy) => policy.value > 0);
  if (policies.length === 0) rules.note("", "pods or percent above 0");
  return { stabilizationMs: rules.duration("stabilization", fallback.stabilizationMs, 0), policies };
}
