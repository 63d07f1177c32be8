import type { Mutation } from "./mutant.ts";

/** What is not done while it is frozen. */
export const FREEZE_MUTATIONS: readonly Mutation[] = [
  {
    rule: "frozen, what is idle is kept past its time",
    file: "allocator/core/arbiter/warmth.ts",
    find: "    if (this.#state.frozen) {\n      instance.keepUntilMs = null;\n      return;\n    }\n    if (instance.phase",
    replace: "    if (instance.phase",
  },
  {
    rule: "frozen, reservations stay at a tick",
    file: "allocator/core/arbiter/reservations.ts",
    find: "if (!frozen && wanted",
    replace: "if (wanted",
  },
  {
    rule: "frozen, nobody is preempted",
    file: "allocator/core/arbiter/preemption.ts",
    find: "replicas !== null || frozen) return false;",
    replace: "replicas !== null) return false;",
  },
  {
    rule: "frozen, pools keep their nodes",
    file: "allocator/core/arbiter/pool-sizing.ts",
    find: "if (!this.#state.frozen) for",
    replace: "for",
  },
  {
    rule: "after a freeze, what was suspended for long enough stops",
    file: "allocator/core/regime.ts",
    find: 'instance.phase === "suspended" && instance.keepUntilMs === null',
    replace: "false",
  },
];
