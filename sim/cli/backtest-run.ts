import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { writeAtomically } from "../../datasets/atomic.ts";
import { loadTrace } from "../../datasets/store.ts";
import { backtest } from "../../models/backtest/backtest.ts";
import type { ModelResult } from "../../models/backtest/backtest-result.ts";
import { ettPlan } from "../../models/backtest/ett-protocol.ts";
import { type BacktestPlan, walkForward } from "../../models/backtest/plan.ts";
import type { Contestant } from "../../models/backtest/run-model.ts";
import type { Panel } from "../../models/panel/panel.ts";
import { panelFromTable } from "../../models/panel/panel-from-table.ts";
import { panelFromTrace } from "../../models/panel/panel-from-trace.ts";
import type { BacktestDocument } from "../../reports/backtest/document.ts";
import type { BacktestArguments } from "./backtest.ts";
import { REFERENCES, readContestants, type Source } from "./backtest-contestants.ts";
import { type BacktestOptionsRead, readBacktestOptions, stepsIn } from "./backtest-options.ts";
import { commandLine } from "./command-line.ts";
import { EXIT, printJson, say, sayMeanwhile } from "./output.ts";
import { checkOutputPlaces } from "./output-places.ts";
import { Progress } from "./progress.ts";
import { codeRevision } from "./version.ts";

/** What `prae backtest` does. */
export async function run(args: BacktestArguments): Promise<void> {
  const asked = readBacktestOptions(args);
  checkOutputPlaces(args.out === undefined ? [] : [{ path: args.out, kind: "backtest" }], args.force);
  const { panel, source } = args.csv === undefined ? await readTrace(args, asked) : await readTable(args.csv);
  const horizon = stepsIn(asked.horizon, panel.stepMs, "--horizon");
  const plan =
    args.protocol === "ett" ? ettPlan(panel, horizon, asked.seed) : walkForward(panel, horizon, args.origins, asked.seed);
  const contestants = await readContestants(args.models ?? "classical", plan, source, args.registry);
  const lookBack = asked.lookBack === null ? {} : { lookBack: stepsIn(asked.lookBack, panel.stepMs, "--look-back") };
  const result = await backtestAll(plan, contestants, { ...lookBack, without: asked.without });
  const document: BacktestDocument = {
    source,
    protocol: args.protocol,
    ...result,
    backend: contestants.some(({ family, plain }) => family === "learned" && plain !== true) ? await backendName() : null,
    code_revision: codeRevision(),
    command: commandLine(["prae", ...process.argv.slice(2)]),
  };
  if (args.out !== undefined) await writeBacktest(document, args.out, args.force);
  if (args.json) printJson({ ...document, page: args.out === undefined ? null : `${args.out}/report.html` });
  else sayResult(document, args.out);
  const faults = result.models.filter(({ fault }) => fault !== null);
  for (const { name, fault } of faults) sayMeanwhile(`prae: ${name} failed: ${fault}`);
  if (faults.length > 0) process.exitCode = EXIT.modelFailed;
}

async function readTrace(args: BacktestArguments, { stepMs }: BacktestOptionsRead): Promise<{ panel: Panel; source: Source }> {
  const trace = await loadTrace(args.trace as string);
  const { name, digest, synthetic } = trace.manifest;
  const entities = args.by === undefined ? {} : { entities: [args.by] };
  const panel = panelFromTrace(trace, { target: args.target ?? "demand", stepMs, ...entities });
  return { panel, source: { name, digest, kind: "trace", synthetic } };
}

async function readTable(path: string): Promise<{ panel: Panel; source: Source }> {
  const panel = await panelFromTable(path);
  const digest = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  return { panel, source: { name: basename(path), digest, kind: "table", synthetic: false } };
}

async function backtestAll(
  plan: BacktestPlan,
  contestants: readonly Contestant[],
  fit: { readonly lookBack?: number; readonly without: readonly string[] },
) {
  let model = "";
  let progress: Progress | null = null;
  const result = await backtest(plan, contestants, {
    references: REFERENCES[plan.panel.target],
    fit,
    onProgress: (share, name) => {
      if (name !== model || progress === null) {
        progress?.end();
        progress = new Progress(name);
        model = name;
      }
      // Of this model alone: how long the next one takes is another matter.
      progress.update(1000 * (share * contestants.length - contestants.findIndex((one) => one.name === name)), 1000);
    },
  });
  (progress as Progress | null)?.end();
  return result;
}

async function backendName(): Promise<BacktestDocument["backend"]> {
  const { openBackend } = await import("../../models/backend/open-backend.ts");
  const { name, version } = await openBackend();
  return { name, version };
}

async function writeBacktest(document: BacktestDocument, directory: string, replace: boolean): Promise<void> {
  const { renderBacktest } = await import("../../reports/backtest/page.ts");
  const page = await renderBacktest(document);
  await writeAtomically(directory, { replace }, async (temporary) => {
    await mkdir(temporary);
    await writeFile(`${temporary}/backtest.json`, `${JSON.stringify(document, null, 1)}\n`);
    await writeFile(`${temporary}/report.html`, page);
  });
}

/** The columns that people read first, by target. */
const COLUMNS = {
  amounts: [
    ["sql", "SQL"],
    ["sql_ratio", "× simple"],
    ["sql_ratio_classical", "× classical"],
    ["mase", "MASE"],
    ["wql", "WQL"],
    ["coverage80", "80 %"],
    ["pit80", "PIT 80 %"],
  ],
  arrivals: [
    ["log_loss", "log loss"],
    ["log_loss_ratio", "× simple"],
    ["log_loss_ratio_classical", "× classical"],
    ["brier", "Brier"],
    ["arrival_rate", "arrivals"],
    ["forecast_rate", "forecast"],
  ],
  table: [
    ["mse", "MSE"],
    ["mae", "MAE"],
    ["sql", "SQL"],
    ["sql_ratio", "× simple"],
    ["mase", "MASE"],
    ["coverage80", "80 %"],
  ],
} as const;

function sayResult({ target, source, series, origins, horizonSteps, models, references }: BacktestDocument, out?: string): void {
  const kind = source.kind === "table" ? "table" : target === "arrival" ? "arrivals" : "amounts";
  const columns = COLUMNS[kind];
  const width = Math.max(14, ...models.map(({ name }) => name.length)) + 2;
  const shown = [...models].sort((a, b) => lossOf(a, columns[0][0]) - lossOf(b, columns[0][0]));
  say(`${source.name}: ${series} series, ${horizonSteps} steps ahead from ${origins.length} instants`);
  say(["model".padEnd(width), ...columns.map(([, title]) => title.padStart(11))].join(" "));
  for (const { name, metrics, fault } of shown) {
    if (fault !== null) say(`${name.padEnd(width)}  failed: ${fault}`);
    else {
      const figures = columns.map(([metric]) => (metrics[metric]?.toPrecision(4) ?? "–").padStart(11));
      say([name.padEnd(width), ...figures].join(" "));
    }
  }
  say(
    `× simple: against ${references.simple ?? "nothing"}; × classical: against ${references.classical ?? "nothing"}; below 1 is better`,
  );
  for (const { name, chosen } of shown) if (chosen !== null) say(`  ${name}: ${chosen}`);
  if (out !== undefined) say(`\nPage: ${out}/report.html`);
}

function lossOf({ metrics }: ModelResult, metric: string): number {
  return metrics[metric] ?? Number.POSITIVE_INFINITY;
}
