import type { Mutation } from "./mutant.ts";

const BUDGET = "allocator/core/budget.ts";

/** What may be held in all. */
export const BUDGET_MUTATIONS: readonly Mutation[] = [
  {
    rule: "reservations stay within what may be held in all",
    file: BUDGET,
    find: "subtract(wanted, held)), room);",
    replace: "subtract(wanted, held)), wanted);",
  },
  {
    rule: "what is held costs no more than the budget",
    file: BUDGET,
    find: "const share = cost <= left ? 1 : left / cost;",
    replace: "const share = left < 0 ? 0 : 1;",
  },
  {
    rule: "a day's budget is for all that is left of the day",
    file: BUDGET,
    find: "const leftMs = DAY_MS - (nowMs % DAY_MS);",
    replace: "const leftMs = DAY_MS;",
  },
  {
    rule: "what was spent counts",
    file: BUDGET,
    find: "this.#spentMicros += micros;",
    replace: "",
  },
  {
    rule: "what is held ahead makes way for requests",
    file: "allocator/core/arbiter/reservations.ts",
    find: "if (!frozen) this.#keepToBudget(nowMs);",
    replace: "",
  },
  {
    rule: "nothing is started ahead beyond the budget",
    file: "allocator/core/arbiter/warmth.ts",
    find: "if (budget !== null && !budget.hasRoom(ledger.total, growth, nowMs)) return false;",
    replace: "",
  },
];
