import type { Mutation } from "./mutant.ts";

const PREEMPTION = "allocator/core/arbiter/preemption.ts";
const PREEMPTION_HISTORY = "allocator/core/admit/preemption-history.ts";
const EVICTION = "allocator/core/eviction.ts";
const ADMISSION = "allocator/core/arbiter/admission.ts";
const CLUSTER = "sim/cluster.ts";

/** What waits, and what it may take from others. */
export const ADMISSION_MUTATIONS: readonly Mutation[] = [
  {
    rule: "who preempts has waited for its grace",
    file: PREEMPTION,
    find: "if (readyMs > nowMs) return",
    replace: "if (readyMs > nowMs + 1) return",
  },
  {
    rule: "nothing of equal priority is preempted",
    file: PREEMPTION,
    find: "if (before >= below) break;\n      const { priority, sinceMs } = worthOf(instance, state); // somebody may have joined it in this pass\n      if (priority >= below || ",
    replace:
      "if (before > below) break;\n      const { priority, sinceMs } = worthOf(instance, state);\n      if (priority > below || ",
  },
  {
    rule: "who began a moment ago is not preempted",
    file: PREEMPTION,
    find: "if (endMs <= nowMs) able.push(instance);",
    replace: "if (endMs <= nowMs + 1) able.push(instance);",
  },
  {
    rule: "what time alone prevents is looked at when it has passed",
    file: PREEMPTION,
    find: "return freeMs === null ? false : this.#lookAgainAt(freeMs);",
    replace: "return false;",
  },
  {
    rule: "a tier stays within its budget",
    file: PREEMPTION_HISTORY,
    find: "recent.length + count - budget",
    replace: "recent.length + count - budget - 1",
  },
  {
    rule: "of equal priority what began last is preempted first",
    file: "allocator/core/admit/preemptible.ts",
    find: "b.sinceMs - a.sinceMs",
    replace: "a.sinceMs - b.sinceMs",
  },
  {
    rule: "what is not needed is spared",
    file: EVICTION,
    find: "return withoutSpared(going, shape);",
    replace: "return going.victims;",
  },
  {
    rule: "what was preempted for one is for nobody behind",
    file: "allocator/core/claims.ts",
    find: "return request === null || this.#isAhead(claimant, request) || this.#isKeptFrom(request);",
    replace: "return this.#isKeptFrom(request);",
  },
  {
    rule: "a launch refused after it was told to stop is over",
    file: "allocator/core/outcomes.ts",
    find: '(instance.phase !== "starting" && instance.phase !== "stopping")',
    replace: 'instance.phase !== "starting"',
  },
  {
    rule: "a preempted request that waits for its instance does not run when that is ready",
    file: CLUSTER,
    find: "if (at >= 0) pending.splice(at, 1);",
    replace: "",
  },
  {
    rule: "who has waited as long as the bound says starves",
    file: "allocator/core/admit/starvation.ts",
    find: "sinceMs + starvationMs <= nowMs",
    replace: "sinceMs + starvationMs < nowMs",
  },
  {
    rule: "a starved request stays behind tiers that may preempt",
    file: "allocator/core/admit/starvation.ts",
    find: "tier.mayPreempt ? most : Math.max(most, tier.priority)",
    replace: "Math.max(most, tier.priority)",
  },
  {
    rule: "what becomes free is kept for who starves",
    file: ADMISSION,
    find: "state.claims.starving ??= request.id;",
    replace: "return;",
  },
  {
    rule: "the queue is looked at when somebody begins to starve",
    file: ADMISSION,
    find: "state.lookAgainAt(request.sinceMs + starvationMs);",
    replace: "return;",
  },
  {
    rule: "where its launch was refused an app is not launched for a while",
    file: "allocator/core/state.ts",
    find: "const avoided = this.launchFailures.avoided(app, nowMs);",
    replace: "const avoided = nowMs < 0 ? this.launchFailures.avoided(app, nowMs) : null;",
  },
  {
    rule: "each refusal there makes that twice as long",
    file: "allocator/core/launch-failures.ts",
    find: "2 * (failed.nodes.get(node)?.forMs ?? FIRST_MS / 2)",
    replace: "FIRST_MS",
  },
  {
    rule: "after three in a row the app itself is left alone",
    file: "allocator/core/launch-failures.ts",
    find: "const ELSEWHERE = 3;",
    replace: "const ELSEWHERE = 4;",
  },
  {
    rule: "after six in a row an owner is given up",
    file: "allocator/core/launch-failures.ts",
    find: "const TRIES = 6;",
    replace: "const TRIES = 7;",
  },
  {
    rule: "nothing is started ahead for who is given up",
    file: "allocator/core/arbiter/instance-actions.ts",
    find: "if (givenUp && request === null) return null;",
    replace: "",
  },
  {
    rule: "who is given up is tried one launch at a time",
    file: "allocator/core/launch-failures.ts",
    find: "if (tries !== undefined && isGivenUp(tries, nowMs)) tries.nextMs = nowMs + LONGEST_MS;",
    replace: "",
  },
  {
    rule: "half an hour after the last failure it is no more",
    file: "allocator/core/launch-failures.ts",
    find: "count >= TRIES && nowMs < lastMs + GIVEN_UP_MS",
    replace: "count >= TRIES && nowMs <= lastMs + GIVEN_UP_MS",
  },
  {
    rule: "an instance of it that is ready ends that",
    file: "allocator/core/launch-failures.ts",
    find: "    failed.owners.delete(owner);\n",
    replace: "",
  },
  {
    rule: "nothing is kept for one that starves while it is not launched",
    file: ADMISSION,
    find: "if (isLaunchPaused(request, this.#state, this.#out.atMs)) return true;",
    replace: "",
  },
  {
    rule: "an instance that is ready ends that",
    file: "allocator/core/launch-failures.ts",
    find: "    failed.count = 0;\n",
    replace: "",
  },
  {
    rule: "nothing is evicted where the app is not launched",
    file: EVICTION,
    find: "if (node === null || avoided?.has(node) === true) continue;",
    replace: "if (node === null) continue;",
  },
  {
    rule: "a dominant share is the largest over the resources",
    file: "allocator/core/admit/dominant-share.ts",
    find: "share = Math.max(share, held[name] / capacity[name]);",
    replace: "share += held[name] / capacity[name];",
  },
  {
    rule: "the smallest dominant share comes first",
    file: "allocator/core/admit/turns.ts",
    find: "a.userShare - b.userShare ||",
    replace: "b.userShare - a.userShare ||",
  },
  {
    rule: "a start changes whose turn it is",
    file: "allocator/core/admit/turns.ts",
    find: "  started(): void {\n    this.#order = null;",
    replace: "  started(): void {\n    this.#at += 1;",
  },
  {
    rule: "a tier's share is divided by its weight",
    file: "allocator/core/admit/turns.ts",
    find: "share / (weights[tier] as number)",
    replace: "share * (weights[tier] as number)",
  },
];
