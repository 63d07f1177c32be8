import type { BacktestResult } from "../../models/backtest/backtest-result.ts";

/** A backtest with where it comes from: what `prae backtest --json` prints, and what the page is made of. */
export interface BacktestDocument extends BacktestResult {
  readonly source: {
    readonly name: string;
    /** SHA-256, hex: of the trace; of a table, of its bytes. */
    readonly digest: string;
    readonly kind: "trace" | "table";
    readonly synthetic: boolean;
  };
  readonly protocol: "walk-forward" | "ett";
  /** Where learned models ran; `null`: there were none. */
  readonly backend: { readonly name: string; readonly version: string } | null;
  readonly code_revision: string;
  readonly command: string;
}
