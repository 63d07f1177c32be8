import { join } from "node:path";
import { DecisionLog } from "../../../allocator/live/decision-log.ts";
import { ForecastBook } from "../../../allocator/live/forecast-book.ts";
import { LiveMetrics } from "../../../allocator/live/http/live-metrics.ts";
import type { ReviewOutcome } from "../../../allocator/live/http/reviewed-tokens.ts";
import { liveServer } from "../../../allocator/live/http/server.ts";
import { ClusterTokens } from "../../../allocator/live/kubernetes/token-review.ts";
import { Superseded } from "../../../allocator/live/leadership.ts";
import { LiveRun } from "../../../allocator/live/live-run.ts";
import type { Rehearsal } from "../../../allocator/live/rehearsal.ts";
import { type StageView, type Trial, viewStage } from "../../../allocator/live/stages.ts";
import { SystemClock } from "../../../allocator/live/system-clock.ts";
import { keepWatch } from "../../../allocator/live/watch/keep-watch.ts";
import { StageWatch } from "../../../allocator/live/watch/stage-watch.ts";
import { parseDurationMs } from "../../../allocator/policy-document.ts";
import type { StepObserver } from "../../../allocator/ports.ts";
import { onInterrupt } from "../interrupt.ts";
import { JournalForecasts } from "../journal-forecasts.ts";
import type { LiveArguments } from "../live.ts";
import { EXIT, printJson, reportFailure, sayMeanwhile } from "../output.ts";
import { VERSION } from "../version.ts";
import { LiveForecasts } from "./live-forecasts.ts";
import { keepIn, openLiveStore, openWhenLeading } from "./live-store.ts";
import { platformOf } from "./platform.ts";
import { rehearse } from "./rehearse.ts";
import { readSettings } from "./settings.ts";
import { keepPausesShort } from "./short-pauses.ts";
import { asInput, checkSources, startSources } from "./telemetry.ts";

/** Runs until it is interrupted, and then leaves the journal whole; or until the disk or the core fails. */
export async function serve(args: LiveArguments): Promise<void> {
  keepPausesShort();
  const settings = await readSettings(args);
  const { host, port, fleet, policy, promotion, trial, watch: watching, tokens, plans, registry } = settings;
  await checkSources(settings, args);
  // One that waits must leave a DuckDB file to whoever leads.
  const early = args.standby ? null : await openLiveStore(args.database);
  const clock = new SystemClock();
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {}); // until somebody waits for it
  let run: LiveRun | null = null;
  let rehearsal: Rehearsal | null = null;
  const current = () => run as LiveRun;
  const log = new DecisionLog(
    () => current().state,
    () => current().directory,
  );
  const metrics = new LiveMetrics(current);
  const book = new ForecastBook();
  const journal = join(args.state, "journal.prae.gz");
  const forecasts = new JournalForecasts(journal, undefined);
  const followed: StepObserver = { onStep: (event, decisions) => rehearsal?.onStep(event, decisions) };
  const segmentBytes = Math.ceil(args.segmentMib * 2 ** 20);
  const opening = LiveRun.open({
    state: args.state,
    fleet,
    policy,
    trial,
    watch: watching && ((state, from) => new StageWatch(state, fleet, watching.predictions, watching.options, from)),
    platform: await platformOf(settings, args.state, clock),
    clock,
    standby: args.standby,
    segmentBytes,
    onWait: ({ pid, host }) => sayMeanwhile(`prae: process ${pid} on ${host} has this run; waiting to take its place`),
    whole: (event) => forecasts.whole(event),
    observers: [log, metrics, book, followed].map((observer) => ({
      onStep: (event, decisions) => run !== null && observer.onStep(event, decisions),
    })),
    onFailure: fail,
  });
  run = await asInput(args.state, opening);
  const historyMs = parseDurationMs(args.history) as number;
  const rehearsing = await rehearse(settings, { state: args.state, historyMs, segmentBytes }, run, metrics, (one) => {
    rehearsal = one;
  });
  const watched = rehearsing?.rehearsal ?? run.watch;
  if (watching !== null && watched !== null) metrics.watch(() => watched.report(clock.nowMs()));
  const store = early ?? (await openWhenLeading(args.database, run));
  const rate = args.rate;
  const common = {
    log,
    metrics,
    rehearsal: rehearsing?.rehearsal ?? null,
    forecasts: book,
    version: VERSION,
    logTo: process.stderr,
  };
  const { kubernetes } = settings;
  const counted = (outcome: ReviewOutcome) => metrics.tokenReview(outcome);
  const reviewer =
    kubernetes?.tokenReview == null ? null : new ClusterTokens(kubernetes, kubernetes.tokenReview, run.clock, counted);
  const server = await liveServer({ run, ...common, tokens, reviewer, ratePerSecond: rate });
  const stopped = new Promise<void>((resolve) => onInterrupt(() => resolve()));
  let forecasting: LiveForecasts | null = null;
  try {
    if (plans.length > 0) {
      const sets = join(args.state, "forecasts");
      const work = { journal, sets, registry, plans, historyMs };
      forecasting = await LiveForecasts.start(work, run, (news) => {
        metrics.forecast(news);
        if (news.kind !== "issued") server.log.warn(news, "forecast");
      });
    }
    const url = await server.listen({ host, port });
    const { recovery } = run;
    if (args.json)
      printJson({
        listening: url,
        state: args.state,
        target: args.target,
        policy: policy.name,
        promotion,
        stage: rehearsing?.rehearsal.view() ?? viewStage(run.state),
        recovery,
      });
    else sayMeanwhile(began(url, recovery, args));
    if (rehearsing !== null) sayMeanwhile(rehearsalWords(rehearsing.rehearsal.view(), args));
    if (trial !== null) sayMeanwhile(stageWords(viewStage(run.state), trial));
    const stopSources = await startSources(settings, args.state, run, metrics, server.log, fail);
    const stopWatch = keepWatch(run, server.log, fail);
    const stopStore = keepIn(store, args.state, run, server.log);
    await Promise.race([stopped, failed]);
    await server.close();
    reviewer?.close();
    stopWatch();
    await stopSources();
    await stopStore();
    await forecasting?.stop();
    await rehearsing?.stop();
    await run.stop();
    sayMeanwhile(`prae: stopped; ${run.events} events in ${journal}`);
  } catch (error) {
    // What was acknowledged is on the disk; what was not must not look as if it were.
    if (!(error instanceof Superseded)) process.exit(reportFailure(error, false));
    sayMeanwhile(`prae: ${error.message}. Nothing more is acknowledged here.`);
    process.exit(EXIT.worldRefused);
  }
}

/** At which stage the candidate is: what the journal says counts, not the command line. */
function stageWords({ stage, policy, candidate, share, users, reason }: StageView, { sharePpm }: Trial): string {
  if (stage === "rolled_back") {
    return `  ${candidate} was rolled back (${reason}): ${policy} decides for everybody. PUT /v1/stage would begin it again`;
  }
  const asked =
    stage === "canary" && share * 1_000_000 !== sharePpm ? `, as the journal says and not ${sharePpm / 10_000} %` : "";
  const whom = `${users.candidate} of ${users.all} users (${Math.round(share * 1_000_000) / 10_000} %${asked})`;
  return `  ${stage}: ${candidate} decides for ${whom}, ${policy} for the others. PUT /v1/stage moves it on, or back`;
}

function rehearsalWords({ candidate, policy }: StageView, { state }: LiveArguments): string {
  return `  rehearsal: ${candidate} decides for nobody, ${policy} for everybody; its books are in ${join(state, "rehearsal")}`;
}

function began(url: string, { events, replayedEvents, tornBytes, elapsedMs }: LiveRun["recovery"], args: LiveArguments): string {
  const torn = tornBytes > 0 ? `, ${tornBytes} bytes of a cut write taken off` : "";
  const recovered = events === 0 ? "a new run" : `${events} events before, ${replayedEvents} read again${torn}, ${elapsedMs} ms`;
  const nobody = args.tokens === undefined ? "\n  no --tokens: nobody may ask for anything" : "";
  const where = `\n  API at ${url}, described at ${url}/openapi.json${nobody}`;
  return `prae: ${args.target}, ${recovered}${where}\n  Ctrl-C stops it; the same command goes on`;
}
