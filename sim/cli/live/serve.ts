import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { liveServer } from "../../../allocator/live/http/server.ts";
import { ClusterTokens } from "../../../allocator/live/kubernetes/token-review.ts";
import { Superseded } from "../../../allocator/live/leadership.ts";
import { viewStage } from "../../../allocator/live/stages.ts";
import type { Store } from "../../../allocator/live/store/store.ts";
import { keepWatch } from "../../../allocator/live/watch/keep-watch.ts";
import { parseDurationMs } from "../../../allocator/policy-document.ts";
import { onInterrupt } from "../interrupt.ts";
import type { LiveArguments } from "../live.ts";
import { EXIT, printJson, reportFailure, sayMeanwhile } from "../output.ts";
import { VERSION } from "../version.ts";
import { LiveForecasts } from "./live-forecasts.ts";
import { keepIn, openLiveStore, openWhenLeading } from "./live-store.ts";
import { LiveWhy } from "./live-why.ts";
import { beganWords, rehearsalWords, stageWords } from "./live-words.ts";
import { type OpenedRun, openRun } from "./opened-run.ts";
import { type Rehearsing, rehearse } from "./rehearse.ts";
import { type LiveSettings, readSettings } from "./settings.ts";
import { keepPausesShort } from "./short-pauses.ts";
import { checkSources, startSources } from "./telemetry.ts";

/** What `prae live` was given, and what came of it. */
interface Serving {
  readonly args: LiveArguments;
  readonly settings: LiveSettings;
  readonly opened: OpenedRun;
  readonly rehearsing: Rehearsing | null;
  /** How far back forecasts look. */
  readonly historyMs: number;
}

/** A part that runs until it is told to stop. */
type Stop = () => void | Promise<void>;

/** Runs until it is interrupted, and then leaves the journal whole; or until the disk or the core fails. */
export async function serve(args: LiveArguments): Promise<void> {
  keepPausesShort();
  const settings = await readSettings(args);
  await checkSources(settings, args);
  // One that waits must leave a DuckDB file to whoever leads.
  const early = args.standby ? null : await openLiveStore(args.database);
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {}); // until somebody waits for it
  const segmentBytes = Math.ceil(args.segmentMib * 2 ** 20);
  const opened = await openRun(args, settings, segmentBytes, fail);
  const { run, metrics, journal } = opened;
  const historyMs = parseDurationMs(args.history) as number;
  const where = { state: args.state, historyMs, segmentBytes };
  const rehearsing = await rehearse(settings, where, run, metrics, opened.follow);
  const watched = rehearsing?.rehearsal ?? run.watch;
  if (settings.watch !== null && watched !== null) metrics.watch(() => watched.report(run.clock.nowMs()));
  const store = early ?? (await openWhenLeading(args.database, run));
  const serving: Serving = { args, settings, opened, rehearsing, historyMs };
  const stopped = new Promise<void>((resolve) => onInterrupt(() => resolve()));
  try {
    const stops = await start(serving, store, fail);
    await Promise.race([stopped, failed]);
    for (const stop of stops) await stop();
    await run.stop();
    sayMeanwhile(`prae: stopped; ${run.events} events in ${journal}`);
  } catch (error) {
    // What was acknowledged is on the disk; what was not must not look as if it were.
    if (!(error instanceof Superseded)) process.exit(reportFailure(error, false));
    sayMeanwhile(`prae: ${error.message}. Nothing more is acknowledged here.`);
    process.exit(EXIT.worldRefused);
  }
}

/** Starts everything around the run: forecasts, then the API, which says that it is there, then what feeds it. @returns how to stop it all, in order. */
async function start(serving: Serving, store: Store | null, fail: (error: unknown) => void): Promise<Stop[]> {
  const { args, settings, opened, rehearsing } = serving;
  const { run, metrics } = opened;
  const { server, close } = await openApi(serving);
  const stopForecasts = await startForecasts(serving, server);
  const url = await server.listen({ host: settings.host, port: settings.port });
  announce(url, serving);
  const stopSources = await startSources(settings, args.state, run, metrics, server.log, fail);
  const stopWatch = keepWatch(run, server.log, fail);
  const stopStore = keepIn(store, args.state, run, server.log);
  return [close, stopWatch, stopSources, stopStore, stopForecasts, async () => rehearsing?.stop()];
}

/** The API, not yet listening, and how to close it. */
async function openApi({ args, settings, opened, rehearsing }: Serving): Promise<{ server: FastifyInstance; close: Stop }> {
  const { run, journal, log, metrics, forecasts } = opened;
  const { kubernetes, tokens } = settings;
  const review = kubernetes?.tokenReview ?? null;
  const reviewer =
    kubernetes === null || review === null
      ? null
      : new ClusterTokens(kubernetes, review, run.clock, (outcome) => metrics.tokenReview(outcome));
  const explainer = new LiveWhy({ journal, run });
  const server = await liveServer({
    ...{ run, log, metrics, forecasts, tokens, reviewer, explainer },
    rehearsal: rehearsing?.rehearsal ?? null,
    ratePerSecond: args.rate,
    version: VERSION,
    logTo: process.stderr,
  });
  const close = async () => {
    await explainer.stop(); // whoever waits for it is told, before connections are cut
    await server.close();
    reviewer?.close();
  };
  return { server, close };
}

/** Forecasts for the run, where its policy asks for any. */
async function startForecasts({ args, settings, opened, historyMs }: Serving, server: FastifyInstance): Promise<Stop> {
  const { plans, registry } = settings;
  const { run, journal, metrics } = opened;
  if (plans.length === 0) return () => {};
  const work = { journal, sets: join(args.state, "forecasts"), registry, plans, historyMs };
  const forecasting = await LiveForecasts.start(work, run, (news) => {
    metrics.forecast(news);
    if (news.kind !== "issued") server.log.warn(news, "forecast");
  });
  return () => forecasting.stop();
}

/** Says that it listens, and how the run began. */
function announce(url: string, { args, settings, opened, rehearsing }: Serving): void {
  const { run } = opened;
  const { policy, promotion, trial } = settings;
  const { recovery } = run;
  const { state, target } = args;
  const stage = rehearsing?.rehearsal.view() ?? viewStage(run.state);
  if (args.json) printJson({ listening: url, state, target, policy: policy.name, promotion, stage, recovery });
  else sayMeanwhile(beganWords(url, recovery, args));
  if (rehearsing !== null) sayMeanwhile(rehearsalWords(rehearsing.rehearsal.view(), args));
  if (trial !== null) sayMeanwhile(stageWords(viewStage(run.state), trial));
}
