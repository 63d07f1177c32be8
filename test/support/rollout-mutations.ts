import type { Mutation } from "./mutant.ts";

/** For whom a candidate decides, and what it leaves alone. */
export const ROLLOUT_MUTATIONS: readonly Mutation[] = [
  {
    rule: "a candidate decides for its share alone",
    file: "allocator/core/state.ts",
    find: 'this.rollout.stage === "full" || (user !== null && this.isInCanary(user))',
    replace: "user !== null",
  },
  {
    rule: "what is nobody's own stays with the policy in force until the candidate decides for all",
    file: "allocator/core/state.ts",
    find: 'this.rollout.stage === "full" || (user !== null',
    replace: "(user !== null",
  },
  {
    rule: "rolled back, a candidate decides for nobody",
    file: "allocator/core/state.ts",
    find: 'if (rollout === null || rollout.stage === "rolled_back") return false;',
    replace: "if (rollout === null) return false;",
  },
  {
    rule: "the policy in force learns from those for whom the candidate decides",
    file: "allocator/core/arbiter/reservations.ts",
    find: "for (const other of reserves) if (other !== reserve) other.want(account, nowMs);",
    replace: "",
  },
  {
    rule: "what is idle of those who change hands is looked at at once",
    file: "allocator/core/regime.ts",
    find: "if (isIdle(instance) && moved.has(state.groupOf(instance).user)) this.#arbiter",
    replace: "if (false) this.#arbiter",
  },
  {
    rule: "another seed draws others",
    file: "allocator/core/rollout.ts",
    find: "new RandomStream(seed, `canary",
    replace: "new RandomStream(0, `canary",
  },
  {
    rule: "who was rolled back does not begin again",
    file: "allocator/live/stages.ts",
    find: "rollout !== null && isOf(rollout, trial);",
    replace: 'rollout !== null && rollout.stage !== "rolled_back" && isOf(rollout, trial);',
  },
];
