import type { Mutation } from "./mutant.ts";

const JOINT = "allocator/core/strategies/joint.ts";

/** How many instances there are and how large each is, of one forecast. */
export const JOINT_MUTATIONS: readonly Mutation[] = [
  {
    rule: "an instance is made larger before another is started",
    file: JOINT,
    find: "Math.ceil(super.needed(group, nowMs) / this.#places(group))",
    replace: "super.needed(group, nowMs) + 0 * this.#places(group)",
  },
  {
    rule: "an instance has as many places as its app's shape has room for",
    file: JOINT,
    find: "Math.min(concurrency, timesIn(maximum(asked.now, asked.before), shape))",
    replace: "concurrency",
  },
  {
    rule: "each instance is as large as its part of the forecast",
    file: JOINT,
    find: "Math.max(1, requests.length, Math.min(left, places))",
    replace: "places",
  },
  {
    rule: "what one takes is not expected of the next",
    file: JOINT,
    find: "      left -= some;\n",
    replace: "",
  },
  {
    rule: "those that run most are filled first",
    file: JOINT,
    find: "b.requests.length - a.requests.length ||",
    replace: "",
  },
  {
    rule: "a new instance is as large as what the others leave to it",
    file: JOINT,
    find: "- group.live * places;",
    replace: ";",
  },
  {
    rule: "what requests asked for is forgotten",
    file: JOINT,
    find: "      asked.now = NO_RESOURCES;\n",
    replace: "",
  },
  {
    rule: "instances are as large as the next control interval needs",
    file: JOINT,
    find: "return startUpMs + this.#everyMs;",
    replace: "return startUpMs + 0 * this.#everyMs;",
  },
  {
    rule: "a forecast that asks for less may make room",
    file: "allocator/core/core.ts",
    find: "      }\n    }\n    if (state.sizesVary) this.#arbiter.admission.serveWaiting();\n",
    replace: "      }\n    }\n",
  },
  {
    rule: "its forecasts count requests, not instances",
    file: "models/clairvoyant.ts",
    find: "const each = countsRequests ? 1 :",
    replace: "const each = countsRequests && trace === null ? 1 :",
  },
];
