import { readFile } from "node:fs/promises";
import type { TopLevelSpec } from "vega-lite";
import { CHART_CONFIG } from "./theme.ts";

/**
 * Vega-Lite to Vega, when the report is written: the page then needs Vega alone. Rows arrive in the page, into the data set
 * named `table`.
 */
export async function compileChart(spec: TopLevelSpec): Promise<object> {
  const { compile } = await import("vega-lite");
  return compile(spec, { config: CHART_CONFIG }).spec;
}

/** Vega's browser build and its licence, from wherever the package manager put it. */
export async function readVega(): Promise<{ readonly code: string; readonly license: string }> {
  const module = import.meta.resolve("vega");
  const [code, license] = await Promise.all([
    readFile(new URL("vega.min.js", module), "utf8"),
    readFile(new URL("../LICENSE", module), "utf8"),
  ]);
  return { code, license };
}
