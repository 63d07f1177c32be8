import type { ModelResult } from "../../models/backtest/backtest-result.ts";
import type { BacktestDocument } from "./document.ts";

/** The loss that models are ranked by, and what it is called. */
export interface Loss {
  readonly metric: "sql" | "log_loss";
  readonly name: string;
}

export function lossOf({ target }: Pick<BacktestDocument, "target">): Loss {
  return target === "arrival" ? { metric: "log_loss", name: "log loss" } : { metric: "sql", name: "SQL" };
}

/** Those that have scores, from the lowest ratio to the simple reference to the highest; without ratios, by the loss. */
export function rankedModels(document: BacktestDocument): readonly ModelResult[] {
  const { metric } = lossOf(document);
  const rank = ({ metrics }: ModelResult) => metrics[`${metric}_ratio`] ?? metrics[metric] ?? Number.POSITIVE_INFINITY;
  return document.models.filter(({ fault }) => fault === null).sort((a, b) => rank(a) - rank(b));
}

/** For the marks of charts: what others are held against is drawn grey. */
export function isReference({ references }: BacktestDocument, { name, family }: ModelResult): boolean {
  return family === "reference" || name === references.simple;
}
