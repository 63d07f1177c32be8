import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import type { FittedFeed, ForecastReserveSpec, Level, Policy } from "../../allocator/core/policy.ts";
import type { Trace } from "../../datasets/trace.ts";

/** Which forecasts of one target a policy needs on a trace: everything that decides them but the model. JSON. */
export interface ForecastPlan {
  readonly target: ForecastTarget;
  /** As the feed names it. */
  readonly model: string;
  readonly seed: number;
  readonly everyMs: number;
  readonly stepMs: number;
  /** How many steps ahead. */
  readonly steps: number;
  /** Ascending; none for target `arrival`. */
  readonly levelsPpm: readonly number[];
  readonly latencyMs: number;
  /** Concurrency is in requests; absent: in instances that run as many as they can. */
  readonly countsRequests?: true;
  /** How fast the levels are corrected by what came; absent: not at all. */
  readonly adaptPpm?: number;
  /** How far at most; absent: any. */
  readonly adaptMostPpm?: number;
}

/** What a plan depends on beside the policy. */
type Platform = Pick<Trace, "tiers" | "apps">;

/** By this it is learned how far off forecasts are. */
const MEDIAN_PPM = 500_000;

/**
 * What a policy's feed asks of a fitted model: a plan a target; none where it has no such feed. Only the levels that its slots act on, and
 * only as far ahead as they look.
 */
export function forecastPlans(policy: Policy, trace: Platform): ForecastPlan[] {
  const { feed, reserve, warm, pool } = policy;
  if (feed?.fitted === undefined) return [];
  const { model, everyMs, stepMs, horizonMs, targets, fitted } = feed;
  return targets.map((target) => {
    const slot = target === "demand" ? reserve : warm;
    const jointMs = warm.strategy === "joint" ? longestStartUpMs(trace) + warm.everyMs : 0;
    const ahead = target === "demand" && pool?.strategy === "predictive" ? pool : null;
    const slotMs = target === "demand" && reserve.strategy === "forecast" ? leadOf(reserve, trace) : longestStartUpMs(trace);
    const leadMs = Math.max(slotMs, ahead?.provisionWithinMs ?? 0, target === "concurrency" ? jointMs : 0);
    // From when a forecast is available until the next one is, and beyond it as far as the slot looks.
    const steps = Math.ceil((horizonMs ?? everyMs + fitted.latencyMs + leadMs) / stepMs);
    const level = slot.strategy === "forecast" || slot.strategy === "joint" ? slot.levelPpm : (ahead?.ahead?.levelPpm ?? "tier");
    const learnsBias = target === "demand" && reserve.strategy === "forecast" && reserve.biasPpm !== undefined;
    const levelsPpm = target === "arrival" ? [] : levelsOf(fitted, level, trace, learnsBias, ahead?.ahead?.levelPpm);
    const counts = target === "concurrency" && feed.countsRequests === true ? { countsRequests: true as const } : {};
    const plan = { target, model, seed: fitted.seed, everyMs, stepMs, steps, levelsPpm, latencyMs: fitted.latencyMs, ...counts };
    return target === "arrival" ? plan : { ...plan, ...adapting(fitted) };
  });
}

function adapting({ adaptPpm, adaptMostPpm }: FittedFeed): Pick<ForecastPlan, "adaptPpm" | "adaptMostPpm"> {
  if (adaptPpm === undefined) return {};
  return adaptMostPpm === undefined ? { adaptPpm } : { adaptPpm, adaptMostPpm };
}

/** A lead that is learned is a minute at first, and a sketch says up to 1 ⁄ 16 more than was measured. */
function leadOf({ leadMs, learnedLeadPpm }: ForecastReserveSpec, trace: Platform): number {
  return learnedLeadPpm === undefined ? leadMs : leadMs + Math.max(60_000, Math.ceil((longestStartUpMs(trace) * 17) / 16));
}

function longestStartUpMs(trace: Platform): number {
  return trace.apps.reduce((longest, { coldStartMs }) => Math.max(longest, coldStartMs), 0);
}

function levelsOf(
  { levelsPpm }: FittedFeed,
  level: Level,
  trace: Platform,
  learnsBias: boolean,
  poolLevel: number | undefined,
): readonly number[] {
  if (levelsPpm !== null) return levelsPpm;
  const asked = level === "tier" ? trace.tiers.map((tier) => tier.levelPpm) : [level];
  const all = [...asked, ...(learnsBias ? [MEDIAN_PPM] : []), ...(poolLevel === undefined ? [] : [poolLevel])];
  return [...new Set(all)].sort((a, b) => a - b);
}
