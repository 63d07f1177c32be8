import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkRunId } from "./pod-names.ts";

/**
 * The id by which a run knows its pods, kept beside its journal: the same after a restart, and no other run's. The pods of a run whose folder is
 * lost are nobody's.
 * @throws LiveError where the file holds something else.
 */
export function runIdIn(state: string): string {
  const path = join(state, "run-id");
  mkdirSync(state, { recursive: true });
  try {
    writeFileSync(path, randomBytes(5).toString("hex"), { flag: "wx", flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const runId = readFileSync(path, "utf8").trim();
  checkRunId(runId);
  return runId;
}
