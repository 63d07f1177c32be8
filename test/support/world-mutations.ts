import type { Mutation } from "./mutant.ts";

const CLUSTER = "sim/cluster.ts";
const NODES = "sim/node-pools.ts";

/** Rules of what the simulated world does beyond what its trace shows. */
export const WORLD_MUTATIONS: readonly Mutation[] = [
  {
    rule: "a change comes before all else of its instant",
    file: CLUSTER,
    find: "if (this.#changeMs <= atMs &&",
    replace: "if (this.#changeMs < atMs &&",
  },
  {
    rule: "a request does not end whose node failed",
    file: CLUSTER,
    find: "!this.#instances.has(this.#runsOn[subject] as InstanceId)",
    replace: "false",
  },
  {
    rule: "start-ups slow down by the factor",
    file: CLUSTER,
    find: "this.#startUpPpm = change.factorPpm;",
    replace: "this.#startUpPpm = WHOLE_PPM;",
  },
  {
    rule: "of forecasts that were available before a turn nothing is told again",
    file: CLUSTER,
    find: "feed.availableAtMs(batch) < atMs) batch += 1;",
    replace: "feed.availableAtMs(batch) <= atMs) batch += 1;",
  },
  {
    rule: "a policy that takes over ticks on the grid",
    file: CLUSTER,
    find: "Math.ceil((atMs - startMs) / this.#controlEveryMs)",
    replace: "Math.floor((atMs - startMs) / this.#controlEveryMs)",
  },
  {
    rule: "a node that comes back is empty",
    file: NODES,
    find: "    node.free = capacity;\n",
    replace: "",
  },
  {
    rule: "a node that failed is away for its time",
    file: NODES,
    find: "nowMs + durationMs)",
    replace: "nowMs + durationMs + 1)",
  },
];
