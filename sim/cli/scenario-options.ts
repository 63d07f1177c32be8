import { WHAT_IF_FORMS } from "./what-if/forms.ts";

/** The options of every verb that replays: what it replays in, and how that is scored. `readScenario` reads them. */
export const SCENARIO_OPTIONS = {
  cluster: { type: "string", requiresArg: true, describe: "YAML file, or 'unlimited' [default: the trace's nodes]" },
  "evaluate-from": { type: "string", requiresArg: true, describe: "Score from here on: 14d after the start, or ms" },
  limit: {
    type: "string",
    requiresArg: true,
    describe: "Usage traces: what a user can use: none (all it demands) or reservation [default: none]",
  },
  grace: {
    type: "string",
    requiresArg: true,
    describe: "Usage traces: a longer shortage is a violation [default: one sample window]",
  },
  registry: {
    type: "string",
    requiresArg: true,
    describe: "Folder of trained models and their forecasts [default: as prae models]",
  },
  "what-if": {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: `Otherwise: ${WHAT_IF_FORMS.join(", ")}`,
  },
  set: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: "A field to be otherwise: policy.warm.ttl=5m, cluster.POOL.nodes=8, prices.gpuHour=1",
  },
  prices: { type: "string", requiresArg: true, describe: "on-demand, spot, reserved, or YAML file with prices" },
} as const;

/** For verbs that make one run a policy. */
export const SEED_OPTION = {
  seed: { type: "number", default: 1, requiresArg: true, describe: "Seed of what is random" },
} as const;
