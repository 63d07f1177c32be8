import type { FitOptions, ModelKind } from "../catalogue.ts";
import { checkForecast, type Forecaster, ForecastFault, type Split } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import { watchPeakMemory } from "./peak-memory.ts";
import type { BacktestPlan } from "./plan.ts";

/** One that enters a backtest: a kind of the catalogue, or a trained model. */
export interface Contestant {
  readonly name: string;
  readonly family: ModelKind["family"];
  /** No backend of tensors. */
  readonly plain?: true;
  fit(panel: Panel, split: Split, options: FitOptions): Promise<Forecaster>;
}

/** What a model cost: processor time and wall time in ms, and the process's largest memory meanwhile. */
export interface ModelCost {
  readonly fitCpuMs: number;
  readonly fitWallMs: number;
  /** Mean of one forecast of all series. */
  readonly forecastCpuMs: number;
  readonly peakMemoryMiB: number;
}

export interface ModelRun {
  readonly chosen: string | null;
  readonly cost: ModelCost;
}

/** `null` in place of a run: the model failed, and this is why. Another forecast never takes its place. */
export type Outcome = { readonly run: ModelRun; readonly fault: null } | { readonly run: null; readonly fault: string };

/**
 * Fits a model on what comes before the test part, which is all that it is given, and has it forecast from every origin.
 * @param options.take is given each forecast, checked, with the number of its origin.
 */
export async function runModel(
  contestant: Contestant,
  plan: BacktestPlan,
  options: {
    readonly known: Panel;
    readonly fit: Omit<FitOptions, "horizon" | "seed" | "onProgress">;
    take(origin: number, values: Float32Array): void;
    onProgress(share: number): void;
  },
): Promise<Outcome> {
  const { panel, split, origins, horizon, seed } = plan;
  const peakMemoryMiB = watchPeakMemory();
  let forecaster: (Forecaster & { dispose?(): void }) | null = null;
  try {
    const fit = new Stopwatch();
    forecaster = await fit.time(() =>
      contestant.fit(options.known, split, {
        ...options.fit,
        horizon,
        seed,
        onProgress: (share) => options.onProgress(0.7 * share),
      }),
    );
    const forecasts = new Stopwatch();
    for (const [index, origin] of origins.entries()) {
      const history = new History(panel, origin);
      const { forecast } = forecaster;
      const values = await forecasts.time(() => forecast.call(forecaster, history, horizon));
      checkForecast(forecaster, values, history, horizon);
      options.take(index, values);
      options.onProgress(0.7 + (0.3 * (index + 1)) / origins.length);
    }
    const cost = {
      fitCpuMs: fit.cpuMs,
      fitWallMs: fit.wallMs,
      forecastCpuMs: forecasts.cpuMs / origins.length,
      peakMemoryMiB: peakMemoryMiB(),
    };
    return { run: { chosen: forecaster.chosen ?? null, cost }, fault: null };
  } catch (error) {
    return { run: null, fault: faultText(error) };
  } finally {
    forecaster?.dispose?.();
  }
}

function faultText(error: unknown): string {
  if (error instanceof ForecastFault) return error.message;
  return error instanceof Error ? `it threw ${error.name}: ${error.message}` : `it threw ${String(error)}`;
}

/** Adds up the processor and wall time of what it is given to do. */
class Stopwatch {
  cpuMs = 0;
  wallMs = 0;

  async time<T>(work: () => Promise<T>): Promise<T> {
    const cpu = process.cpuUsage();
    const fromMs = performance.now();
    const result = await work();
    const { user, system } = process.cpuUsage(cpu);
    this.cpuMs += (user + system) / 1000;
    this.wallMs += performance.now() - fromMs;
    return result;
  }
}
