import type { Mutation } from "./mutant.ts";

/** For whom instances are started ahead of their asking. */
export const AHEAD_MUTATIONS: readonly Mutation[] = [
  {
    rule: "nothing is started ahead for who may not run it, or does not want that",
    file: "allocator/core/arbiter/warmth.ts",
    find: "const mayStart = group.live < target && this.#state.mayStartAhead(group.user, group.app);",
    replace: "const mayStart = true;",
  },
  {
    rule: "a wish against instances ahead is about the apps that it names",
    file: "allocator/core/ledger.ts",
    find: "!this.account(user).optOut.includes(app)",
    replace: "this.account(user).optOut.length === 0",
  },
  {
    rule: "permission counts for what is started ahead",
    file: "allocator/core/ledger.ts",
    find: "return this.mayRun(user, app) && !",
    replace: "return !",
  },
  {
    rule: "one user's forecast of a shared app starts nothing against its wish",
    file: "allocator/core/strategies/warm-from-forecast.ts",
    find: "if (user !== null && group.user === null && !groups.mayStartAhead(user, app)) continue;",
    replace: "",
  },
  {
    rule: "replicas are for who may run the app",
    file: "allocator/core/arbiter/replication.ts",
    find: "if (group.user !== null && !ledger.mayRun(group.user, group.app)) return;",
    replace: "",
  },
];
