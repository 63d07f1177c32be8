import { join } from "node:path";
import type { LiveMetrics } from "../../../allocator/live/http/live-metrics.ts";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import { Rehearsal } from "../../../allocator/live/rehearsal.ts";
import { StageWatch } from "../../../allocator/live/watch/stage-watch.ts";
import { JournalForecasts } from "../journal-forecasts.ts";
import { sayMeanwhile } from "../output.ts";
import { type ForecastNews, LiveForecasts } from "./live-forecasts.ts";
import type { LiveSettings } from "./settings.ts";

/** Where the books of a rehearsal are, in the state folder of its run. */
const FOLDER = "rehearsal";

/** A rehearsal beside a run, with forecasts of its own. */
export interface Rehearsing {
  readonly rehearsal: Rehearsal;
  stop(): Promise<void>;
}

interface Where {
  /** The run's folder. */
  readonly state: string;
  /** How far back forecasts look. */
  readonly historyMs: number;
  /** From which size on a journal goes on in another file. */
  readonly segmentBytes: number;
}

/**
 * Has the candidate of the settings rehearse beside the run. Where it cannot begin, that is said, and the run goes on without.
 * @param follow told first: from now on every step of the run is the rehearsal's. @returns `null`: there is none.
 */
export async function rehearse(
  settings: LiveSettings,
  where: Where,
  real: LiveRun,
  metrics: LiveMetrics,
  follow: (rehearsal: Rehearsal | null) => void,
): Promise<Rehearsing | null> {
  try {
    return await begin(settings, where, real, metrics, follow);
  } catch (error) {
    follow(null);
    sayMeanwhile(`prae: the candidate cannot rehearse, the run goes on without: ${(error as Error).message}`);
    return null;
  }
}

async function begin(
  { rehearsed, fleet, watch, promotion, registry }: LiveSettings,
  { state, historyMs, segmentBytes }: Where,
  real: LiveRun,
  metrics: LiveMetrics,
  follow: (rehearsal: Rehearsal) => void,
): Promise<Rehearsing | null> {
  if (rehearsed === null) return null;
  const folder = join(state, FOLDER);
  const whole = new JournalForecasts(join(folder, "journal.prae.gz"), undefined);
  const rehearsal = await Rehearsal.open(real, {
    ...{ state: folder, fleet, policy: rehearsed.policy, promotion, clock: real.clock, segmentBytes },
    watch: watch && ((its, from) => new StageWatch(its, fleet, watch.predictions, { ...watch.options, rehearses: true }, from)),
    whole: (event) => whole.whole(event),
    onFailure: (error) => sayMeanwhile(`prae: the rehearsal has ended, the run goes on: ${(error as Error).message}`),
  });
  follow(rehearsal);
  const tell = (news: ForecastNews) => {
    if (news.kind !== "issued") sayMeanwhile(`prae: a forecast of the rehearsal: ${news.kind}, ${news.message ?? news.model}`);
  };
  // The run's journal knows what came before the rehearsal began.
  const work = {
    journal: join(state, "journal.prae.gz"),
    sets: join(folder, "forecasts"),
    registry,
    plans: rehearsed.plans,
    historyMs,
  };
  const to = {
    clock: real.clock,
    mark: () => real.mark(),
    forecast: (batch: Parameters<LiveRun["forecast"]>[0]) => rehearsal.run.forecast(batch),
  };
  try {
    await rehearsal.catchUp();
    const forecasts = rehearsed.plans.length === 0 ? null : await LiveForecasts.start(work, to, tell);
    metrics.rehearse(rehearsal);
    return {
      rehearsal,
      stop: async () => {
        await forecasts?.stop();
        await rehearsal.stop();
      },
    };
  } catch (error) {
    await rehearsal.stop();
    throw error;
  }
}
