import type { BacktestDocument } from "./document.ts";

export async function renderBacktest(document: BacktestDocument): Promise<string> {
  return JSON.stringify(document);
}
