import type { Mutation } from "./mutant.ts";

const IDLE = "allocator/core/idle-instances.ts";
const TREE = "allocator/core/room-tree.ts";

/** What is kept of idle instances, and of room, so that nobody has to look through all of it. */
export const IDLE_MUTATIONS: readonly Mutation[] = [
  {
    rule: "what is used again yields nothing any more",
    file: IDLE,
    find: "    if (instance.user !== null) this.#changedUsers.add(instance.user);\n",
    replace: "",
  },
  {
    rule: "what is idle on a node that drains yields nothing",
    file: IDLE,
    find: "      for (const { user } of on.list) if (user !== null) this.#changedUsers.add(user);\n",
    replace: "",
  },
  {
    rule: "a reservation keeps what is idle on a node from others as soon as it covers it",
    file: IDLE,
    find: "      this.#changedNodes.add(node); // what its reservation covers there is for nobody else\n",
    replace: "",
  },
  {
    rule: "what is reserved changes what the idle yield",
    file: "allocator/core/ledger.ts",
    find: "    this.quotas?.use(account.tier, growth);\n    this.changed.add(user);\n",
    replace: "    this.quotas?.use(account.tier, growth);\n",
  },
  {
    rule: "a user's own idle instances make room for it on their node",
    file: IDLE,
    find: "if (instance.user !== user && !ledger.wouldFree(instance.user, instance.size)) continue;",
    replace: "if (!ledger.wouldFree(instance.user, instance.size)) continue;",
  },
  {
    rule: "and in the ledger",
    file: IDLE,
    find: "const taken = this.#ofUsers[user]?.taken ?? NO_RESOURCES;",
    replace: "const taken = NO_RESOURCES;",
  },
  {
    rule: "what cannot be had with all that is idle gone is not hopeless where an instance is there",
    file: "allocator/core/arbiter/admission.ts",
    find: "    return !this.#hasInstanceFor(request);",
    replace: "    return true;",
  },
  {
    rule: "where a place gains room, it is searched for again",
    file: TREE,
    find: "    if (room !== null && !this.#fitsIn(room, at)) this.#answers.clear();\n",
    replace: "",
  },
  {
    rule: "where the first place has too little by now, the next is searched for",
    file: TREE,
    find: "if (known !== undefined && this.fits(amount, known)) return known;",
    replace: "if (known !== undefined) return known;",
  },
];
