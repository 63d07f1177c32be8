import type { ElasticPool } from "../../allocator/core/events.ts";
import type {
  AdmitSpec,
  BudgetSpec,
  ClusterAutoscalerSpec,
  GuardSpec,
  Policy,
  PoolSpec,
  QuotaSpec,
  UserQuotasSpec,
} from "../../allocator/core/policy.ts";
import type { RandomStream } from "../../allocator/core/random.ts";
import type { Resources } from "../../allocator/core/resources.ts";
import { indivisible, type Rollout } from "../../allocator/core/rollout.ts";
import type { State } from "../../allocator/core/state.ts";

/** Bounds on what is reserved, any of them. */
export function randomGuard(random: RandomStream): GuardSpec {
  const one = chooser(random);
  return {
    ...one<GuardSpec>([{}, { least: { cpuMillis: 500 }, most: { cpuMillis: 2_000, memoryMiB: 1_500 } }]),
    ...one<GuardSpec>([{}, { margin: { memoryMiB: 100 } }]),
    ...one<GuardSpec>([{}, { raisePpm: 300_000 }]),
    ...one<GuardSpec>([{}, { holdMs: 1 + random.below(400) }]),
    ...one<GuardSpec>([{}, { hysteresisPpm: 200_000 }]),
    ...one<GuardSpec>([{}, { atOnce: true }]),
  };
}

/** What may be held in all, or cost; prices are so high that a world of seconds feels them. */
export function randomBudget(random: RandomStream): BudgetSpec {
  const one = chooser(random);
  const priceMicros = { cpuMillis: 1_000_000, memoryMiB: 7, gpuMillis: one([0, 3_000_000]), networkKbps: 0 };
  const costs = one([
    { perHourMicros: 3_000_000 },
    { perDayMicros: 60_000_000 },
    { perHourMicros: 5_000_000, perDayMicros: 500 },
  ]);
  return one<BudgetSpec>([{ most: { cpuMillis: 3_000, gpuMillis: 500 } }, { ...costs, priceMicros }]);
}

/** What the waiting may take from the running. */
export function randomAdmission(random: RandomStream): AdmitSpec {
  const one = chooser(random);
  const preempt = { graceMs: one([0, 50]), protectMs: one([1, 30, 100]), budget: one([1, 10, 100]) };
  const order = one([
    { strategy: "priority" },
    { strategy: "drf" },
    { strategy: "drf", weightsPpm: { t0: 3_000_000, t1: 500_000 } },
  ] as const);
  const starvation = one([{}, {}, { starvationMs: 60 }, { starvationMs: 400 }]);
  return { ...order, ...starvation, ...(one([true, true, false]) ? { preempt } : {}) };
}

/** The worlds of seeds from here on have elastic pools, and policies for them: those before stay what they were when they failed. */
export const ELASTIC_SEEDS = 1_000_000;

/** The worlds of seeds from here on have candidates on their way, too. */
export const ROLLOUT_SEEDS = 2_000_000;

/**
 * The same candidate goes on, or another takes its place that some users may try: what is for the fleet as a whole is as in the policy in
 * force, the rest as in `other`.
 */
export function randomRollout(random: RandomStream, { policy, rollout }: State, other: Policy): Rollout {
  const one = chooser(random);
  const inForce = policy as Policy;
  const { guard: _guard, ...rest } = inForce;
  const mine = {
    ...rest,
    name: "candidate",
    reserve: other.reserve,
    ...(other.guard === undefined ? {} : { guard: other.guard }),
  };
  const warmer = { ...mine, warm: other.warm };
  const next = {
    stage: one(["canary", "canary", "canary", "full", "rolled_back"] as const),
    candidate: indivisible(inForce, warmer).length === 0 ? warmer : mine,
    promotion: "",
    sharePpm: one([0, 300_000, 500_000, 1_000_000]),
    seed: random.below(3),
    reason: "",
  };
  const goesOn = rollout !== null && random.below(4) > 0;
  return goesOn ? { ...next, candidate: rollout.candidate, seed: rollout.seed } : next;
}

/** Those from here on have quotas, too, and half of them elastic pools, and a third candidates. */
export const QUOTA_SEEDS = 3_000_000;

/** From here on instances are sized by the forecasts that say how many there are. */
export const JOINT_SEEDS = 4_000_000;

/** From here on users have quotas of their own, and half of the policies quotas of tiers, too. */
export const USER_QUOTA_SEEDS = 5_000_000;

/** Of whom there are quotas; and others are of none. */
const ROLES = ["", "intern", "staff"] as const;

/** A user's; without the stream, none. */
export function randomRole(random: RandomStream | null): string {
  return random === null ? "" : (ROLES[random.below(ROLES.length)] as string);
}

/** Those of tiers and of users where there are streams for them: both, either or none. */
export function someQuotas(random: RandomStream | null, ofUsers: RandomStream | null, tiers: number): { quotas?: QuotaSpec } {
  if (random === null) return {};
  const quotas = random.below(5) === 0 ? undefined : randomQuotas(random, tiers);
  if (ofUsers === null) return quotas === undefined ? {} : { quotas };
  return { quotas: { ...(ofUsers.below(2) === 0 ? {} : quotas), users: randomUserQuotas(ofUsers) } };
}

/** What users may hold, each of them, by role and by name. */
function randomUserQuotas(random: RandomStream): UserQuotasSpec {
  const one = chooser(random);
  const amount = () => one([null, 0, 1_000, 2_000, 3_000, 4_500]);
  const max = () => one([{}, { cpuMillis: amount() }, { cpuMillis: amount(), memoryMiB: amount() }]);
  const quota = () => ({ ...one([{}, { instances: one([null, 0, 1, 1, 2, 3]) }]), max: max() });
  return {
    ...one([{}, { each: quota() }, { each: { instances: 1 + random.below(3) } }]),
    ...one([{}, { roles: { intern: quota() } }]),
    ...one([{}, { named: { u0: quota(), u2: quota() } }]),
  };
}

/** What tiers may hold together, and how they take back what others borrowed. */
function randomQuotas(random: RandomStream, tiers: number): QuotaSpec {
  const one = chooser(random);
  const cpu = (most: number) => ({ cpuMillis: random.below(most + 1) * 1_000 });
  const some = () => ({ cpuMillis: 2_000 + random.below(4) * 1_000 });
  const nominal = () => one<Partial<Resources>>([some(), some(), some(), { ...cpu(6), memoryMiB: random.below(6_000) }, {}]);
  const named = Array.from({ length: tiers }, (_, tier) => `t${tier}`).filter(() => random.below(5) > 0);
  const reclaim = { graceMs: one([0, 0, 50]), protectMs: one([1, 1, 30]), budget: one([1, 10, 100]) };
  return {
    tiers: Object.fromEntries(
      named.map((name) => {
        const own = nominal();
        const lending = own.cpuMillis === undefined ? {} : { lending: { cpuMillis: random.below(own.cpuMillis + 1) } };
        return [name, { nominal: own, ...one([{}, {}, { borrowing: cpu(3) }]), ...one([{}, lending]) }];
      }),
    ),
    ...one([{}, { cohort: cpu(2) }]),
    ...(random.below(5) === 0 ? {} : { reclaim: { from: one(["any", "any", "lower-priority"] as const), ...reclaim } }),
  };
}

/** How a pool comes by nodes, and the slot that says how many. */
export function randomElastic(random: RandomStream): ElasticPool {
  const amount = (2 + random.below(4)) * 1000;
  return {
    capacity: { cpuMillis: amount, memoryMiB: amount, gpuMillis: random.below(2) * 1000, networkKbps: amount },
    nodes: random.below(2),
    least: 0,
    most: 1 + random.below(5),
    priceMicrosPerHour: random.below(3),
  };
}

export function randomPool(random: RandomStream): PoolSpec {
  const one = chooser(random);
  if (random.below(2) === 0) return randomAhead(random);
  const spec: ClusterAutoscalerSpec = {
    strategy: "cluster-autoscaler",
    everyMs: one([10, 60]),
    thresholdPpm: one([0, 500_000, 1_000_000]),
    unneededMs: one([0, 30, 200]),
    delayAfterAddMs: one([0, 100]),
    provisionWithinMs: one([50, 900_000]),
    expander: one(["price", "least-waste"]),
  };
  return spec.thresholdPpm > 0 ? spec : karpenterLike(spec);
}

/** With no draw of its own, so that seeds mean what they meant. */
function karpenterLike({ everyMs, unneededMs, delayAfterAddMs, provisionWithinMs, expander }: ClusterAutoscalerSpec): PoolSpec {
  return {
    strategy: "karpenter",
    idleMs: everyMs,
    batchMs: 100,
    afterMs: unneededMs,
    onlyEmpty: unneededMs === 30,
    disruptsRunning: expander === "price",
    budgetPpm: delayAfterAddMs === 0 ? 1_000_000 : 100_000,
    provisionWithinMs,
  };
}

function randomAhead(random: RandomStream): PoolSpec {
  const one = chooser(random);
  const season = one([{}, { seasonMs: 900_000 }]);
  const ahead = { levelPpm: one([500_000, 1_000_000]), marginPpm: one([1_000_000, 1_500_000]), leadPpm: 950_000, ...season };
  return {
    strategy: "predictive",
    everyMs: one([10, 60]),
    sparePpm: one([0, 200_000]),
    ahead,
    shrinkAfterMs: one([0, 100]),
    thresholdPpm: one([0, 1_000_000]),
    provisionWithinMs: one([50, 900_000]),
  };
}

function chooser(random: RandomStream) {
  return <T>(from: readonly T[]) => from[random.below(from.length)] as T;
}
