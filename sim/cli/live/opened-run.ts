import { join } from "node:path";
import { DecisionLog } from "../../../allocator/live/decision-log.ts";
import { ForecastBook } from "../../../allocator/live/forecast-book.ts";
import { LiveMetrics } from "../../../allocator/live/http/live-metrics.ts";
import { LiveRun } from "../../../allocator/live/live-run.ts";
import type { Rehearsal } from "../../../allocator/live/rehearsal.ts";
import { SystemClock } from "../../../allocator/live/system-clock.ts";
import { StageWatch } from "../../../allocator/live/watch/stage-watch.ts";
import type { StepObserver } from "../../../allocator/ports.ts";
import { JournalForecasts } from "../journal-forecasts.ts";
import type { LiveArguments } from "../live.ts";
import { sayMeanwhile } from "../output.ts";
import { platformOf } from "./platform.ts";
import type { LiveSettings } from "./settings.ts";
import { asInput } from "./telemetry.ts";

/** A run that was recovered or begun, and what is kept of it to be looked at. */
export interface OpenedRun {
  readonly run: LiveRun;
  readonly journal: string;
  readonly log: DecisionLog;
  readonly metrics: LiveMetrics;
  readonly forecasts: ForecastBook;
  /** From now on every step of the run is shown to the rehearsal, too; `null`: to none. */
  follow(rehearsal: Rehearsal | null): void;
}

/** @param onFailure as of `LiveRun`. @throws InputError where the state cannot be gone on with. */
export async function openRun(
  { state, standby }: LiveArguments,
  settings: LiveSettings,
  segmentBytes: number,
  onFailure: (error: unknown) => void,
): Promise<OpenedRun> {
  const { fleet, policy, trial, watch } = settings;
  const clock = new SystemClock();
  const journal = join(state, "journal.prae.gz");
  let run: LiveRun | null = null;
  let rehearsal: Rehearsal | null = null;
  const current = () => run as LiveRun;
  const log = new DecisionLog(
    () => current().state,
    () => current().directory,
  );
  const metrics = new LiveMetrics(current);
  const forecasts = new ForecastBook();
  const followed: StepObserver = { onStep: (event, decisions) => rehearsal?.onStep(event, decisions) };
  const sets = new JournalForecasts(journal, undefined);
  const opening = LiveRun.open({
    ...{ state, fleet, policy, trial, clock, standby, segmentBytes, onFailure },
    watch: watch && ((its, from) => new StageWatch(its, fleet, watch.predictions, watch.options, from)),
    platform: await platformOf(settings, state, clock, metrics),
    onWait: ({ pid, host }) => sayMeanwhile(`prae: process ${pid} on ${host} has this run; waiting to take its place`),
    whole: (event) => sets.whole(event),
    observers: [log, metrics, forecasts, followed].map((observer) => ({
      onStep: (event, decisions) => run !== null && observer.onStep(event, decisions),
    })),
  });
  run = await asInput(state, opening);
  const follow = (one: Rehearsal | null) => {
    rehearsal = one;
  };
  return { run, journal, log, metrics, forecasts, follow };
}
