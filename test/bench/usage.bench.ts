import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import { loadBitbrains } from "../../datasets/bitbrains/bitbrains.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { withEvaluation } from "../../sim/cli/policy-fit.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { realTraces } from "../support/skip.ts";
import { perSecond, record } from "./record.ts";

/** Bitbrains, 150 VMs in August 2013: 1,305,841 samples. Four policies in ten seconds. */
const ARCHIVE = "bitbrains-rnd/rnd-2013-8-vms-1-150.tar.xz";
const MOST_SECONDS = 10;
const WEEK_MS = 7 * 86_400_000;
const POLICIES = ["reactive:every=5m", "moving-quantile", "seasonal-naive", "static-peak"];

const traces = realTraces();
const archive = traces === null ? null : join(traces, ARCHIVE);
if (archive === null || !existsSync(archive)) {
  process.stdout.write(`SKIP usage.bench: ${ARCHIVE} is not here; set PRAE_TEST_TRACES\n`);
} else {
  await measure(archive);
}

async function measure(from: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "prae-bench-"));
  try {
    execFileSync("tar", ["xf", from, "-C", folder, "--one-top-level=rnd"]);
    const trace = await loadBitbrains(join(folder, "rnd/2013-8"));
    const samples = trace.usage?.count ?? 0;
    const { startMs, endMs: toMs } = trace.manifest.window;
    const fromMs = startMs + WEEK_MS;
    const replay = async (text: string) => {
      const metrics = new RunMetricsObserver({ fromMs, toMs, prices: DEFAULT_PRICES });
      const journal = new JournalWriter(null);
      const policy = withEvaluation(policyFromText(text), fromMs);
      await simulate({ trace, cluster: UNLIMITED, policy, observers: [journal, metrics] });
      await journal.finish();
      metrics.finish();
    };
    await record([
      {
        name: "replay Bitbrains, 150 VMs × 1 month, under four policies; invariants, journal digest and metrics on",
        unit: "samples × policies/s",
        floor: (samples * POLICIES.length) / MOST_SECONDS,
        run: async () => {
          const startedMs = performance.now();
          const startedCpu = process.cpuUsage();
          for (const text of POLICIES) await replay(text);
          const { user, system } = process.cpuUsage(startedCpu);
          process.stderr.write(`${Math.round(performance.now() - startedMs)} ms, CPU ${Math.round((user + system) / 1000)} ms\n`);
          return perSecond(samples * POLICIES.length, performance.now() - startedMs);
        },
      },
    ]);
    process.stderr.write(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
