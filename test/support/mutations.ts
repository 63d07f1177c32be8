import { EVENT_RANK } from "../../allocator/core/events.ts";
import { ADMISSION_MUTATIONS } from "./admission-mutations.ts";
import { AHEAD_MUTATIONS } from "./ahead-mutations.ts";
import { BUDGET_MUTATIONS } from "./budget-mutations.ts";
import { FREEZE_MUTATIONS } from "./freeze-mutations.ts";
import { IDLE_MUTATIONS } from "./idle-mutations.ts";
import { JOINT_MUTATIONS } from "./joint-mutations.ts";
import { KARPENTER_MUTATIONS } from "./karpenter-mutations.ts";
import { KUBERNETES_MUTATIONS } from "./kubernetes-mutations.ts";
import { MODEL_MUTATIONS } from "./model-mutations.ts";
import type { Mutation } from "./mutant.ts";
import { POOL_MUTATIONS } from "./pool-mutations.ts";
import { QUOTA_MUTATIONS } from "./quota-mutations.ts";
import { RESERVE_MUTATIONS } from "./reserve-mutations.ts";
import { ROLLOUT_MUTATIONS } from "./rollout-mutations.ts";
import { SCORING_MUTATIONS } from "./scoring-mutations.ts";
import { STRATEGY_MUTATIONS } from "./strategy-mutations.ts";
import { USER_QUOTA_MUTATIONS } from "./user-quota-mutations.ts";
import { WORLD_MUTATIONS } from "./world-mutations.ts";

const EVENTS = "allocator/core/events.ts";
const CORE = "allocator/core/core.ts";
const ADMISSION = "allocator/core/arbiter/admission.ts";
const ACTIONS = "allocator/core/arbiter/instance-actions.ts";
const REPLICATION = "allocator/core/arbiter/replication.ts";
const RESERVATIONS = "allocator/core/arbiter/reservations.ts";
const ARBITER = "allocator/core/arbiter.ts";
const WARM = "allocator/core/strategies/warm.ts";
const REPLICA_METRICS = "allocator/core/strategies/replica-metrics.ts";
const SCALING_HISTORY = "allocator/core/strategies/scaling-history.ts";
const AGENDA = "allocator/core/agenda.ts";
const WAITING = "allocator/core/waiting.ts";
const LEDGER = "allocator/core/ledger.ts";
const HOLDINGS = "allocator/core/holdings.ts";
const EVICTION = "allocator/core/eviction.ts";
const REQUESTS = "reports/metrics/request-ledger.ts";
const QUEUE = "sim/event-queue.ts";
const CLUSTER = "sim/cluster.ts";

/** Every kind of event, moved past the next rank. */
const RANKS: Mutation[] = Object.entries(EVENT_RANK).map(([kind, rank]) => ({
  rule: `the rank of ${kind}`,
  file: EVENTS,
  find: `  ${kind}: ${rank},`,
  replace: `  ${kind}: ${rank === Math.max(...Object.values(EVENT_RANK)) ? 0 : rank + 1.5},`,
}));

const RULES: Mutation[] = [
  {
    rule: "keep-alive counts from the end of execution",
    file: "allocator/core/outcomes.ts",
    find: "if (isIdle(instance)) this.#arbiter.warmth.settleIdle(instance, nowMs);",
    replace: "if (isIdle(instance)) this.#arbiter.warmth.settleIdle(instance, nowMs + 1);",
  },
  {
    rule: "keep-alive lasts its full time",
    file: WARM,
    find: "untilMs: sinceMs + this.#ttlMs }",
    replace: "untilMs: sinceMs + Math.max(0, this.#ttlMs - 1) }",
  },
  {
    rule: "use puts an end to the keep-alive that ran",
    file: ACTIONS,
    find: "    instance.keepUntilMs = null;\n    instance.requests.push(request.id);",
    replace: "    instance.requests.push(request.id);",
  },
  {
    rule: "a later keep-alive is looked at when it is due, not before",
    file: CORE,
    find: "if (instance.keepUntilMs > nowMs) return this.#arbiter.warmth.wakeFor(instance, instance.keepUntilMs);",
    replace: "",
  },
  {
    rule: "the stop comes at the end of the keep-alive, not after",
    file: CORE,
    find: "if (instance.keepUntilMs > nowMs)",
    replace: "if (instance.keepUntilMs >= nowMs)",
  },
  {
    rule: "a policy with no warm rule keeps nothing",
    file: WARM,
    find: `return { keep: "none", rule: "nothing_kept" };`,
    replace: `return { keep: "open" };`,
  },
  {
    rule: "the most recently used idle instance comes first",
    file: ADMISSION,
    find: "for (let at = list.last; at !== null; at = at.lookup.previous?.owner ?? null) {",
    replace: "for (let at = list.first; at !== null; at = at.lookup.next?.owner ?? null) {",
  },
  {
    rule: "instances stay with their user unless the app is shared",
    file: "allocator/core/state.ts",
    find: "return this.instances.group(this.app(app).shared ? null : user, app);",
    replace: "return this.instances.group(null, app);",
  },
  {
    rule: "a shared app's instances serve anyone",
    file: "allocator/core/state.ts",
    find: "return this.instances.group(this.app(app).shared ? null : user, app);",
    replace: "return this.instances.group(user, app);",
  },
  {
    rule: "one request at a time unless the app says otherwise",
    file: "allocator/core/state.ts",
    find: "return instance.requests.length < this.app(instance.app).concurrency;",
    replace: "return instance.requests.length <= this.app(instance.app).concurrency;",
  },
  {
    rule: "a ready shadow before one that is starting",
    file: ADMISSION,
    find: `      this.#actions.bindTo(shadows.ready.last, request, "shadow_hit") ||\n      this.#bindToEarliest(group.incoming, request) ||\n`,
    replace: `      this.#bindToEarliest(group.incoming, request) ||\n      this.#actions.bindTo(shadows.incoming.first, request, "late_join") ||\n      this.#actions.bindTo(shadows.ready.last, request, "shadow_hit") ||\n`,
  },
  {
    rule: "a starting shadow before a new instance",
    file: ADMISSION,
    find: `      this.#actions.bindTo(shadows.incoming.first, request, "late_join") ||\n`,
    replace: "",
  },
  {
    rule: "a suspended instance before a new one",
    file: ADMISSION,
    find: "      if (this.#actions.resume(at, request)) return true;\n",
    replace: "",
  },
  {
    rule: "the queue is ordered by priority first",
    file: WAITING,
    find: "a.priority > b.priority;",
    replace: "a.priority < b.priority;",
  },
  {
    rule: "the queue is ordered by arrival among equals",
    file: WAITING,
    find: "a.arrival < b.arrival",
    replace: "a.arrival > b.arrival",
  },
  {
    rule: "idle instances are evicted before a request queues",
    file: ADMISSION,
    find: "    if (!this.#makeRoom(request)) this.#preemption.makeRoom(request);\n",
    replace: "",
  },
  {
    rule: "the lowest tier is evicted first",
    file: EVICTION,
    find: "a.priority - b.priority || b.id - a.id",
    replace: "b.priority - a.priority || b.id - a.id",
  },
  {
    rule: "in a tier the least recently used is evicted first",
    file: EVICTION,
    find: "if (ranking === undefined) return idle;",
    replace: "if (ranking === undefined) return [...idle].reverse();",
  },
  {
    rule: "shadows are evicted before anyone's instances",
    file: EVICTION,
    find: "  for (const instance of idle.at(0)) if (isUsable(instance, state)) yield instance;\n  for (const { id } of tiers) {",
    replace: "  for (const { id } of [...tiers, { id: -1 }]) {",
  },
  {
    rule: "what a reservation covers makes room for its own user",
    file: "allocator/core/eviction.ts",
    find: "if (owner === user || owner === null) return true;",
    replace: "if (owner === null) return true;",
  },
  {
    rule: "what a reservation covers is not evicted for another",
    file: "allocator/core/eviction.ts",
    find: "return ledger.wouldFree(owner, instance.size, gone);",
    replace: "return ledger.wouldFree(owner, instance.size) || gone.cpuMillis < 0;",
  },
  {
    rule: "eviction is all or nothing",
    file: "allocator/core/eviction.ts",
    find: "  if (!enough) return [];\n",
    replace: "",
  },
  {
    rule: "a shared instance that a reservation covers is passed over, an older one is taken",
    file: ADMISSION,
    find: `if (this.#actions.bindTo(at, request, "warm_hit")) return true;`,
    replace: `return this.#actions.bindTo(at, request, "warm_hit");`,
  },
  {
    rule: "what a request leaves goes to those who wait before the warm rule speaks",
    file: "allocator/core/outcomes.ts",
    find: "    this.#arbiter.admission.serveWaiting();\n    if (isIdle(instance))",
    replace: "    if (isIdle(instance))",
  },
  {
    rule: "a refused launch is tried elsewhere at once",
    file: "allocator/core/outcomes.ts",
    find: "admission.serveWaiting(); // elsewhere, if there is room",
    replace: "",
  },
  {
    rule: "a node that turns out to have more is given it",
    file: "allocator/core/nodes.ts",
    find: "offer?.offered ?? maximum(subtract(known.capacity, known.owed), whole)",
    replace: "offer?.offered ?? subtract(known.capacity, known.owed)",
  },
  {
    rule: "what a node that drains gives back backs nothing",
    file: "allocator/core/nodes.ts",
    find: `if (node.state === "draining") this.#backing = subtract(this.#backing, amount);`,
    replace: "",
  },
  {
    rule: "reservations that nothing backs any more are let go",
    file: ARBITER,
    find: "    this.reservations.trim();\n    this.admission.serveWaiting();",
    replace: "    this.admission.serveWaiting();",
  },
  {
    rule: "a reservation never exceeds what capacity can back",
    file: LEDGER,
    find: "if (capacity === null) return within;",
    replace: "return within;",
  },
  {
    rule: "a user of whom a forecast speaks is reviewed at every tick",
    file: RESERVATIONS,
    find: " && !reserve.expects(user, nowMs)",
    replace: "",
  },
  {
    rule: "prewarmed instances are launched their start-up time ahead",
    file: "allocator/core/strategies/path.ts",
    find: "firstStepMs + entering * stepMs - startUpMs :",
    replace: "firstStepMs + entering * stepMs :",
  },
  {
    rule: "a user holds the larger of the reservation and the instances",
    file: HOLDINGS,
    find: "return subtract(maximum(reserved, add(instances, size)), maximum(reserved, instances));",
    replace: "return size;",
  },
  {
    rule: "a deadline is due at its instant",
    file: AGENDA,
    find: "first.atMs > nowMs",
    replace: "first.atMs >= nowMs",
  },
  {
    rule: "the core asks for a timer at its earliest deadline",
    file: ARBITER,
    find: "state.timer.atMs <= nextMs",
    replace: "state.timer.atMs >= nextMs",
  },
  {
    rule: "events at equal times are popped in order of rank",
    file: QUEUE,
    find: "return rank * RANK_UNIT + sequence;",
    replace: "return sequence;",
  },
  {
    rule: "events of equal time and rank are popped in order of sequence",
    file: QUEUE,
    find: "return rank * RANK_UNIT + sequence;",
    replace: "return rank * RANK_UNIT;",
  },
  {
    rule: "the earliest event is popped",
    file: QUEUE,
    find: "if (childMs < leastMs ||",
    replace: "if (childMs > leastMs ||",
  },
  {
    rule: "arrivals merge with what is scheduled by rank",
    file: CLUSTER,
    find: "arrivalMs < atMs || (arrivalMs === atMs && arrivalOrder < order)",
    replace: "arrivalMs <= atMs",
  },
  {
    rule: "ticks merge by rank",
    file: CLUSTER,
    find: "this.#nextTickMs < atMs || (this.#nextTickMs === atMs && TICK_ORDER < order)",
    replace: "this.#nextTickMs < atMs",
  },
  {
    rule: "forecasts merge by rank",
    file: CLUSTER,
    find: "availableMs < atMs || (availableMs === atMs && batchOrder < order)",
    replace: "availableMs < atMs",
  },
  {
    rule: "the window ends before its last instant",
    file: CLUSTER,
    find: "(event.atMs === this.#trace.manifest.window.endMs &&",
    replace: "(false &&",
  },
  {
    rule: "an execution begins when its instance is ready",
    file: CLUSTER,
    find: "if (instance.ready) this.#execute(request, id, this.#nowMs);",
    replace: "if (instance.ready || instance.pending.length === 0) this.#execute(request, id, this.#nowMs);",
  },
  {
    rule: "a cold start takes its time",
    file: CLUSTER,
    find: "this.#startUp(this.#app(app).coldStartMs)",
    replace: "this.#startUp(Math.max(0, this.#app(app).coldStartMs - 1))",
  },
  {
    rule: "a resumption takes its time",
    file: CLUSTER,
    find: "this.#startUp(this.#app(instance.app).resumeMs)",
    replace: "this.#startUp(this.#app(instance.app).coldStartMs)",
  },
  {
    rule: "a preempted request does not end when it would have",
    file: CLUSTER,
    find: "this.#endsMs[decision.request] = Number.NaN;",
    replace: "",
  },
  {
    rule: "a latency equal to the target meets it",
    file: REQUESTS,
    find: "waitedMs > this.#tiers",
    replace: "waitedMs >= this.#tiers",
  },
  {
    rule: "a request that waits at the end of the window violates if it is past its target",
    file: REQUESTS,
    find: "    this.#checkTarget(request, atMs - request.arrivedMs);\n  }\n\n  #checkTarget",
    replace: "  }\n\n  #checkTarget",
  },
  {
    rule: "a request that arrives as the evaluation starts counts",
    file: "reports/metrics/run-account.ts",
    find: "this.nowMs >= this.#bins.fromMs",
    replace: "this.nowMs > this.#bins.fromMs",
  },
  {
    rule: "what happens at the end of the window is outside it",
    file: "reports/metrics/run-metrics.ts",
    find: "event.atMs >= toMs &&",
    replace: "event.atMs > toMs &&",
  },
  {
    rule: "latency is that of the first start",
    file: REQUESTS,
    find: "if (request.startedMs !== null) return;\n    request.startedMs = atMs;",
    replace: "request.startedMs = atMs;",
  },
  {
    rule: "a control interval without a sample of its own has the last one's demand",
    file: LEDGER,
    find: "account.peakDemand = maximum(account.peakDemand, account.usage);",
    replace: "",
  },
  {
    rule: "of a measured user that is silent nothing is known",
    file: LEDGER,
    find: "return usageUntilMs !== null && !sampled && nowMs > usageUntilMs;",
    replace: "return false;",
  },
  {
    rule: "a limit cuts what is used at what is reserved",
    file: "sim/measured-use.ts",
    find: "(limit === 0 ? wanted : Math.min(wanted, limit))",
    replace: "wanted",
  },
  {
    rule: "replicas: a request starts no instance beyond those that there are to be",
    file: REPLICATION,
    find: "return replicas === null || group.live < replicas.wanted(group);",
    replace: "return true;",
  },
  {
    rule: "replicas: no idle instance is evicted",
    file: ADMISSION,
    find: "if (state.replicas !== null) return false; // its instances are wanted, idle or not",
    replace: "",
  },
  {
    rule: "replicas: an instance with room serves those that waited while it started",
    file: "allocator/core/outcomes.ts",
    find: "if (mayLaunch || this.#state.replicas !== null) this.#arbiter.admission.serveWaiting();",
    replace: "if (mayLaunch) this.#arbiter.admission.serveWaiting();",
  },
  {
    rule: "replicas: pods that are not ready count as using nothing on the way up",
    file: REPLICA_METRICS,
    find: "if (countsUnready) counted.push(...unready.map(({ request }) => ({ use: 0, request })));",
    replace: "",
  },
  {
    rule: "replicas: a recommendation of exactly a window ago is over",
    file: SCALING_HISTORY,
    find: "if (atMs > nowMs - down.stabilizationMs)",
    replace: "if (atMs >= nowMs - down.stabilizationMs)",
  },
  {
    rule: "replicas: a group at rest is looked at again when it is used",
    file: "allocator/core/strategies/hpa.ts",
    find: "    } else this.#wake(group.id, scaled);",
    replace: "    }",
  },
  {
    rule: "size: no instance is smaller than what its request asks for",
    file: "allocator/core/state.ts",
    find: "return minimum(maximum(wanted, asked), this.app(app).shape);",
    replace: "return minimum(wanted, this.app(app).shape);",
  },
  {
    rule: "size: no instance is larger than its app's shape",
    file: "allocator/core/state.ts",
    find: "return minimum(maximum(wanted, asked), this.app(app).shape);",
    replace: "return maximum(wanted, asked);",
  },
  {
    rule: "size: what an instance shrinks by is not given back before the world reports it",
    file: ACTIONS,
    find: "this.resized(instance, maximum(instance.size, size));",
    replace: "this.resized(instance, size);",
  },
  {
    rule: "ARIMA: the unit of the values does not decide the order",
    file: "allocator/core/strategies/arima.ts",
    find: "w.length * log(variance)",
    replace: "count * log(variance)",
  },
  {
    rule: "the keep-alive window of what is started ahead begins with the start",
    file: "allocator/core/strategies/hybrid-histogram.ts",
    find: "const fromMs = startMs ?? times.idleSinceMs ?? sinceMs;",
    replace: "const fromMs = times.idleSinceMs ?? sinceMs;",
  },
  {
    rule: "a histogram is believed when it is peaked, not when it is flat",
    file: "allocator/core/strategies/hybrid-histogram.ts",
    find: "times.squaredVariation(bins) < threshold * threshold",
    replace: "times.squaredVariation(bins) > threshold * threshold",
  },
];

/** Every way in which the product is broken by `npm run mutations`. */
export const MUTATIONS: readonly Mutation[] = [
  ...RANKS,
  ...RULES,
  ...MODEL_MUTATIONS,
  ...AHEAD_MUTATIONS,
  ...ADMISSION_MUTATIONS,
  ...POOL_MUTATIONS,
  ...QUOTA_MUTATIONS,
  ...USER_QUOTA_MUTATIONS,
  ...BUDGET_MUTATIONS,
  ...FREEZE_MUTATIONS,
  ...IDLE_MUTATIONS,
  ...JOINT_MUTATIONS,
  ...KARPENTER_MUTATIONS,
  ...KUBERNETES_MUTATIONS,
  ...ROLLOUT_MUTATIONS,
  ...RESERVE_MUTATIONS,
  ...SCORING_MUTATIONS,
  ...STRATEGY_MUTATIONS,
  ...WORLD_MUTATIONS,
];
