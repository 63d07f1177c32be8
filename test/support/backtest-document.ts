import { backtest } from "../../models/backtest/backtest.ts";
import { walkForward } from "../../models/backtest/plan.ts";
import type { Contestant } from "../../models/backtest/run-model.ts";
import { modelKind } from "../../models/catalogue.ts";
import type { Panel } from "../../models/panel/panel.ts";
import type { BacktestDocument } from "../../reports/backtest/document.ts";

/** A backtest of some models on a panel, as its page gets it. */
export async function backtestDocument(
  panel: Panel,
  names: readonly string[],
  more: readonly Contestant[] = [],
): Promise<BacktestDocument> {
  const arrival = panel.target === "arrival";
  const references = { simple: arrival ? "seasonal-poisson" : "seasonal-naive", classical: "best-classical" };
  const contestants = [...names.map((name) => modelKind(name, panel.target) as Contestant), ...more];
  return {
    ...(await backtest(walkForward(panel, 12, 6, 1), contestants, { references, fit: {} })),
    source: { name: "a trace", digest: "ab".repeat(32), kind: "trace", synthetic: true },
    protocol: "walk-forward",
    backend: { name: "wasm", version: "4.22.0" },
    code_revision: "0.1.0+abc",
    command: "prae backtest --trace 'a trace'",
  };
}
