import type { Mutation } from "./mutant.ts";

const CLUSTER = "sim/cluster.ts";
const NODES = "sim/node-pools.ts";

/** Rules of what the simulated world does beyond what its trace shows. */
export const WORLD_MUTATIONS: readonly Mutation[] = [
  {
    rule: "an image that is on a node is not pulled again",
    file: "sim/node-pools.ts",
    find: "node.images.get(app) ?? nowMs + ",
    replace: "nowMs + ",
  },
  {
    rule: "a launch that fails leaves its node",
    file: "sim/cluster.ts",
    find: "    this.#instances.delete(id);\n    this.#give(instance, atMs);\n    return true;",
    replace: "    this.#instances.delete(id);\n    return true;",
  },
  {
    rule: "what happens while the clock jumps is told when it has",
    file: "sim/cluster.ts",
    find: "this.#nowMs = Math.max(event.atMs, this.#jumpToMs);",
    replace: "this.#nowMs = event.atMs;",
  },
  {
    rule: "a node that is reclaimed drains before it is lost",
    file: "sim/node-pools.ts",
    find: 'if (noticeMs > 0 && state === "ready") this.#drain(id as NodeId, nowMs);',
    replace: "",
  },
  {
    rule: "nodes are lost at a rate each",
    file: "sim/faults.ts",
    find: "instants(random, rate * most, fromMs, endMs)",
    replace: "instants(random, rate, fromMs, endMs)",
  },
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
    find: "nowMs + noticeMs + durationMs)",
    replace: "nowMs + noticeMs + durationMs + 1)",
  },
];
