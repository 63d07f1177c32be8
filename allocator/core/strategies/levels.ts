import type { UserId } from "../ids.ts";
import type { Level } from "../policy.ts";

/** What service levels ask of forecasts. */
export interface TierLevels {
  /** The quantile that the user's tier asks for, in parts per million; of what all users share (`null`), the highest of all tiers. */
  levelPpm(user: UserId | null): number;
}

/** What was measured of how long capacity takes to come. */
export interface LearnedLead {
  /** A quantile of the lead times; `null`: none was measured, yet or because nothing asks for it. */
  learnedLeadMs(levelPpm: number): number | null;
}

/** The quantile that a policy's level means for a user. */
export function levelFor(level: Level, tiers: TierLevels, user: UserId | null): number {
  return level === "tier" ? tiers.levelPpm(user) : level;
}
