import { FAULT_FORMS, WHAT_IF_FORMS } from "./what-if/forms.ts";

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
  faults: { type: "string", requiresArg: true, describe: `What goes wrong by chance: ${FAULT_FORMS.join(", ")}` },
  prices: { type: "string", requiresArg: true, describe: "on-demand, spot, reserved, or YAML file with prices" },
} as const;

/** For verbs that may go on from a run. */
export const FORK_OPTIONS = {
  fork: {
    type: "string",
    requiresArg: true,
    implies: "at",
    describe: "Folder of a run to go along with until --at; what is otherwise is so from then on",
  },
  at: { type: "string", requiresArg: true, implies: "fork", describe: "When to fork: 14:05, 2d after the start, or ms" },
} as const;

/** For verbs that make one run a policy. */
export const SEED_OPTION = {
  seed: { type: "number", default: 1, requiresArg: true, describe: "Seed of what is random" },
} as const;

/** Whether the command line goes on from a run, which has a policy of its own. Asked before it is parsed. */
export function isForking(): boolean {
  return process.argv.some((arg) => arg === "--fork" || arg.startsWith("--fork="));
}
