import type { Policy } from "./policy.ts";
import { RandomStream } from "./random.ts";
import type { ReserveGuard } from "./reserve-guard.ts";
import type { ReserveStrategy } from "./strategies/reserve.ts";
import type { WarmStrategy } from "./strategies/warm.ts";

export const ROLLOUT_STAGES = [
  "canary", // it decides for a share of the users
  "full", // it decides for everybody; the policy in force stands by
  "rolled_back", // it decides for nobody any more
] as const;
export type RolloutStage = (typeof ROLLOUT_STAGES)[number];

/** A candidate policy on its way to everybody, beside the policy in force. */
export interface Rollout {
  readonly stage: RolloutStage;
  readonly candidate: Policy;
  /** Id of the promotion that it is of; empty: nobody promoted it. */
  readonly promotion: string;
  /** Of the users, in parts per million; while the stage is `canary`. */
  readonly sharePpm: number;
  /** Which users those are: another seed, others. */
  readonly seed: number;
  /** Why it came to this, in words for people. */
  readonly reason: string;
}

/** What a policy wants user by user: the slots that a candidate can fill for some and the policy in force for the others. */
export interface Wants {
  readonly reserve: ReserveStrategy;
  readonly warm: WarmStrategy;
  readonly guard: ReserveGuard | null;
  /** How long what is not kept any longer stays suspended; `null`: it stops. */
  readonly suspendMs: number | null;
}

/** What a user's name is to draws: so that which users a share holds does not rest on the order in which they came. */
export function nameHash(name: string): number {
  return new RandomStream(0, name).uint32();
}

/**
 * Whether a share of the users holds the one of this name: always the same for a seed, and one that a share holds every larger one
 * does, too.
 */
export function isInShare({ sharePpm, seed }: Pick<Rollout, "sharePpm" | "seed">, hash: number): boolean {
  return new RandomStream(seed, `canary ${hash}`).below(1_000_000) < sharePpm;
}

/**
 * The slots in which the two differ though they are filled for the fleet as a whole, so that no share of the users can try the
 * candidate's; none: it can be tried.
 */
export function indivisible(inForce: Policy, candidate: Policy): string[] {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const differing = FLEET_SLOTS.filter((slot) => !same(inForce[slot], candidate[slot])) as string[];
  const ofAll = ({ warm, replicas }: Policy) =>
    replicas !== undefined || ["greedy-dual", "warm-pool", "joint"].includes(warm.strategy);
  if ((ofAll(inForce) || ofAll(candidate)) && !same(inForce.warm, candidate.warm)) differing.push("warm");
  const [a, b] = [inForce.controlEveryMs, candidate.controlEveryMs];
  if (a !== null && b !== null && a !== b) differing.push("controlEvery");
  return differing;
}

const FLEET_SLOTS = [
  "size",
  "replicas",
  "handOver",
  "place",
  "admit",
  "quotas",
  "budget",
  "pool",
] as const satisfies readonly (keyof Policy)[];
