import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { App } from "../definitions.ts";
import type { ForecastBatch } from "../forecast.ts";
import type { AppId, InstanceId, UserId } from "../ids.ts";
import type { Group, Instance } from "../instances.ts";
import type { WarmSpec } from "../policy.ts";
import type { Resources } from "../resources.ts";
import { ExpectedCost } from "./expected-cost.ts";
import { GreedyDual } from "./greedy-dual.ts";
import { HybridHistogram } from "./hybrid-histogram.ts";
import { JointScaling } from "./joint.ts";
import type { TierLevels } from "./levels.ts";
import type { SizeStrategy } from "./size.ts";
import { WarmFromForecast } from "./warm-from-forecast.ts";
import { WarmPool } from "./warm-pool.ts";

/** What to do with an instance that has nothing to run: stop it, keep it until an instant, or keep it until told otherwise. */
export type IdleWant =
  | { readonly keep: "none"; readonly rule: Rule }
  | { readonly keep: "until"; readonly untilMs: number }
  | { readonly keep: "open" };

/** Fills the slot `warm`: wants, which the arbiter turns into decisions. */
export interface WarmStrategy {
  /** `sinceMs`: the end of its last request, or when it got ready. */
  whenIdle(group: Group, sinceMs: number): IdleWant;
  /** How many instances the group should have now; `null`: no opinion. */
  target(group: Group, nowMs: number): number | null;
  /** When `target` next changes; `null`: not that we know. */
  nextChangeMs(group: Group, nowMs: number): number | null;
  /** Takes a forecast in and names the groups it speaks of. */
  onForecast(batch: ForecastBatch, batchIndex: number, groups: GroupFinder): readonly Group[];
  /** Whether more than the target is too many. */
  readonly trims: boolean;
  /** Whether it has a target for each app as a whole, which any request of the app may change; absent: not. */
  readonly pools?: boolean;
  /** Why it starts instances ahead. */
  readonly launchRule: Rule;
  /** A request of the group has arrived, which asks for so much; an instance takes `concurrency` of them. */
  arrived(group: Group, nowMs: number, concurrency: number, requested: Resources): void;
  /** One is over: it ended, was cancelled or refused. */
  over(group: Group, nowMs: number): void;
  /** When to start an instance ahead of the group's next use; `null`: not by the clock. */
  prewarmMs(group: Group): number | null;
  /** In which order idle instances make room for others; absent: the least recently used first. */
  readonly ranking?: EvictionRanking;
  /** Where it also says how large instances are: what fills the slot `size`; absent: it does not. */
  readonly sizes?: SizeStrategy;
  because(rule: Rule, group: Group): Because;
  write(out: ByteWriter): void;
  read(from: ByteReader): void;
}

/** Says which idle instances of a tier make room first. */
export interface EvictionRanking {
  /** A request was bound to the instance. */
  used(instance: Instance, group: Group): void;
  /** The instance stops or is lost; `isEvicted`: to make room. */
  gone(id: InstanceId, group: Group, isEvicted: boolean): void;
  /** The lowest goes first. */
  rank(group: Group): number;
}

export interface StartUps {
  /** From the decision to start an instance until it is ready. */
  startUpMs(app: AppId): number;
  mayStartAhead(user: UserId | null, app: AppId): boolean;
}

/** What apps say of their instances. */
export interface Apps {
  app(id: AppId): App;
}

export interface GroupFinder extends StartUps {
  group(user: UserId | null, app: AppId): Group;
}

export function warmStrategy(spec: WarmSpec, tiers: TierLevels & StartUps & Apps): WarmStrategy {
  switch (spec.strategy) {
    case "none":
      return new KeepNothing();
    case "ttl":
      return new KeepAlive(spec.ttlMs);
    case "forecast":
    case "arrival":
      return new WarmFromForecast(spec, tiers);
    case "joint":
      return new JointScaling(spec, tiers);
    case "hybrid-histogram":
      return new HybridHistogram(spec);
    case "expected-cost":
      return new ExpectedCost(spec, tiers);
    case "greedy-dual":
      return new GreedyDual(spec, tiers);
    case "warm-pool":
      return new WarmPool(spec);
  }
}

/** A policy with no warm rule keeps nothing after a request ends. */
class KeepNothing implements WarmStrategy {
  readonly trims: boolean = true;
  readonly launchRule: Rule = "forecast";
  whenIdle(): IdleWant {
    return { keep: "none", rule: "nothing_kept" };
  }
  target(): null {
    return null;
  }
  nextChangeMs(): null {
    return null;
  }
  onForecast(): readonly Group[] {
    return [];
  }
  arrived(): void {}
  over(): void {}
  prewarmMs(): null {
    return null;
  }
  because(rule: Rule): Because {
    return { ...NO_FORECAST, rule };
  }
  write(): void {}
  read(): void {}
}

/**
 * Fixed keep-alive, as function platforms ship it (10 and 20 minutes in Shahrad et al., Serverless in the Wild, ATC 2020, §1):
 * an instance stays for `ttlMs` after its last use.
 */
class KeepAlive extends KeepNothing {
  readonly #ttlMs: number;

  constructor(ttlMs: number) {
    super();
    this.#ttlMs = ttlMs;
  }

  override whenIdle(_group?: Group, sinceMs = 0): IdleWant {
    return { keep: "until", untilMs: sinceMs + this.#ttlMs };
  }
}

/** A reason that rests on no forecast. */
export const NO_FORECAST: Because = Object.freeze({
  rule: "arrival",
  batchIndex: -1,
  levelPpm: 0,
  factorPpm: 1_000_000,
  guardrail: "none",
  rung: "none",
});
