/** A worker of `prae sweep`: replays the runs that it is sent, one after another, and sends back what each leaves behind. */
import { parentPort, workerData } from "node:worker_threads";
import { InputError } from "../../../datasets/issues.ts";
import { PolicyRunner } from "../run-policy.ts";
import type { FromWorker, SharedScenario, ToWorker } from "./messages.ts";
import { openTrace } from "./shared-trace.ts";

const PROGRESS_EVERY_MS = 250;

const port = parentPort!;
const scenarios = (workerData as readonly SharedScenario[]).map((shared) => ({ ...shared, trace: openTrace(shared.trace) }));
const send = (message: FromWorker) => port.postMessage(message);

port.on("message", ({ job, scenario, policy }: ToWorker) => {
  let sentMs = performance.now();
  const onProgress = (share: number) => {
    if (performance.now() - sentMs < PROGRESS_EVERY_MS) return;
    sentMs = performance.now();
    send({ kind: "progress", job, share });
  };
  new PolicyRunner(scenarios[scenario]!).run(policy, null, onProgress, false).then(
    ({ record, cells }) => send({ kind: "done", job, record, cells }),
    (error: unknown) => {
      const issues = error instanceof InputError ? error.issues : null;
      send({ kind: "failed", job, issues, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});
