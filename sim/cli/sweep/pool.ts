import { Worker } from "node:worker_threads";
import { InputError } from "../../../datasets/issues.ts";
import type { RunCells } from "../../../reports/statistics/cells.ts";
import type { RunRecord } from "../../run-record.ts";
import type { NamedPolicy } from "../inputs.ts";
import type { Scenario } from "../run-policy.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { shareTrace } from "./shared-trace.ts";

/** One run: a policy on a scenario. */
export interface Job {
  /** Index into the pool's scenarios. */
  readonly scenario: number;
  readonly policy: NamedPolicy;
}

export interface PoolOptions {
  readonly scenarios: readonly Scenario[];
  readonly jobs: readonly Job[];
  readonly workers: number;
  /** The built `worker.js`. */
  readonly workerUrl: URL;
  /** Called as runs end, in whatever order; the pool waits for what it returns before it ends. */
  readonly onDone: (job: number, record: RunRecord, cells: RunCells) => Promise<void>;
  /** Sum over jobs of the share that is done. */
  readonly onProgress: (done: number) => void;
}

/**
 * Makes the runs in worker threads that share the traces' columns. What a run gives depends on nothing but its job, so the number
 * of workers and their turns do not matter.
 * @throws InputError or Error as the first run that failed; the others are stopped.
 */
export async function runPool(options: PoolOptions): Promise<void> {
  const { jobs, workerUrl, onDone, onProgress } = options;
  const shares = new Float64Array(jobs.length);
  const report = () => onProgress(shares.reduce((sum, share) => sum + share, 0));
  const traces = new Map([...new Set(options.scenarios.map(({ trace }) => trace))].map((trace) => [trace, shareTrace(trace)]));
  const scenarios = options.scenarios.map((scenario) => ({ ...scenario, trace: traces.get(scenario.trace)! }));
  const writes: Promise<void>[] = [];
  const workers: Worker[] = [];
  let next = 0;

  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(workerUrl, { workerData: scenarios });
      workers.push(worker);
      const takeNext = () => {
        if (next === jobs.length) return resolve();
        const job = next++;
        const message: ToWorker = { job, ...jobs[job]! };
        worker.postMessage(message);
      };
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`a worker of the sweep ended with code ${code}`)));
      worker.on("message", (message: FromWorker) => {
        if (message.kind === "failed") {
          reject(message.issues === null ? new Error(message.message) : new InputError(message.issues));
          return;
        }
        shares[message.job] = message.kind === "done" ? 1 : message.share;
        report();
        if (message.kind === "progress") return;
        writes.push(onDone(message.job, message.record, message.cells).catch(reject));
        takeNext();
      });
      takeNext();
    });

  try {
    await Promise.all(Array.from({ length: Math.min(options.workers, jobs.length) }, work));
    await Promise.all(writes);
  } finally {
    for (const worker of workers) worker.removeAllListeners("exit");
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
