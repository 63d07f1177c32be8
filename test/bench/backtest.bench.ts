import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBitbrains } from "../../datasets/bitbrains/bitbrains.ts";
import { backtest } from "../../models/backtest/backtest.ts";
import { walkForward } from "../../models/backtest/plan.ts";
import { MODEL_KINDS } from "../../models/catalogue.ts";
import { panelFromTrace } from "../../models/panel/panel-from-trace.ts";
import { realTraces } from "../support/skip.ts";
import { perSecond, record } from "./record.ts";

/** Bitbrains, 150 VMs in August 2013, 450 series of 8,640 steps: the ladder, tuned, an hour ahead from eight instants. */
const ARCHIVE = "bitbrains-rnd/rnd-2013-8-vms-1-150.tar.xz";
const ORIGINS = 8;
/** Of CPU time, for all models together. */
const MOST_SECONDS = 30;

const traces = realTraces();
const archive = traces === null ? null : join(traces, ARCHIVE);
if (archive === null || !existsSync(archive)) {
  process.stdout.write(`SKIP backtest.bench: ${ARCHIVE} is not here; set PRAE_TEST_TRACES\n`);
} else {
  await measure(archive);
}

async function measure(from: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "prae-bench-"));
  try {
    execFileSync("tar", ["xf", from, "-C", folder, "--one-top-level=rnd"]);
    const trace = await loadBitbrains(join(folder, "rnd/2013-8"));
    const plan = walkForward(panelFromTrace(trace, { target: "demand", stepMs: 300_000 }), 12, ORIGINS, 1);
    const models = MODEL_KINDS.filter(({ family, targets }) => family === "classical" && targets.includes("demand"));
    const amount = plan.panel.series.length * ORIGINS * models.length;
    await record([
      {
        name: `tune and backtest the ${models.length} classical models on Bitbrains, 450 series, 12 steps from ${ORIGINS} instants, with intervals`,
        unit: "forecasts of a series/s of CPU time",
        floor: amount / MOST_SECONDS,
        run: async () => {
          const before = process.cpuUsage();
          const references = { simple: "seasonal-naive", classical: "best-classical" };
          await backtest(plan, models, { references, fit: {} });
          const { user, system } = process.cpuUsage(before);
          process.stderr.write(`${Math.round((user + system) / 1e6)} s of CPU time\n`);
          return perSecond(amount, (user + system) / 1000);
        },
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
