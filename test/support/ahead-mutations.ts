import type { Mutation } from "./mutant.ts";

const HAND_OVER = "allocator/core/arbiter/hand-over.ts";
const SUSPENSION = "allocator/core/arbiter/suspension.ts";

/** For whom instances are started ahead of their asking, and what is suspended. */
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
  {
    rule: "what is kept no longer is suspended where the policy says so",
    file: SUSPENSION,
    find: "if (suspendMs === null || instance.user === null || drains)",
    replace: "if (true)",
  },
  {
    rule: "a shadow is not suspended",
    file: SUSPENSION,
    find: "|| instance.user === null || drains",
    replace: "|| drains",
  },
  {
    rule: "nothing is suspended where it could not be resumed",
    file: SUSPENSION,
    find: "|| instance.user === null || drains",
    replace: "|| instance.user === null",
  },
  {
    rule: "a suspension ends",
    file: SUSPENSION,
    find: "suspendMs === null ? null : nowMs + suspendMs",
    replace: "null",
  },
  {
    rule: "a suspended instance holds nothing",
    file: SUSPENSION,
    find: "    this.#actions.vacate(instance);\n    state.instances.placeIdle",
    replace: "    state.instances.placeIdle",
  },
  {
    rule: "what is wanted ahead is resumed before it is launched",
    file: "allocator/core/arbiter/warmth.ts",
    find: "return this.#suspension.resumeAhead(group, why) || this",
    replace: "return this",
  },
  {
    rule: "of suspended ones any that has room resumes",
    file: "allocator/core/arbiter/admission.ts",
    find: "for (let at = group.suspended.last; at !== null; at = at.lookup.previous?.owner ?? null) {",
    replace: "for (let at = group.suspended.last; at !== null; at = null) {",
  },
  {
    rule: "a refused suspension or resumption is undone",
    file: SUSPENSION,
    find: "if (asked === null || asked.seq",
    replace: "if (true || asked.seq",
  },
  {
    rule: "a refused resumption holds nothing",
    file: "reports/metrics/run-account.ts",
    find: "      return this.suspend(id);",
    replace: "      return;",
  },
  {
    rule: "what is handed over takes no more requests",
    file: HAND_OVER,
    find: "    old.handedOver = true;",
    replace: "",
  },
  {
    rule: "a replacement counts instead of what it replaces",
    file: HAND_OVER,
    find: "    state.count(old, -1); // the new one counts instead of it",
    replace: "",
  },
  {
    rule: "who waits comes before who is replaced",
    file: HAND_OVER,
    find: " || waiting.size > 0",
    replace: "",
  },
  {
    rule: "a replacement is started ahead, for who wants that",
    file: HAND_OVER,
    find: " || !state.mayStartAhead(old.user, old.app)",
    replace: "",
  },
  {
    rule: "a lost replacement leaves the old one as it was",
    file: HAND_OVER,
    find: "    old.replacement = null;\n",
    replace: "",
  },
  {
    rule: "an idle instance stops once it is handed over",
    file: HAND_OVER,
    find: "if (isIdle || ",
    replace: "if (",
  },
  {
    rule: "a handed over instance stops with its last request",
    file: "allocator/core/arbiter/warmth.ts",
    find: "    if (instance.handedOver)\n      return this.#actions.stop(",
    replace: "    if (instance.user === undefined)\n      return this.#actions.stop(",
  },
  {
    rule: "a refusal that is told twice is one",
    file: "allocator/core/arbiter/instance-actions.ts",
    find: "    instance.asked = null; // should it not be resumed, that it stops is enough",
    replace: "",
  },
];
