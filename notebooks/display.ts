import type { DataFrame } from "danfojs-node";
import type { TopLevelSpec } from "vega-lite";
import { CHART_CONFIG } from "../reports/charts/theme.ts";
import type { Output } from "./notebook.ts";

/** What cells show: collected here when the runner executes a notebook, and handed to Jupyter when a person does. */

const shown: Output[][] = [];

/** The runner calls it between cells. */
export function beginCell(): void {
  shown.push([]);
}

/** What each cell has shown so far, in order. */
export function shownByCell(): readonly (readonly Output[])[] {
  return shown;
}

/** A Jupyter kernel shows a cell's last value by this method. */
interface Shown {
  [key: symbol]: () => Output;
}

function show(output: Output): Shown {
  shown.at(-1)?.push(output);
  return { [Symbol.for("Jupyter.display")]: () => output };
}

export function say(text: string): Shown {
  return show({ "text/plain": text });
}

export function table(frame: DataFrame): Shown {
  const columns = frame.columns;
  const rows = frame.values as (string | number | boolean | null)[][];
  const cell = (tag: string, value: unknown) => `<${tag}>${escapeHtml(written(value))}</${tag}>`;
  const head = `<tr>${columns.map((column) => cell("th", column)).join("")}</tr>`;
  const body = rows.map((row) => `<tr>${row.map((value) => cell("td", value)).join("")}</tr>`).join("\n");
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => written(row[i]).length)));
  const line = (values: readonly unknown[]) =>
    values
      .map((value, i) =>
        typeof value === "number" ? written(value).padStart(widths[i] ?? 0) : written(value).padEnd(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return show({
    "text/html": `<table>\n${head}\n${body}\n</table>`,
    "text/plain": [line(columns), ...rows.map(line)].join("\n"),
  });
}

/** Four significant digits tell a reader enough, and a whole number is written whole. */
function written(value: unknown): string {
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** A Vega-Lite specification drawn as SVG; `title` is its text for those who do not see it. */
export async function chart(title: string, spec: TopLevelSpec): Promise<Shown> {
  const [{ compile }, { parse, View }] = await Promise.all([import("vega-lite"), import("vega")]);
  const view = new View(parse(compile(spec, { config: LIGHT }).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  const labelled = svg.replace("<svg ", `<svg role="img" aria-label="${escapeHtml(title)}" `);
  return show({ "image/svg+xml": labelled, "text/plain": title });
}

/** The reports' look; their colours are a page's custom properties, which a notebook does not have. */
const LIGHT = JSON.parse(
  JSON.stringify(CHART_CONFIG)
    .replaceAll("var(--muted)", "#555")
    .replaceAll("var(--grid)", "#ddd")
    .replaceAll("var(--axis)", "#888")
    .replaceAll("var(--ink)", "#111")
    .replaceAll("transparent", "white"),
) as typeof CHART_CONFIG;

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
