import type { FastifyInstance } from "fastify";
import { DecisionLog } from "../../allocator/live/decision-log.ts";
import { DryRunPlatform } from "../../allocator/live/dry-run.ts";
import type { Fleet } from "../../allocator/live/fleet.ts";
import { ForecastBook } from "../../allocator/live/forecast-book.ts";
import { LiveMetrics } from "../../allocator/live/http/live-metrics.ts";
import { ReviewedTokens, type ReviewOptions } from "../../allocator/live/http/reviewed-tokens.ts";
import { liveServer } from "../../allocator/live/http/server.ts";
import { type Scope, type Token, tokenDigest } from "../../allocator/live/http/tokens.ts";
import { LiveRun } from "../../allocator/live/live-run.ts";
import type { Trial } from "../../allocator/live/stages.ts";
import { SystemClock } from "../../allocator/live/system-clock.ts";
import type { Predictions } from "../../allocator/live/watch/predictions.ts";
import { StageWatch } from "../../allocator/live/watch/stage-watch.ts";
import { policyOf } from "./live-fleet.ts";

export interface ListeningRun {
  readonly run: LiveRun;
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
  readonly predictions?: Predictions;
  /** Who is asked whose an unknown token is. */
  readonly review?: Pick<ReviewOptions, "ask" | "perSecond">;
}

/** A dry run on the machine's clock, with its API on a port of loopback. */
export async function listeningRun(
  state: string,
  fleet: Fleet,
  policy: string,
  tokens: readonly Token[],
  { port = 0, trial, predictions, review }: Beside = {},
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
  const opened = await LiveRun.open({
    state,
    fleet,
    policy: policyOf(policy),
    trial: trial ?? null,
    watch: predictions === undefined ? null : (state, from) => new StageWatch(state, fleet, predictions, watching, from),
    platform: (names) => new DryRunPlatform(fleet, names, clock),
    clock,
    whole: async (event) => event,
    observers: [log, forecasts].map((observer) => ({
      onStep: (event, decisions) => run !== null && observer.onStep(event, decisions),
    })),
    onFailure: (error) => {
      throw error;
    },
  });
  run = opened;
  const server = await liveServer({
    run: opened,
    log,
    metrics,
    forecasts,
    tokens,
    reviewer:
      review === undefined ? null : new ReviewedTokens({ ...review, clock, onOutcome: (one) => metrics.tokenReview(one) }),
    ratePerSecond: 1000,
    version: "1.2.3",
    logTo: null,
  });
  const url = await server.listen({ host: "127.0.0.1", port });
  return { run: opened, server, url };
}
