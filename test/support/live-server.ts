import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { DecisionLog } from "../../allocator/live/decision-log.ts";
import { DryRunPlatform } from "../../allocator/live/dry-run.ts";
import type { Explainer } from "../../allocator/live/explainer.ts";
import type { Fleet } from "../../allocator/live/fleet.ts";
import { ForecastBook } from "../../allocator/live/forecast-book.ts";
import { LiveMetrics } from "../../allocator/live/http/live-metrics.ts";
import { ReviewedTokens, type ReviewOptions } from "../../allocator/live/http/reviewed-tokens.ts";
import { liveServer } from "../../allocator/live/http/server.ts";
import { type Scope, type Token, tokenDigest } from "../../allocator/live/http/tokens.ts";
import { LiveRun } from "../../allocator/live/live-run.ts";
import type { BeginWatch } from "../../allocator/live/recover-run.ts";
import { Rehearsal } from "../../allocator/live/rehearsal.ts";
import type { Trial } from "../../allocator/live/stages.ts";
import { SystemClock } from "../../allocator/live/system-clock.ts";
import type { Predictions } from "../../allocator/live/watch/predictions.ts";
import { StageWatch } from "../../allocator/live/watch/stage-watch.ts";
import type { StepObserver } from "../../allocator/ports.ts";
import { policyOf } from "./live-fleet.ts";

export interface ListeningRun {
  readonly run: LiveRun;
  readonly rehearsal: Rehearsal | null;
  readonly server: FastifyInstance;
  readonly url: string;
}

/** A token that is its own name. */
export function tokenCalled(name: string, scopes: readonly Scope[], users: readonly string[] | null = null): Token {
  return { name, sha256: tokenDigest(name), scopes, users, expiresAtMs: Date.now() + 3_600_000 };
}

export interface Beside {
  /** 0: one that is free. */
  readonly port?: number;
  /** A candidate, and what was predicted of it. */
  readonly trial?: Trial;
  /** A candidate that only rehearses. */
  readonly rehearsed?: string;
  readonly predictions?: Predictions;
  /** Who is asked whose an unknown token is. */
  readonly review?: Pick<ReviewOptions, "ask" | "perSecond">;
  /** Who answers why, of a journal at a path; absent: nobody. */
  readonly explain?: (run: LiveRun, journal: string) => Explainer;
}

/** A dry run on the machine's clock, with its API on a port of loopback. */
export async function listeningRun(
  state: string,
  fleet: Fleet,
  policy: string,
  tokens: readonly Token[],
  { port = 0, trial, rehearsed, predictions, review, explain }: Beside = {},
): Promise<ListeningRun> {
  const clock = new SystemClock();
  let run: LiveRun | null = null;
  const log = new DecisionLog(
    () => (run as LiveRun).state,
    () => (run as LiveRun).directory,
  );
  const metrics = new LiveMetrics(() => run as LiveRun);
  const forecasts = new ForecastBook();
  const watching = { windowMs: 3_600_000, leastObservations: 20 };
  const watch = (rehearses: boolean): BeginWatch | null =>
    predictions === undefined
      ? null
      : (state, from) => new StageWatch(state, fleet, predictions, { ...watching, rehearses }, from);
  const whole = async (event: AllocatorEvent) => event;
  const onFailure = (error: unknown) => {
    throw error;
  };
  let rehearsal: Rehearsal | null = null;
  const followed: StepObserver = { onStep: (event, decisions) => rehearsal?.onStep(event, decisions) };
  const opened = await LiveRun.open({
    ...{ state, fleet, policy: policyOf(policy), trial: trial ?? null, watch: watch(false), clock, whole, onFailure },
    platform: (names) => new DryRunPlatform(fleet, names, clock),
    observers: [log, forecasts, followed].map((observer) => ({
      onStep: (event, decisions) => run !== null && observer.onStep(event, decisions),
    })),
  });
  run = opened;
  if (rehearsed !== undefined) {
    const candidate = { policy: policyOf(rehearsed), promotion: null, watch: watch(true) };
    rehearsal = await Rehearsal.open(opened, { state: join(state, "rehearsal"), fleet, clock, whole, onFailure, ...candidate });
    await rehearsal.catchUp();
  }
  const server = await liveServer({
    run: opened,
    log,
    metrics,
    forecasts,
    rehearsal,
    explainer: explain?.(opened, join(state, "journal.prae.gz")) ?? null,
    tokens,
    reviewer:
      review === undefined ? null : new ReviewedTokens({ ...review, clock, onOutcome: (one) => metrics.tokenReview(one) }),
    ratePerSecond: 1000,
    version: "1.2.3",
    logTo: null,
  });
  const url = await server.listen({ host: "127.0.0.1", port });
  return { run: opened, rehearsal, server, url };
}
