import type { LiveMetrics } from "../../../allocator/live/http/live-metrics.ts";
import type { KafkaSource } from "../../../allocator/live/kafka/kafka-document.ts";
import { DeclaredObjects } from "../../../allocator/live/kubernetes/declared-objects.ts";
import type { KubernetesSettings } from "../../../allocator/live/kubernetes/kubernetes-document.ts";
import { PodMetricsReader } from "../../../allocator/live/kubernetes/pod-metrics-reader.ts";
import { runIdIn } from "../../../allocator/live/kubernetes/run-id.ts";
import { LiveError } from "../../../allocator/live/live-error.ts";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import type { PrometheusSource } from "../../../allocator/live/prometheus/prometheus-document.ts";
import { checkQueries, UsageReader } from "../../../allocator/live/prometheus/usage-reader.ts";
import type { TelemetryLog } from "../../../allocator/live/telemetry-log.ts";
import { InputError } from "../../../datasets/issues.ts";

/** What telemetry is read from, as the options say. */
export interface SourceSettings {
  readonly prometheus: PrometheusSource | null;
  readonly kafka: KafkaSource | null;
  /** `null`: the target is another. */
  readonly kubernetes: KubernetesSettings | null;
}

/** Asks each source whether it would answer. @throws InputError with all that a source refuses. */
export async function checkSources(
  { prometheus, kafka }: SourceSettings,
  where: { prometheus: string | undefined; kafka: string | undefined },
): Promise<void> {
  if (kafka !== null) {
    const { checkTopics } = await import("../../../allocator/live/kafka/check-topics.ts");
    await asInput(String(where.kafka), checkTopics(kafka));
  }
  if (prometheus !== null) await asInput(String(where.prometheus), checkQueries(prometheus, Date.now()));
}

/** Reads the sources into the run, from where it read them last. @param state the run's folder. @returns how to stop. */
export async function startSources(
  { prometheus, kafka, kubernetes }: SourceSettings,
  state: string,
  run: LiveRun,
  metrics: LiveMetrics,
  log: TelemetryLog,
  onFailure: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const shared = { sink: metrics.counted(run, run.clock), clock: run.clock, log, onFailure };
  const readers: { start(): void; stop(): Promise<void> }[] = [];
  if (prometheus !== null) readers.push(new UsageReader({ source: prometheus, ...shared }));
  if (kafka !== null) {
    const { KafkaReader } = await import("../../../allocator/live/kafka/kafka-reader.ts");
    readers.push(new KafkaReader({ source: kafka, ...shared }));
  }
  if (kubernetes !== null && kubernetes.metricsEveryMs !== null) {
    const everyMs = kubernetes.metricsEveryMs;
    readers.push(new PodMetricsReader({ settings: kubernetes, everyMs, runId: runIdIn(state), run, ...shared }));
  }
  if (kubernetes !== null && kubernetes.objects !== null)
    readers.push(new DeclaredObjects({ settings: kubernetes, sink: run, log, onFailure }));
  for (const reader of readers) reader.start();
  return async () => void (await Promise.all(readers.map((reader) => reader.stop())));
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
