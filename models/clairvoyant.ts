import type { ForecastBatch } from "../allocator/core/forecast.ts";
import type { Feed } from "../allocator/core/policy.ts";
import { RESOURCE_NAMES } from "../allocator/core/resources.ts";
import type { Trace, UsageColumns } from "../datasets/trace.ts";
import { ForecastSet, type StoredBatch, storeBatch } from "./forecast-set.ts";
import { StepMaxima } from "./step-maxima.ts";

/** One level, because the truth has no spread. */
const CERTAIN = Uint32Array.of(1_000_000);

/**
 * The true future as forecasts, at no inference latency: what a perfect forecaster would say of the trace, as if every request
 * started on arrival. A reference to compare with: it can be deployed nowhere, and is labelled wherever it is shown.
 *
 * Concurrency is given for (user, app), and for an app as a whole where it is shared; demand for users. Of a usage trace there is
 * demand alone: a sample stamped t is the demand over (t − window, t], as far as no earlier sample speaks for it.
 */
export function clairvoyantForecasts(trace: Trace, feed: Feed): ForecastSet {
  if (feed.model !== "clairvoyant") throw new Error(`a feed of ${feed.model} must not see the future`);
  const { startMs, endMs } = trace.manifest.window;
  const longestStartUpMs = trace.apps.reduce((longest, app) => Math.max(longest, app.coldStartMs), 0);
  const steps = Math.ceil((feed.horizonMs ?? feed.everyMs + longestStartUpMs + feed.stepMs) / feed.stepMs);
  const future = new Future(trace);
  const measured = trace.requests.count === 0 && trace.usage !== null ? new MeasuredFuture(trace.usage) : null;
  const batches: StoredBatch[] = [];
  for (let issuedAtMs = startMs; issuedAtMs < endMs; issuedAtMs += feed.everyMs) {
    const requests = future.overlapping(issuedAtMs, issuedAtMs + steps * feed.stepMs);
    const common = {
      issuedAtMs,
      availableAtMs: issuedAtMs,
      firstStepMs: issuedAtMs,
      stepMs: feed.stepMs,
      steps,
      levelsPpm: CERTAIN,
    };
    const made = [
      ...(feed.targets.includes("concurrency") ? concurrency(trace, requests, common, feed.countsRequests === true) : []),
      ...(feed.targets.includes("demand") ? demand(trace, requests, common) : []),
      ...(feed.targets.includes("demand") && measured !== null ? [measured.demand(common)] : []),
    ];
    for (const batch of made) if (batch.ids.length > 0) batches.push(storeBatch(batch));
  }
  return new ForecastSet(batches);
}

type Common = Omit<ForecastBatch, "target" | "entity" | "ids" | "values">;

/** The requests of a trace, by windows that move forward. */
class Future {
  readonly #trace: Trace;
  #running: number[] = [];
  #next = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Those that run at some instant of `[fromMs, toMs)`, in order of submission; `fromMs` never decreases. */
  overlapping(fromMs: number, toMs: number): readonly number[] {
    const { submitMs, count } = this.#trace.requests;
    while (this.#next < count && (submitMs[this.#next] as number) < toMs) {
      this.#running.push(this.#next);
      this.#next += 1;
    }
    this.#running = this.#running.filter((request) => endOf(this.#trace, request) > fromMs);
    return this.#running;
  }
}

/** A request of no length still needs an instance at its instant. */
function endOf({ requests }: Trace, request: number): number {
  return (requests.submitMs[request] as number) + Math.max(1, requests.runMs[request] as number);
}

function concurrency(trace: Trace, requests: readonly number[], common: Common, countsRequests: boolean): ForecastBatch[] {
  const { submitMs, user, app } = trace.requests;
  const groups = new Map<string, { readonly ids: readonly number[]; readonly maxima: StepMaxima }>();
  for (const request of requests) {
    const appId = app[request] as number;
    const ids = trace.apps[appId]?.shared === true ? [appId] : [user[request] as number, appId];
    const key = ids.join(":");
    let group = groups.get(key);
    if (group === undefined) {
      group = { ids, maxima: new StepMaxima() };
      groups.set(key, group);
    }
    group.maxima.add(submitMs[request] as number, endOf(trace, request), 1);
  }
  return (["user_app", "app"] as const).map((entity) => {
    const members = [...groups.values()].filter(({ ids }) => ids.length === (entity === "app" ? 1 : 2));
    const values = new Uint32Array(members.length * common.steps);
    members.forEach(({ ids, maxima }, i) => {
      const row = values.subarray(i * common.steps, (i + 1) * common.steps);
      maxima.write(common.firstStepMs, common.stepMs, row);
      const each = countsRequests ? 1 : (trace.apps[ids[ids.length - 1] as number]?.concurrency ?? 1);
      if (each > 1) for (let k = 0; k < row.length; k += 1) row[k] = Math.ceil((row[k] as number) / each);
    });
    return { ...common, target: "concurrency", entity, ids: Uint32Array.from(members.flatMap(({ ids }) => ids)), values };
  });
}

function demand(trace: Trace, requests: readonly number[], common: Common): ForecastBatch[] {
  const { submitMs, user, shape, shapes } = trace.requests;
  const users = new Map<number, readonly StepMaxima[]>();
  for (const request of requests) {
    const id = user[request] as number;
    let maxima = users.get(id);
    if (maxima === undefined) {
      maxima = RESOURCE_NAMES.map(() => new StepMaxima());
      users.set(id, maxima);
    }
    const requested = shapes[shape[request] as number];
    RESOURCE_NAMES.forEach((resource, i) => {
      maxima?.[i]?.add(submitMs[request] as number, endOf(trace, request), requested?.[resource] ?? 0);
    });
  }
  const values = new Uint32Array(users.size * 4 * common.steps);
  let row = 0;
  for (const maxima of users.values()) {
    for (const one of maxima) {
      one.write(common.firstStepMs, common.stepMs, values.subarray(row * common.steps, (row + 1) * common.steps));
      row += 1;
    }
  }
  return [{ ...common, target: "demand", entity: "user", ids: Uint32Array.from(users.keys()), values }];
}

/** The samples of a usage trace, by windows that move forward. */
class MeasuredFuture {
  readonly #usage: UsageColumns;
  /** Where each sample begins: not before the user's sample before it ended. */
  readonly #fromMs: Float64Array;
  readonly #users: number;
  /** No sample stands longer for its past than this. */
  readonly #longestMs: number;
  #next = 0;

  constructor(usage: UsageColumns) {
    this.#usage = usage;
    this.#fromMs = new Float64Array(usage.count);
    const untilMs: number[] = [];
    let longestMs = 0;
    for (let row = 0; row < usage.count; row += 1) {
      const user = usage.user[row] as number;
      const atMs = usage.atMs[row] as number;
      this.#fromMs[row] = Math.max(0, atMs - (usage.windowMs[row] as number), untilMs[user] ?? 0);
      untilMs[user] = atMs;
      longestMs = Math.max(longestMs, atMs - (this.#fromMs[row] as number));
    }
    this.#users = untilMs.length;
    this.#longestMs = longestMs;
  }

  /** Largest demand in each step; `firstStepMs` never decreases. */
  demand(common: Common): ForecastBatch {
    const { cpuMillis, memoryMiB, gpuMillis, networkKbps, atMs, user, count } = this.#usage;
    const { firstStepMs, stepMs, steps } = common;
    const rows = new Map<number, number>();
    const values = new Uint32Array(this.#users * WIDTH * steps);
    const endMs = firstStepMs + steps * stepMs;
    while (this.#next < count && (atMs[this.#next] as number) <= firstStepMs) this.#next += 1;
    for (let row = this.#next; row < count && (atMs[row] as number) - this.#longestMs < endMs; row += 1) {
      const from = this.#fromMs[row] as number;
      if (from >= endMs) continue;
      const first = Math.max(0, Math.floor((from - firstStepMs) / stepMs));
      const last = Math.min(steps - 1, Math.ceil(((atMs[row] as number) - firstStepMs) / stepMs) - 1);
      const id = user[row] as number;
      let entity = rows.get(id);
      if (entity === undefined) {
        entity = rows.size;
        rows.set(id, entity);
      }
      [cpuMillis, memoryMiB, gpuMillis, networkKbps].forEach((column, i) => {
        const amount = column[row] as number;
        const start = ((entity as number) * WIDTH + i) * steps;
        for (let k = first; k <= last; k += 1) if ((values[start + k] as number) < amount) values[start + k] = amount;
      });
    }
    const ids = Uint32Array.from(rows.keys());
    return { ...common, target: "demand", entity: "user", ids, values: values.slice(0, ids.length * WIDTH * steps) };
  }
}

const WIDTH = RESOURCE_NAMES.length;
