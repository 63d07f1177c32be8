import type { Issue } from "../../../datasets/issues.ts";
import type { RunCells } from "../../../reports/statistics/cells.ts";
import type { RunRecord } from "../../run-record.ts";
import type { NamedPolicy } from "../inputs.ts";
import type { Scenario } from "../run-policy.ts";
import type { SharedTrace } from "./shared-trace.ts";

/** A scenario as it travels to a worker. */
export interface SharedScenario extends Omit<Scenario, "trace"> {
  readonly trace: SharedTrace;
}

/** One run to be made. */
export interface ToWorker {
  readonly job: number;
  /** Index among the scenarios that the worker was started with. */
  readonly scenario: number;
  readonly policy: NamedPolicy;
}

export type FromWorker =
  | { readonly kind: "progress"; readonly job: number; readonly share: number }
  | { readonly kind: "done"; readonly job: number; readonly record: RunRecord; readonly cells: RunCells }
  /** `issues`: the input was at fault; otherwise it is a bug. */
  | { readonly kind: "failed"; readonly job: number; readonly issues: readonly Issue[] | null; readonly message: string };
