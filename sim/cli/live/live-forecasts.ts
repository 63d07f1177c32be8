import { Worker } from "node:worker_threads";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import type { Clock } from "../../../allocator/live/ports.ts";
import type { ForecastOrder, ForecastWork, FromForecaster } from "./forecast-messages.ts";
import { forecastWorkerUrl } from "./forecast-worker-url.ts";
import { KeptCorrections } from "./kept-corrections.ts";

/** How forecasts go: for logs and metrics. */
export interface ForecastNews {
  readonly kind: "issued" | "late" | "failed";
  readonly model: string;
  /** Why it failed. */
  readonly message?: string;
  readonly elapsedMs?: number;
  /** How far the most corrected level is from what the model said, in scales. */
  readonly correction?: number;
}

/** What a run is for whoever forecasts for it. */
type Forecasted = Pick<LiveRun, "clock" | "mark" | "forecast">;

/**
 * Has the policy's forecasts made in a thread of its own, at whole multiples of each plan's cadence, and gives them to the run when they
 * are available: after the latency that the policy declares, or when they are made, if that takes longer. A forecast that fails is
 * missing, never another one: the policy's ladder says what stands in for it.
 */
export class LiveForecasts {
  readonly #worker: Worker;
  readonly #work: ForecastWork;
  readonly #run: Forecasted;
  readonly #clock: Clock;
  readonly #tell: (news: ForecastNews) => void;
  readonly #wakes = new Map<number, () => void>();
  /** Plans whose last order is not answered yet. */
  readonly #busy = new Set<number>();
  #isStopped = false;

  private constructor(worker: Worker, work: ForecastWork, run: Forecasted, tell: (news: ForecastNews) => void) {
    this.#worker = worker;
    this.#work = work;
    this.#run = run;
    this.#clock = run.clock;
    this.#tell = tell;
    worker.on("message", (message: FromForecaster) => this.#answered(message));
    worker.on("error", (error) => this.#tell({ kind: "failed", model: "every", message: error.message }));
    work.plans.forEach((_, plan) => void this.#plan(plan));
  }

  /** @throws InputError where what was kept cannot be read, Error where a model cannot be opened. */
  static async start(work: ForecastWork, run: Forecasted, tell: (news: ForecastNews) => void): Promise<LiveForecasts> {
    for (const plan of work.plans) new KeptCorrections(work.sets, plan).read();
    const worker = new Worker(forecastWorkerUrl(), { workerData: work });
    await new Promise<void>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (message: FromForecaster) => {
        if (message.kind === "failed") reject(new Error(message.message));
        else resolve();
      });
    });
    worker.removeAllListeners("error");
    return new LiveForecasts(worker, work, run, tell);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#wakes.values()) cancel();
    await this.#worker.terminate();
  }

  #plan(plan: number): void {
    if (this.#isStopped) return;
    const { everyMs, model } = this.#work.plans[plan] as ForecastWork["plans"][number];
    const atMs = (Math.floor(this.#clock.nowMs() / everyMs) + 1) * everyMs;
    const cancel = this.#clock.wakeAt(atMs, () => {
      this.#plan(plan);
      // One that takes longer than its cadence is left to finish: what it skips is said.
      if (this.#busy.has(plan)) return this.#tell({ kind: "late", model });
      this.#busy.add(plan);
      this.#order(plan, atMs).catch((error: Error) => {
        this.#busy.delete(plan);
        this.#tell({ kind: "failed", model, message: error.message });
      });
    });
    this.#wakes.set(plan, cancel);
  }

  async #order(plan: number, atMs: number): Promise<void> {
    const { byte } = await this.#run.mark();
    const order: ForecastOrder = { plan, atMs, byte };
    this.#worker.postMessage(order);
  }

  #answered(message: FromForecaster): void {
    if (message.kind === "ready" || message.order === null || this.#isStopped) return;
    const { plan, atMs } = message.order;
    const { model, latencyMs } = this.#work.plans[plan] as ForecastWork["plans"][number];
    this.#busy.delete(plan);
    if (message.kind === "failed") return this.#tell({ kind: "failed", model, message: message.message });
    const { batches, elapsedMs, correction } = message;
    this.#tell({ kind: "issued", model, elapsedMs, ...(correction === null ? {} : { correction }) });
    const give = () => {
      for (const batch of batches) this.#run.forecast(batch);
    };
    this.#wakes.set(-1 - plan, this.#clock.wakeAt(atMs + latencyMs, give));
  }
}
