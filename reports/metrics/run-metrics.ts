import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, UsageObserved } from "../../allocator/core/events.ts";
import { NO_RESOURCES, type Resources } from "../../allocator/core/resources.ts";
import type { StepObserver } from "../../allocator/ports.ts";
import { type LatencyDistribution, type Prices, type RunMetrics, START_PATHS } from "../../sim/run-record.ts";
import type { RunCells } from "../statistics/cells.ts";
import type { UserSeries } from "../users/series.ts";
import { capacityTimeline } from "./capacity-timeline.ts";
import { metricValues } from "./metric-values.ts";
import { RunAccount } from "./run-account.ts";
import { TimeBins } from "./time-bins.ts";
import { UserLedger } from "./user-ledger.ts";
import { Distribution } from "./value-counts.ts";

const LATENCY_POINTS = 400;

export interface RunMetricsOptions {
  /** Metrics integrate over `[fromMs, toMs)`; what happens before `fromMs` only sets the scene. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly prices: Prices;
  /** The most bins of the capacity timeline; 336 unless told. */
  readonly bins?: number;
  /** Of a usage trace: how long demand may exceed R before that is a violation; `null` or not told: one sample window. */
  readonly graceMs?: number | null;
  /**
   * The true demand behind a sample. A journal holds what was observed; where a limit cut that, only the world knows the rest, and
   * whoever scores must ask it, sample by sample, in order. Without it what was observed is taken for the demand.
   */
  readonly demandAt?: (sample: UsageObserved) => Resources;
  /** Whether the series of each user are kept: `users()`. */
  readonly users?: boolean;
}

/**
 * The metrics of a run, from (event, decisions) pairs alone, in the order in which a journal holds them. It keeps its own
 * account of who holds what and never asks the core, so it is a check on the core too. METRICS.md gives every formula.
 *
 * Of events and decisions it keeps only the amounts in them, which do not change.
 */
export class RunMetricsObserver implements StepObserver {
  readonly #bins: TimeBins;
  readonly #prices: Prices;
  readonly #account: RunAccount;

  constructor(options: RunMetricsOptions) {
    this.#bins = new TimeBins(options.fromMs, options.toMs, options.bins ?? 336);
    this.#prices = options.prices;
    const { graceMs = null, demandAt = null } = options;
    const users = options.users === true ? new UserLedger(this.#bins, options.prices) : null;
    this.#account = new RunAccount(this.#bins, { graceMs, demandAt }, users);
  }

  /**
   * What happens at or after the window's end changes nothing; a sample stamped there is about the time before.
   * @throws Error when a decision or an arrival names what does not exist: the stream is not one of a run.
   */
  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    const { toMs } = this.#bins;
    if (event.atMs >= toMs && !(event.kind === "usage_observed" && event.atMs === toMs)) return;
    this.#account.nowMs = event.atMs;
    this.#observe(event);
    for (let i = 0; i < decisions.length; i++) this.#decide(decisions[i]!);
  }

  /** Cuts all open intervals at the window's end. Call it once, after the last step. */
  finish(): RunMetrics {
    const account = this.#account;
    account.cut();
    const measured = account.isMeasured;
    const tiers = account.tiers.map(({ name }, id) => ({
      id,
      requests: { tier: name, tally: account.latency.tallies[id]! },
      usage: measured ? [{ tier: name, tally: account.usage.tallies[id]! }] : [],
      group: measured ? account.usage.tallies[id]!.sums : account.capacity.tiers[id]!,
    }));
    const holders = [...account.capacity.tiers, account.capacity.unbound];
    const groups = measured ? tiers.map(({ group }) => group) : holders;
    const limited = account.usage.isLimited;
    const capacity = account.isFinite ? account.capacity.capacity : null;
    const prices = this.#prices;
    const overall = metricValues({
      requests: tiers.map(({ requests }) => requests),
      usage: measured ? tiers.flatMap(({ usage }) => usage) : null,
      limited,
      groups,
      capacity,
      decisionsPerUserDay: account.decisionRate.finish(tiers.map(({ id }) => id)),
      decisions: account.decisionRate.totals(null),
      prices,
    });
    const byTier = tiers.map(({ id, requests, usage, group }) => [
      requests.tier,
      metricValues({
        requests: [requests],
        usage: measured ? usage : null,
        limited,
        groups: [group],
        capacity: null,
        decisionsPerUserDay: account.decisionRate.finish([id]),
        decisions: account.decisionRate.totals([id]),
        prices,
      }),
    ]);
    return {
      overall,
      byTier: Object.fromEntries(byTier),
      latency: this.#latencyDistributions(),
      timeline: capacityTimeline(this.#bins, groups, capacity, holders),
    };
  }

  /** What intervals are made from. After `finish`. */
  cells(): RunCells {
    const { cells, tiers, isMeasured } = this.#account;
    return cells.finish(
      tiers.map(({ name }) => name),
      isMeasured,
    );
  }

  /** Who had and did what, when; `null` where that was not asked for. After `finish`. */
  users(): UserSeries | null {
    const { users, tiers, isMeasured } = this.#account;
    const names = tiers.map(({ name }) => name);
    return users?.finish(names, isMeasured) ?? null;
  }

  #latencyDistributions(): LatencyDistribution[] {
    const { tiers, latency } = this.#account;
    return tiers.flatMap(({ name: tier }, id) =>
      START_PATHS.flatMap((path) => {
        const distribution = new Distribution([latency.tallies[id]!.latencyMs[path]]);
        const points = distribution.points(LATENCY_POINTS);
        return points.length === 0 ? [] : [{ tier, path, requests: distribution.count, points }];
      }),
    );
  }

  #observe(event: AllocatorEvent): void {
    const account = this.#account;
    switch (event.kind) {
      case "usage_observed":
        account.observe(event);
        break;
      case "request_arrived":
        account.arrive(event);
        break;
      case "request_ended":
        account.leave(event.request, false);
        break;
      case "request_cancelled":
        account.leave(event.request, true);
        break;
      case "instance_placed":
        account.place(event.instance, event.node);
        break;
      case "instance_ready":
        account.ready(event.instance);
        break;
      case "instance_stopped":
      case "instance_lost":
        account.remove(event.instance);
        break;
      case "instance_suspended":
        account.suspend(event.instance);
        break;
      case "instance_resized":
        account.resize(event.instance, event.size);
        break;
      case "decision_failed":
        account.fail(event);
        break;
      case "node_ready":
      case "node_shared":
        account.addNode(event);
        break;
      case "node_lost":
        account.loseNode(event.node);
        break;
      case "tier_defined":
        account.defineTier(event);
        break;
      case "pool_defined":
        account.definePool(event);
        break;
      case "user_defined":
        account.defineUser(event.user, event.name, event.tier);
        break;
      case "app_defined":
        account.defineApp(event);
        break;
    }
  }

  #decide(decision: Decision): void {
    const account = this.#account;
    switch (decision.kind) {
      case "launch":
        account.launch(decision);
        break;
      case "bind":
        account.bind(decision);
        break;
      case "reserve":
        account.reserve("reserve", decision.user, decision.resources);
        break;
      case "release":
        account.reserve("release", decision.user, NO_RESOURCES);
        break;
      case "resize":
      case "stop":
        account.countDecision(decision.kind, decision.instance);
        break;
      case "resume":
        account.resume(decision);
        break;
      case "preempt":
        account.preempt(decision.request);
        break;
      case "reject":
        account.reject(decision.request);
        break;
    }
  }
}
