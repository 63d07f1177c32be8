import type { Mutation } from "./mutant.ts";

const NODES = "allocator/core/nodes.ts";
const EVICTION = "allocator/core/eviction.ts";
const BOARD = "allocator/live/kubernetes/node-board.ts";
const REQUESTS = "allocator/live/kubernetes/pod-requests.ts";
const HOLD = "allocator/live/kubernetes/capacity-hold.ts";
const HOLD_DEPLOYMENT = "allocator/live/kubernetes/hold-deployment.ts";
const HOLD_MANIFEST = "allocator/live/kubernetes/hold-manifest.ts";
const QUANTITY = "allocator/live/kubernetes/quantity.ts";
const MAPPING = "allocator/live/kubernetes/resource-mapping.ts";

/** Rules of nodes that are shared with others, and of the Kubernetes adapter, as far as they need no API server. */
export const KUBERNETES_MUTATIONS: readonly Mutation[] = [
  {
    rule: "a node takes no more instances than it has places",
    file: NODES,
    find: "taken < places ? free",
    replace: "taken <= places ? free",
  },
  {
    rule: "what is given back on a node that owes it is gone",
    file: NODES,
    find: "if (node.owed !== NO_RESOURCES) this.#payBack(node, amount);",
    replace: "",
  },
  {
    rule: "what others take, they may give back",
    file: NODES,
    find: "fits(amount, node.whole)",
    replace: "fits(amount, node.capacity)",
  },
  {
    rule: "eviction pays what a node owes first",
    file: EVICTION,
    find: "free: subtract(free, owed), places",
    replace: "free, places",
  },
  {
    rule: "eviction leaves a place for whom it is for",
    file: EVICTION,
    find: "going.places > 0 && ",
    replace: "",
  },
  {
    rule: "room that others take is said at the next look",
    file: BOARD,
    find: "if (isLess || ",
    replace: "if (",
  },
  {
    rule: "room that others give up has to last",
    file: BOARD,
    find: "sinceMs + MORE_AFTER_MS <=",
    replace: "sinceMs <=",
  },
  {
    rule: "others' pods take places",
    file: BOARD,
    find: 'wholeUnits(allocatable["pods"], 1) - pods',
    replace: 'wholeUnits(allocatable["pods"], 1)',
  },
  {
    rule: "an init container counts with the sidecars before it",
    file: REQUESTS,
    find: "sum(beside, amountsOf(resources?.requests))",
    replace: "amountsOf(resources?.requests)",
  },
  {
    rule: "a pod's overhead is on top of what is asked for the whole",
    file: REQUESTS,
    find: ", amountsOf(spec.overhead))",
    replace: ", {})",
  },
  {
    rule: "others leave no less than nothing",
    file: MAPPING,
    find: "Math.max(0, wholeUnits(allocatable[name], unit) - (taken[name] ?? 0))",
    replace: "wholeUnits(allocatable[name], unit) - (taken[name] ?? 0)",
  },
  {
    rule: "what a pod asks for is rounded up",
    file: QUANTITY,
    find: "rounded(quantity, unit, Math.ceil)",
    replace: "rounded(quantity, unit, Math.floor)",
  },
  {
    rule: "units hold all of the cores and all of the memory",
    file: HOLD,
    find: "return Math.max(share(amount.cpuMillis, unit.cpuMillis)",
    replace: "return Math.min(share(amount.cpuMillis, unit.cpuMillis)",
  },
  {
    rule: "how many pods hold capacity is written as the Deployment was last seen, or not at all",
    file: HOLD_MANIFEST,
    find: "metadata: { name, uid, resourceVersion }, spec",
    replace: "metadata: { name, uid }, spec",
  },
  {
    rule: "applying the shape of what holds says nothing of how many there are",
    file: HOLD_MANIFEST,
    find: "spec: { selector:",
    replace: "spec: { replicas: 1, selector:",
  },
  {
    rule: "replicas that /scale has are not handed over again",
    file: HOLD_DEPLOYMENT,
    find: '(subresource ?? "") === "" &&',
    replace: "",
  },
  {
    rule: "replicas of another manager are not handed over",
    file: HOLD_DEPLOYMENT,
    find: "manager === MANAGER &&",
    replace: "",
  },
];
