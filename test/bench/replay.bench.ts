import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
import { runNode } from "./child.ts";
import { perSecond, record } from "./record.ts";

/** Azure Functions sample-500: 3,037,902 invocations in 8 hours. */
const INVOCATIONS = 3_037_902;
const MOST_MEMORY_MIB = 1024;
const SAMPLE = "azure-functions-2019/sample-500";

/** Google's jobs of 29 days. */
const JOBS = 666_430;
const JOBS_FILE = "google-2011/jobs_compact.csv.gz";
const FOUR = "keep-alive:ttl=10m,reactive,hybrid-histogram,clairvoyant";

const traces = realTraces();
if (traces === null) {
  process.stdout.write(`SKIP replay.bench: ${SAMPLE} is not here; set PRAE_TEST_TRACES\n`);
} else {
  await measure(join(traces, SAMPLE), join(traces, JOBS_FILE));
}

async function measure(sample: string, jobsFile: string): Promise<void> {
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
    const jobs = join(folder, "jobs");
    await runNode(["dist/sim/cli/main.js", "import", "google-2011", jobsFile, "--out", jobs, "--json"]);
    const prae = async (...words: string[]) => {
      const { stdout, ...taken } = await runNode(["dist/sim/cli/main.js", ...words, "--force", "--json"]);
      process.stderr.write(`${words[0]} ${JSON.stringify(taken)}\n`);
      return taken;
    };
    let cpuS = 0;
    const replayJobs = async () => {
      const run = join(folder, "run");
      const taken = await prae("simulate", "--trace", jobs, "--policy", "keep-alive:ttl=10m", "--out", run);
      cpuS = taken.cpuS;
      const { environment } = JSON.parse(readFileSync(join(run, "run.json"), "utf8")) as { environment: { wallMs: number } };
      return perSecond(JOBS, environment.wallMs);
    };
    const fourPolicies = async () => {
      const { peakMiB } = await prae("compare", "--trace", directory, "--policies", FOUR, "--out", join(folder, "four.html"));
      return MOST_MEMORY_MIB / peakMiB;
    };
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
      // Five seconds at the most, from the first event to the run record.
      {
        name: "replay Google's jobs under keep-alive:ttl=10m, journal file, metrics and series of users written",
        unit: "jobs/s",
        floor: JOBS / 5,
        run: replayJobs,
      },
      { name: "the same as a whole process, in CPU time", unit: "jobs/s of CPU", run: () => JOBS / cpuS },
      { name: "1 GiB beside Azure sample-500 under four policies, one process", unit: "times", floor: 1, run: fourPolicies },
    ]);
    process.stderr.write(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
