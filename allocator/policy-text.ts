import type { Policy } from "./core/policy.ts";
import { policyFromDocument } from "./policy-document.ts";
import { PolicyError, type PolicyIssue } from "./policy-issue.ts";

/** A policy as people name it on a command line. */
interface Preset {
  readonly summary: string;
  /** Parameter → its default, as written. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The policy document for given parameters. */
  document(parameters: Readonly<Record<string, string>>, replayed: Replayed): unknown;
}

/** What a policy is for: a trace of requests, which can be kept warm for, or of usage alone, which can only be reserved for. */
export type Replayed = "requests" | "usage";

/** What is common to the presets that act on the forecasts of a fitted model. */
const PREDICTIVE = {
  parameters: { every: "5m", step: "5m", level: "tier", by: "concurrency", chance: "0.1", latency: "1s", seed: "1" },
  document: (model: string, parameters: Readonly<Record<string, string>>, replayed: Replayed) => {
    const { every, step, level, by, chance, latency, seed } = parameters;
    const feed = { model, every, step, latency, seed };
    if (replayed === "usage") {
      return { controlEvery: "1m", feed: { ...feed, targets: ["demand"] }, reserve: { strategy: "forecast", level } };
    }
    const warm = by === "arrival" ? { strategy: "arrival", chance } : { strategy: "forecast", level };
    return { feed: { ...feed, targets: [by] }, warm };
  },
} as const;

/** What the autoscalers over the share of places in use have in common. */
const HPA = {
  parameters: { target: "0.8", min: "1", max: "1000", every: "15s", stabilization: "5m" },
  document: ({ every, stabilization, ...rest }: Readonly<Record<string, string>>, predict?: object) => ({
    controlEvery: every,
    replicas: { strategy: "hpa", ...rest, scaleDown: { stabilization }, ...(predict === undefined ? {} : { predict }) },
  }),
};

function predictive(model: string, summary: string): Preset {
  return {
    summary: `predictive:model=${model}: ${summary}`,
    parameters: PREDICTIVE.parameters,
    document: (parameters, replayed) => PREDICTIVE.document(model, parameters, replayed),
  };
}

export const PRESETS: Readonly<Record<string, Preset>> = {
  "keep-alive": {
    summary: "keeps an idle instance for ttl after its last use, then suspended for suspend; reserves nothing",
    parameters: { ttl: "10m", suspend: "0s" },
    document: ({ ttl, suspend }) => ({ warm: { strategy: "ttl", ttl, ...(suspend === "0s" ? {} : { suspend }) } }),
  },
  "hybrid-histogram": {
    summary:
      "starts ahead and keeps by a histogram of each app's idle times (Serverless in the Wild, ATC 2020); reserves nothing",
    parameters: {
      bin: "1m",
      range: "240m",
      head: "0.05",
      tail: "0.99",
      margin: "0.1",
      variation: "2",
      minimum: "10",
      oob: "0.5",
    },
    document: ({ oob, ...rest }) => ({ warm: { strategy: "hybrid-histogram", ...rest, outOfBounds: oob } }),
  },
  "greedy-dual": {
    summary:
      "keeps idle instances until room is needed, then stops those of the lowest priority (FaasCache, ASPLOS 2021), or after ttl",
    parameters: { ttl: "10m" },
    document: ({ ttl }) => ({ warm: { strategy: "greedy-dual", ttl } }),
  },
  "warm-pool": {
    summary: "keeps a pool of instances an app: those in use and spare, from min to max, shrinking after cooldown",
    parameters: { spare: "1", min: "0", max: "1000", cooldown: "5m" },
    document: (parameters) => ({ warm: { strategy: "warm-pool", ...parameters } }),
  },
  "expected-cost": {
    summary: "holds an idle instance, or starts it ahead, when waiting is expected to cost more: wait of holding a cold start",
    parameters: { wait: "10m" },
    document: ({ wait }) => ({ warm: { strategy: "expected-cost", wait } }),
  },
  preemptive: {
    summary: "like keep-alive; tiers that may preempt take instances from running requests of lower priority after grace",
    parameters: { ttl: "10m", grace: "30s", budget: "60", protect: "1m" },
    document: ({ ttl, ...rest }) => ({ warm: { strategy: "ttl", ttl }, admit: { preempt: "on", ...rest } }),
  },
  drf: {
    summary:
      "like keep-alive; where capacity is short, the user of a tier with the smallest dominant share comes first (NSDI 2011)",
    parameters: { ttl: "10m" },
    document: ({ ttl }) => ({ warm: { strategy: "ttl", ttl }, admit: { strategy: "drf" } }),
  },
  "cluster-autoscaler": {
    summary: "like keep-alive; elastic pools grow for what waits and shrink as the Kubernetes Cluster Autoscaler does",
    parameters: { ttl: "10m", every: "10s", threshold: "0.5", unneeded: "10m", delay: "10m", expander: "price" },
    document: ({ ttl, delay, ...rest }) => ({
      warm: { strategy: "ttl", ttl },
      pool: { strategy: "cluster-autoscaler", delayAfterAdd: delay, ...rest },
    }),
  },
  karpenter: {
    summary: "like keep-alive; elastic pools are instance types that are bought and consolidated as Karpenter does",
    parameters: { ttl: "10m", after: "0s", consolidate: "underutilized", disrupt: "idle", budget: "0.1" },
    document: ({ ttl, after, ...rest }) => ({
      warm: { strategy: "ttl", ttl },
      pool: { strategy: "karpenter", consolidateAfter: after, ...rest },
    }),
  },
  "pool-headroom": {
    summary:
      "like keep-alive; elastic pools hold spare more than is held and waits, and shrink by what was not needed for shrink",
    parameters: { ttl: "10m", every: "10s", spare: "0.1", shrink: "10m", threshold: "0" },
    document: ({ ttl, shrink, ...rest }) => ({
      warm: { strategy: "ttl", ttl },
      pool: { strategy: "headroom", shrinkAfter: shrink, ...rest },
    }),
  },
  "pool-predictive": {
    summary: "like pool-headroom; and what was held one season ago until a node asked for now would be ready, × margin",
    parameters: {
      ttl: "10m",
      every: "10s",
      spare: "0",
      season: "24h",
      margin: "1",
      lead: "0.95",
      shrink: "10m",
      threshold: "0",
    },
    document: ({ ttl, shrink, lead, ...rest }) => ({
      warm: { strategy: "ttl", ttl },
      pool: { strategy: "predictive", shrinkAfter: shrink, leadQuantile: lead, ...rest },
    }),
  },
  reactive: {
    summary: "reserves the last interval's largest demand × margin; keeps no instance after its request ends",
    parameters: { margin: "1.2", every: "1m" },
    document: ({ margin, every }) => ({ controlEvery: every, reserve: { strategy: "last-value", margin } }),
  },
  "moving-quantile": {
    summary: "reserves a quantile of the last control intervals' largest demands × margin",
    parameters: { window: "24h", level: "0.95", margin: "1", every: "5m" },
    document: ({ every, ...rest }) => ({ controlEvery: every, reserve: { strategy: "moving-quantile", ...rest } }),
  },
  "seasonal-naive": {
    summary: "reserves what the coming control interval demanded one season ago × margin; before that, like reactive",
    parameters: { season: "24h", margin: "1.2", every: "5m" },
    document: ({ every, ...rest }) => ({ controlEvery: every, reserve: { strategy: "seasonal-naive", ...rest } }),
  },
  "static-peak": {
    summary: "reserves the largest demand before the evaluation × margin; :oracle, of the whole trace (a reference)",
    parameters: { margin: "1", every: "5m", oracle: "off" },
    document: ({ margin, every, oracle }) =>
      oracle === "on"
        ? { controlEvery: every, feed: WHOLE_TRACE, reserve: { strategy: "forecast", level: "1", lead: every, margin } }
        : { controlEvery: every, reserve: { strategy: "static-peak", margin } },
  },
  autopilot: {
    summary: "sizes instances (usage traces: reserves) by Autopilot's moving windows (EuroSys 2020); keeps them for 10 min",
    parameters: { cpu: "p95", memory: "p98", margin: "0.15", every: "5m" },
    document: ({ every, ...rest }, replayed) => sized(every as string, { strategy: "autopilot", ...rest }, replayed),
  },
  vpa: {
    summary: "sizes instances (usage traces: reserves) as the Kubernetes VerticalPodAutoscaler 1.7 would; keeps them for 10 min",
    parameters: { every: "5m" },
    document: ({ every }, replayed) => sized(every as string, { strategy: "vpa" }, replayed),
  },
  crane: {
    summary: "sizes instances (usage traces: reserves) by the percentile of Crane's resource recommender; keeps them for 10 min",
    parameters: { level: "0.99", margin: "0.15", utilization: "1", history: "168h", decay: "configured", every: "5m" },
    document: ({ every, ...rest }, replayed) => sized(every as string, { strategy: "crane", ...rest }, replayed),
  },
  "crane-dsp": {
    summary:
      "reserves the next hour's peak of the daily or weekly period that Crane's DSP finds in use, or what is used now if that is more",
    parameters: { step: "5m", history: "15d", refit: "12h", seed: "1", every: "5m" },
    document: ({ every, ...rest }) => ({ controlEvery: every, reserve: { strategy: "crane-dsp", ...rest } }),
  },
  predictive: {
    summary:
      "keeps warm (usage traces: reserves) by the forecasts of model=, fitted to what came before --evaluate-from: a kind, or an id",
    parameters: { model: "nlinear", ...PREDICTIVE.parameters },
    document: ({ model, ...rest }, replayed) => PREDICTIVE.document(model as string, rest, replayed),
  },
  joint: {
    summary:
      "predictive that also sizes instances: of one forecast of requests, how many instances there are and how large each is",
    parameters: { model: "nlinear", every: "5m", step: "5m", level: "tier", control: "1m", latency: "1s", seed: "1" },
    document: ({ model, every, step, level, control, latency, seed }) => ({
      controlEvery: control,
      feed: { model, every, step, targets: ["concurrency"], ...(model === "clairvoyant" ? {} : { latency, seed }) },
      warm: { strategy: "joint", level },
    }),
  },
  nlinear: predictive("nlinear", "a linear map of the recent past"),
  dlinear: predictive("dlinear", "one of its trend, one of the rest"),
  rnn: predictive("rnn", "a recurrent network over segments"),
  gru: predictive("gru", "a recurrent network that carries its state"),
  transformer: predictive("transformer", "attention over patches"),
  ensemble: predictive("ensemble", "several models, weighted by how each did"),
  hpa: {
    summary: "keeps as many instances an app as the Kubernetes HorizontalPodAutoscaler (v2) asks for; requests wait for them",
    parameters: HPA.parameters,
    document: (parameters) => HPA.document(parameters),
  },
  "phpa-linear": {
    summary: "hpa, or more where a line through the counts of the last values periods says so ahead of time (jthomperoo's PHPA)",
    parameters: { ...HPA.parameters, values: "6", ahead: "10s" },
    document: ({ values, ahead, ...rest }) => HPA.document(rest, { linear: { values, ahead } }),
  },
  "phpa-holt-winters": {
    summary:
      "hpa, or more where Holt-Winters over the counts of the last seasons, of season periods, says so (jthomperoo's PHPA)",
    parameters: { ...HPA.parameters, alpha: "0.9", beta: "0.9", gamma: "0.9", season: "6", seasons: "4" },
    document: ({ alpha, beta, gamma, season, seasons, ...rest }) =>
      HPA.document(rest, { holtWinters: { alpha, beta, gamma, season, seasons } }),
  },
  knative: {
    summary:
      "keeps as many instances an app as the Knative Pod Autoscaler asks for by concurrency, down to none; requests wait for them",
    parameters: { target: "0.7", min: "0", max: "1000", every: "2s", window: "60s", grace: "30s" },
    document: ({ every, ...rest }) => ({ controlEvery: every, replicas: { strategy: "knative", ...rest } }),
  },
  clairvoyant: {
    summary: "the same allocator fed the trace's own future (a reference, never deployable); reserve=on also reserves",
    parameters: { step: "1s", every: "10m", reserve: "off" },
    document: ({ step, every, reserve }) => ({
      feed: { model: "clairvoyant", every, step, targets: reserve === "on" ? ["concurrency", "demand"] : ["concurrency"] },
      warm: { strategy: "forecast", level: "1" },
      ...(reserve === "on" ? { controlEvery: "1m", reserve: { strategy: "forecast", level: "1", lead: "1m" } } : {}),
    }),
  },
};

/** A rule of how much a container is given: of requests, the size of instances, which are kept as by `keep-alive`. */
function sized(every: string, rule: object, replayed: Replayed): object {
  return replayed === "usage"
    ? { controlEvery: every, reserve: rule }
    : { controlEvery: every, size: rule, warm: { strategy: "ttl", ttl: "10m" } };
}

/** One batch of one step that outlasts any trace: its value is the peak of the whole. */
const WHOLE_TRACE = { model: "clairvoyant", every: "36500d", step: "36500d", horizon: "36500d", targets: ["demand"] };

/** Parameters that are on or off; written without a value, on. */
const SWITCHES: readonly string[] = ["reserve", "oracle"];

/**
 * Splits a list such as `keep-alive:ttl=10m,reactive:margin=1.5,every=30s,clairvoyant`: a part of the form `key=value` belongs to
 * the policy before it.
 */
export function splitPolicies(list: string): string[] {
  const texts: string[] = [];
  for (const part of list.split(",").map((piece) => piece.trim())) {
    const last = texts.length - 1;
    if (last >= 0 && (/^[a-z]+=/i.test(part) || SWITCHES.includes(part))) texts[last] = `${texts[last]},${part}`;
    else if (part !== "") texts.push(part);
  }
  return texts;
}

/**
 * Reads `name` or `name:key=value,…`.
 * @throws PolicyError with path-prefixed issues.
 */
export function policyFromText(text: string, replayed: Replayed = "requests"): Policy {
  const document = policyDocument(text, replayed);
  try {
    return policyFromDocument(document);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new PolicyError(error.issues.map((issue) => ({ ...issue, path: `${text}: ${issue.path}` })));
  }
}

/**
 * What `name` or `name:key=value,…` stands for, as a document that may still be wrong in its values.
 * @throws PolicyError with path-prefixed issues.
 */
export function policyDocument(text: string, replayed: Replayed): unknown {
  const [name = "", ...rest] = text.split(":");
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (preset === undefined) {
    const known = Object.keys(PRESETS).join(", ");
    throw new PolicyError([{ path: text, expected: `a policy (${known}) or a .yaml file`, found: JSON.stringify(name) }]);
  }
  const issues: PolicyIssue[] = [];
  const given = readParameters(name, preset, rest.join(":"), issues);
  if (issues.length > 0) throw new PolicyError(issues);
  return { name, ...(preset.document({ ...preset.parameters, ...given }, replayed) as object) };
}

function readParameters(name: string, preset: Preset, text: string, issues: PolicyIssue[]): Record<string, string> {
  const given: Record<string, string> = {};
  for (const assignment of text === "" ? [] : text.split(",")) {
    const [key = "", ...value] = SWITCHES.includes(assignment) ? [assignment, "on"] : assignment.split("=");
    const known = Object.keys(preset.parameters);
    if (!known.includes(key)) {
      issues.push({ path: `${name}.${key}`, expected: `one of ${known.join(", ")}`, found: JSON.stringify(assignment) });
    } else if (Object.hasOwn(given, key)) {
      issues.push({ path: `${name}.${key}`, expected: "it once", found: `${JSON.stringify(assignment)} again` });
    } else if (value.length === 0) {
      issues.push({ path: `${name}.${key}`, expected: `${key}=value`, found: JSON.stringify(assignment) });
    } else if (SWITCHES.includes(key) && !["on", "off"].includes(value.join("="))) {
      issues.push({ path: `${name}.${key}`, expected: "on or off", found: JSON.stringify(value.join("=")) });
    } else {
      given[key] = value.join("=");
    }
  }
  return given;
}
