import type { Mutation } from "./mutant.ts";

const AUTOSCALER = "allocator/core/strategies/cluster-autoscaler.ts";
const AHEAD = "allocator/core/strategies/pool-ahead.ts";
const LEAVING = "allocator/core/pools/leaving.ts";

/** How many nodes pools have. */
export const POOL_MUTATIONS: readonly Mutation[] = [
  {
    rule: "who fits only a node that a pool could be given waits",
    file: "allocator/core/state.ts",
    find: "return this.nodes.couldEverFit(amount) || this.pools.couldBeGiven(amount);",
    replace: "return this.nodes.couldEverFit(amount);",
  },
  {
    rule: "a node is unneeded for longer than the time",
    file: AUTOSCALER,
    find: "+ unneededMs < nowMs",
    replace: "+ unneededMs <= nowMs",
  },
  {
    rule: "nothing shrinks soon after a pool grew",
    file: AUTOSCALER,
    find: "this.#grewMs + delayAfterAddMs > nowMs",
    replace: "this.#grewMs > nowMs",
  },
  {
    rule: "nodes that are late are called off",
    file: AUTOSCALER,
    find: "if (late.length > 0) return late;",
    replace: "if (late.length > 9) return late;",
  },
  {
    rule: "a node that is to leave is not let go twice",
    file: LEAVING,
    find: "ordersMs.length === 0 && nodes.readyIn(id) <= asked",
    replace: "ordersMs.length === 0",
  },
  {
    rule: "nothing shrinks while nodes are on their way",
    file: LEAVING,
    find: "return ordersMs.length === 0 && ",
    replace: "return ",
  },
  {
    rule: "a pool that was refused is left alone",
    file: "allocator/core/pools/backoff.ts",
    find: "before.lastMs + before.forMs <= nowMs",
    replace: "before.lastMs <= nowMs",
  },
  {
    rule: "longer each time",
    file: "allocator/core/pools/backoff.ts",
    find: "2 * before.forMs",
    replace: "before.forMs",
  },
  {
    rule: "what is on its way counts",
    file: "allocator/core/pools/lacking-room.ts",
    find: "Math.max(0, asked - nodes.readyIn(id))",
    replace: "Math.max(0, nodes.readyIn(id) - asked)",
  },
  {
    rule: "a node stays while what is on it has room nowhere else",
    file: LEAVING,
    find: "if (to < 0) {",
    replace: "if (to < -1) {",
  },
  {
    rule: "a node stays while a reservation needs it",
    file: LEAVING,
    find: "if (!fits(this.#state.ledger.total, backing)) return false;",
    replace: "",
  },
  {
    rule: "the emptiest node leaves first",
    file: LEAVING,
    find: "taken(a) - taken(b)",
    replace: "taken(b) - taken(a)",
  },
  {
    rule: "the larger are packed first",
    file: "allocator/core/pools/packing.ts",
    find: "share(b) - share(a)",
    replace: "share(a) - share(b)",
  },
  {
    rule: "the pool that costs less for what it takes in grows",
    file: "allocator/core/pools/expander.ts",
    find: "cost(a) - cost(b) ||",
    replace: "",
  },
  {
    rule: "what is on a node that leaves takes no more requests",
    file: "allocator/core/arbiter/pool-sizing.ts",
    find: "instance.handedOver = true;",
    replace: "",
  },
  {
    rule: "room to spare is beyond what is held and waits",
    file: AHEAD,
    find: "scaleUp(now, 1_000_000 + this.#spec.sparePpm)",
    replace: "now",
  },
  {
    rule: "a pool has never less than reacting would give",
    file: AHEAD,
    find: "const needed = maximum(reactive, expected);",
    replace: "const needed = this.#expected === null ? reactive : expected;",
  },
  {
    rule: "as far ahead as a node takes, and until the next scan",
    file: AHEAD,
    find: "state.pools.leadMs(ahead.leadPpm) + this.everyMs",
    replace: "this.everyMs",
  },
  {
    rule: "how long nodes take is learned",
    file: "allocator/core/pools/pool-table.ts",
    find: "took.quantile(levelPpm) ?? provisionMs",
    replace: "provisionMs",
  },
  {
    rule: "what was needed lately is kept",
    file: AHEAD,
    find: "const keep = this.#needed.value;",
    replace: "const keep = state.ledger.total;",
  },
  {
    rule: "a bin of the season forgets what it held a season ago when it begins",
    file: "allocator/core/pools/season-peaks.ts",
    find: "if (bin !== this.#last) this.#bins[this.#at(bin)] = NO_RESOURCES;",
    replace: "",
  },
  {
    rule: "the dearest pool shrinks first",
    file: AHEAD,
    find: "price(b) - price(a)",
    replace: "price(a) - price(b)",
  },
  {
    rule: "a node that is lost is one less of its pool",
    file: "allocator/core/pools/pool-table.ts",
    find: "pool.asked = Math.min(pool.asked, ready + pool.ordersMs.length);",
    replace: "",
  },
  {
    rule: "a node to which something would move stays",
    file: LEAVING,
    find: "if (!equal(this.#free[at] as Resources, free)) return false;",
    replace: "",
  },
  {
    rule: "nodes with nothing on them leave before others",
    file: LEAVING,
    find: "for (const mayWork of [false, true]) {",
    replace: "for (const mayWork of [true]) {",
  },
];
