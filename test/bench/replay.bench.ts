import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import { loadTrace } from "../../datasets/store.ts";
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { realTraces } from "../support/skip.ts";
import { perSecond, record } from "./record.ts";

/** Azure Functions sample-500: 3,037,902 invocations in 8 hours. */
const INVOCATIONS = 3_037_902;
const MOST_MEMORY_MIB = 1024;
const SAMPLE = "azure-functions-2019/sample-500";

const traces = realTraces();
if (traces === null) {
  process.stdout.write(`SKIP replay.bench: ${SAMPLE} is not here; set PRAE_TEST_TRACES\n`);
} else {
  await measure(join(traces, SAMPLE));
}

async function measure(sample: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "prae-bench-"));
  try {
    const directory = join(folder, "trace");
    const importAll = () => {
      const startedMs = performance.now();
      const words = ["import", "azure-functions-2019", sample, "--out", directory, "--force", "--json"];
      execFileSync(process.execPath, ["dist/sim/cli/main.js", ...words], { stdio: ["ignore", "ignore", "inherit"] });
      return perSecond(INVOCATIONS, performance.now() - startedMs);
    };
    importAll();
    const trace = await loadTrace(directory);
    const replay = (text: string) => async () => {
      const { startMs: fromMs, endMs: toMs } = trace.manifest.window;
      const metrics = new RunMetricsObserver({ fromMs, toMs, prices: DEFAULT_PRICES });
      const journal = new JournalWriter(null);
      const startedMs = performance.now();
      const { events } = await simulate({
        trace,
        cluster: UNLIMITED,
        policy: policyFromText(text),
        observers: [journal, metrics],
      });
      await journal.finish();
      metrics.finish();
      const elapsedMs = performance.now() - startedMs;
      const peakMiB = process.resourceUsage().maxRSS / 1024;
      if (peakMiB > MOST_MEMORY_MIB) throw new Error(`${peakMiB} MiB, more than ${MOST_MEMORY_MIB}`);
      return perSecond(events, elapsedMs);
    };
    await record([
      // Ten seconds at the most.
      { name: "import Azure sample-500, whole process", unit: "invocations/s", floor: INVOCATIONS / 10, run: importAll },
      ...["keep-alive:ttl=10m", "reactive"].map((text) => ({
        name: `replay Azure sample-500 under ${text}; invariants, journal digest and metrics on, under 1 GiB`,
        unit: "allocator events/s",
        floor: 300_000,
        run: replay(text),
      })),
    ]);
    process.stderr.write(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
