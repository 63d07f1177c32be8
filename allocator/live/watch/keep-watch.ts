import type { LiveRun } from "../live-run.ts";
import { rollbackReason } from "./stage-watch.ts";

const EVERY_MS = 10_000;

/** Where it says what it did. */
export interface WatchLog {
  warn(what: object, message: string): void;
}

/**
 * Looks every ten seconds whether what is observed is surely worse than what was predicted, and then has the policy in force take over
 * again, for good: it never begins the candidate again.
 * @returns how to stop.
 */
export function keepWatch(run: LiveRun, log: WatchLog, fail: (error: unknown) => void): () => void {
  const { watch } = run;
  if (watch === null) return () => {};
  let isStopped = false;
  let cancel = () => {};
  const look = async (): Promise<void> => {
    const { rollout } = run.state;
    if (rollout === null || rollout.stage === "rolled_back" || run.isStopped) return;
    const nowMs = run.clock.nowMs();
    const report = watch.report(nowMs);
    const reason = rollbackReason(report, nowMs);
    if (reason === null) return;
    await run.stage({ stage: "rolled_back", reason });
    log.warn({ reason, measures: report.measures }, "rolled back");
  };
  const plan = () => {
    if (isStopped) return;
    cancel = run.clock.wakeAt(run.clock.nowMs() + EVERY_MS, () => {
      look().catch(fail);
      plan();
    });
  };
  plan();
  return () => {
    isStopped = true;
    cancel();
  };
}
