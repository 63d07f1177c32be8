import { LiveError } from "../../../allocator/live/live-error.ts";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import type { PrometheusSource } from "../../../allocator/live/prometheus/prometheus-document.ts";
import { checkQueries, UsageReader } from "../../../allocator/live/prometheus/usage-reader.ts";
import type { TelemetryLog } from "../../../allocator/live/telemetry-log.ts";
import { InputError } from "../../../datasets/issues.ts";

/** What telemetry is read from, as the options say. */
export interface SourceSettings {
  readonly prometheus: PrometheusSource | null;
}

/** Asks each source whether it would answer. @throws InputError with all that a source refuses. */
export async function checkSources({ prometheus }: SourceSettings, where: { prometheus: string | undefined }): Promise<void> {
  if (prometheus !== null) await asInput(String(where.prometheus), checkQueries(prometheus, Date.now()));
}

/** Reads the sources into the run, from where it read them last. @returns how to stop. */
export function startSources(
  { prometheus }: SourceSettings,
  run: LiveRun,
  log: TelemetryLog,
  onFailure: (error: unknown) => void,
): () => Promise<void> {
  if (prometheus === null) return async () => {};
  const reader = new UsageReader({ source: prometheus, sink: run, clock: run.clock, log, onFailure });
  reader.start();
  return () => reader.stop();
}

/** What a live part refuses is wrong with what was given at `where`. */
export async function asInput<T>(where: string, doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    throw new InputError(error.issues.map((issue) => ({ where, ...issue })));
  }
}
