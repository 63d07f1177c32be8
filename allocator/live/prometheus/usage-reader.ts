import { NO_RESOURCES, type Resources } from "../../core/resources.ts";
import { Backoff } from "../backoff.ts";
import { LiveError, type LiveIssue } from "../live-error.ts";
import type { Clock, SourceSink, Told } from "../ports.ts";
import { Refused } from "../refused.ts";
import { Sleeper } from "../sleeper.ts";
import type { TelemetryLog } from "../telemetry-log.ts";
import { beforeNewest, instantsDue } from "./instants.ts";
import type { PrometheusSource } from "./prometheus-document.ts";
import { PrometheusError, queryRange, type UserSamples } from "./query-range.ts";
import { amountOf } from "./units.ts";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

export interface ReaderOptions {
  readonly source: PrometheusSource;
  readonly sink: SourceSink;
  readonly clock: Clock;
  readonly log: TelemetryLog;
  /** What it was given to cannot take more. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Reads what users use from a Prometheus, instant after instant: none twice and none left out, whatever either side's crashes, because
 * the journal has the last one with what it told. What was missed meanwhile is made up for, sample by sample.
 */
export class UsageReader {
  readonly #options: ReaderOptions;
  readonly #sleeper: Sleeper;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  readonly #strangers = new Set<string>();
  #running: Promise<void> = Promise.resolve();
  #abort = new AbortController();

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#sleeper = new Sleeper(options.clock);
  }

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#sleeper.isOver) this.#options.onFailure(error);
    });
  }

  /** Resolves when nothing more is given to the sink. */
  async stop(): Promise<void> {
    this.#sleeper.end();
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { source, sink, clock, log } = this.#options;
    const key = `prometheus ${source.name}`;
    const beganMs = beforeNewest(clock.nowMs(), source);
    while (!this.#sleeper.isOver) {
      const { startMs, endMs, skipped, nextDueMs } = instantsDue(Number(sink.position(key) ?? beganMs), clock.nowMs(), source);
      if (endMs < startMs) {
        await this.#sleeper.until(nextDueMs);
        continue;
      }
      if (skipped > 0) log.warn({ source: key, skipped, fromMs: startMs }, "too long ago to be caught up on");
      try {
        const told = await this.#read(startMs, endMs);
        if (this.#backoff.failures > 0) log.info({ source: key, afterTries: this.#backoff.failures }, "answers again");
        this.#backoff.worked();
        for (let atMs = startMs; atMs <= endMs && !this.#sleeper.isOver; atMs += source.stepMs) {
          const leftOut = await sink.takeIn(key, String(atMs), told.get(atMs) ?? []);
          for (const { told: one, why } of leftOut) this.#leave(key, one, why);
        }
      } catch (error) {
        if (error instanceof Refused && this.#sleeper.isOver) return;
        if (!(error instanceof PrometheusError)) throw error;
        if (this.#sleeper.isOver) return;
        const waitMs = this.#backoff.nextMs();
        log.warn({ source: key, why: error.message, hint: error.hint, tries: this.#backoff.failures, waitMs }, "not read");
        await this.#sleeper.until(clock.nowMs() + waitMs);
      }
    }
  }

  /** Said once a name, so that a log does not grow with every sample of somebody whom the fleet does not have. */
  #leave(key: string, told: Told, why: string): void {
    if (told.kind !== "usage" || this.#strangers.has(told.user)) return;
    this.#strangers.add(told.user);
    this.#options.log.warn({ source: key, user: told.user, why }, "left out");
  }

  async #read(startMs: number, endMs: number): Promise<Map<number, Told[]>> {
    const { source } = this.#options;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const ask = (query: string) => queryRange({ ...source, query, startMs, endMs }, signal);
    const answers = await Promise.all(source.queries.map(({ query }) => ask(query)));
    const saturated = source.saturated === null ? new Map() : await ask(source.saturated);
    return observations(source, answers, saturated, startMs, endMs);
  }
}

/** What the samples say of each user at each instant. A user of whom one is missing (and does not stand for 0) is passed over there. */
function observations(
  { queries, stepMs }: PrometheusSource,
  answers: readonly UserSamples[],
  saturated: UserSamples,
  startMs: number,
  endMs: number,
): Map<number, Told[]> {
  const users = [...new Set(answers.flatMap((answer) => [...answer.keys()]))].sort();
  const told = new Map<number, Told[]>();
  for (let atMs = startMs; atMs <= endMs; atMs += stepMs) {
    const now: Told[] = [];
    for (const user of users) {
      const samples = answers.map((answer) => answer.get(user)?.get(atMs));
      if (samples.every((sample) => sample === undefined)) continue;
      const amounts = samples.map((sample, i) => {
        const { absent, perUnit } = queries[i] as (typeof queries)[number];
        return sample === undefined ? (absent === "zero" ? 0 : null) : amountOf(sample, perUnit);
      });
      if (amounts.includes(null)) continue;
      const used = {
        ...NO_RESOURCES,
        ...Object.fromEntries(queries.map(({ resource }, i) => [resource, amounts[i]])),
      } as Resources;
      now.push({ kind: "usage", user, used, windowMs: stepMs, saturated: (saturated.get(user)?.get(atMs) ?? 0) > 0 });
    }
    told.set(atMs, now);
  }
  return told;
}

/**
 * Asks each query once, for the newest instant: what the server refuses would never be read. A server that is away is no reason not to
 * begin.
 * @throws LiveError with every query that was refused, and why.
 */
export async function checkQueries(source: PrometheusSource, nowMs: number): Promise<void> {
  const atMs = Math.floor((nowMs - source.delayMs) / source.stepMs) * source.stepMs;
  const asked = source.queries.map(({ resource, query }) => ({ path: `queries.${resource}.query`, query }));
  if (source.saturated !== null) asked.push({ path: "saturated", query: source.saturated });
  const issues = await Promise.all(
    asked.map(async ({ path, query }): Promise<LiveIssue[]> => {
      try {
        await queryRange({ ...source, query, startMs: atMs, endMs: atMs }, new AbortController().signal);
        return [];
      } catch (error) {
        if (!(error instanceof PrometheusError)) throw error;
        const { message: found, hint } = error;
        return error.isPassing ? [] : [{ path, expected: `an answer to ${query}`, found, ...(hint === "" ? {} : { hint }) }];
      }
    }),
  );
  if (issues.flat().length > 0) throw new LiveError(issues.flat());
}
