import type { UserId } from "../../core/ids.ts";
import { add, NO_RESOURCES } from "../../core/resources.ts";
import type { State } from "../../core/state.ts";
import type { Directory } from "../directory.ts";
import type { Clock, SourceSink, Told } from "../ports.ts";
import { Refused } from "../refused.ts";
import { Sleeper } from "../sleeper.ts";
import type { TelemetryLog } from "../telemetry-log.ts";
import { ApiClient, type ApiClientOptions } from "./api-client.ts";
import { connectionOf, namespaceOf } from "./kubeconfig.ts";
import type { KubernetesSettings } from "./kubernetes-document.ts";
import { type InstanceUsage, instanceUsage, type PodMetrics } from "./pod-metrics.ts";
import { LABEL } from "./pod-names.ts";

const SOURCE = "kubernetes metrics";

/** Knows whose the instances are. */
interface Owners {
  readonly state: State;
  readonly directory: Directory;
}

export interface PodMetricsOptions {
  readonly settings: KubernetesSettings;
  readonly everyMs: number;
  readonly runId: string;
  readonly run: Owners;
  readonly sink: SourceSink;
  readonly clock: Clock;
  readonly log: TelemetryLog;
  /** What it was given to cannot take more. */
  readonly onFailure: (error: unknown) => void;
  readonly client?: ApiClientOptions;
}

/**
 * Reads what users' instances use from the cluster's metrics API, again and again. That API has only the latest of each pod: what was missed is
 * gone. The journal has when the newest that was taken in is of, so that none is taken in twice.
 */
export class PodMetricsReader {
  readonly #options: PodMetricsOptions;
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #sleeper: Sleeper;
  readonly #ended = new AbortController();
  /** Of what was taken in last of each user. */
  readonly #newestMs = new Map<UserId, number>();
  #isTroubled = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: PodMetricsOptions) {
    const { settings, clock, client } = options;
    this.#options = options;
    const connection = connectionOf(settings);
    this.#api = new ApiClient(connection, client);
    this.#path = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(namespaceOf(settings, connection))}/pods`;
    this.#sleeper = new Sleeper(clock);
  }

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!(this.#sleeper.isOver && error instanceof Refused)) this.#options.onFailure(error);
    });
  }

  /** Resolves when nothing more is given to the sink. */
  async stop(): Promise<void> {
    this.#sleeper.end();
    this.#ended.abort(new Error("reading metrics was stopped"));
    await this.#running;
    this.#api.close();
  }

  async #run(): Promise<void> {
    const { sink, clock, everyMs } = this.#options;
    while (!this.#sleeper.isOver) {
      const usages = await this.#ask();
      const lastMs = Number(sink.position(SOURCE) ?? 0);
      const told = this.#ofUsers(usages, lastMs);
      if (told.length > 0 && !this.#sleeper.isOver) {
        const newestMs = Math.max(lastMs, ...usages.map(({ atMs }) => atMs));
        await sink.takeIn(SOURCE, String(newestMs), told);
      }
      await this.#sleeper.until(clock.nowMs() + everyMs);
    }
  }

  /** Of what cannot be read nothing is known: the next time may do. */
  async #ask(): Promise<readonly InstanceUsage[]> {
    const { runId, log } = this.#options;
    try {
      const query = { labelSelector: `${LABEL.run}=${runId}` };
      const answer = await this.#api.request<{ items?: readonly PodMetrics[] }>(
        { method: "GET", path: this.#path, query },
        this.#ended.signal,
      );
      if (this.#isTroubled) log.info({ source: SOURCE }, "answers again");
      this.#isTroubled = false;
      return (answer.items ?? []).flatMap((item) => instanceUsage(item) ?? []);
    } catch (error) {
      if (!this.#isTroubled && !this.#ended.signal.aborted)
        log.warn({ source: SOURCE, why: (error as Error).message }, "not read");
      this.#isTroubled = true;
      return [];
    }
  }

  /** Of users of whose every instance that is ready it is known, and newer than it was. */
  #ofUsers(usages: readonly InstanceUsage[], lastMs: number): readonly Told[] {
    const { state, directory } = this.#options.run;
    const byInstance = new Map(usages.map((usage) => [usage.instance, usage]));
    const byUser = new Map<UserId, (InstanceUsage | null)[]>();
    for (const { id, user, phase } of state.instances.values()) {
      if (user === null || phase !== "ready") continue;
      byUser.set(user, [...(byUser.get(user) ?? []), byInstance.get(id) ?? null]);
    }
    return [...byUser].flatMap(([user, found]): Told[] => {
      const all = found.filter((one) => one !== null);
      const atMs = Math.max(...all.map((one) => one.atMs));
      if (all.length < found.length || atMs <= (this.#newestMs.get(user) ?? lastMs)) return [];
      this.#newestMs.set(user, atMs);
      const used = all.reduce((sum, one) => add(sum, one.used), NO_RESOURCES);
      const windowMs = Math.max(...all.map((one) => one.windowMs));
      return [{ kind: "usage", user: directory.user(user), used, windowMs, saturated: false }];
    });
  }
}
