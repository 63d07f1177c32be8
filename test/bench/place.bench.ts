import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { readOpenb } from "../../datasets/openb/files.ts";
import { runPlacement } from "../../sim/placement/experiment.ts";
import { realTraces } from "../support/skip.ts";
import { perSecond, record } from "./record.ts";

/** Arrivals of one run of the default workload at 130 % load. */
const ARRIVALS = 10_806;
/** One run may take ten seconds. */
const FLOOR = ARRIVALS / 10;
const MOST_MEMORY_MIB = 300;
const SEED = 42;

const traces = realTraces();
if (traces === null) {
  process.stdout.write("SKIP place.bench: alibaba-openb-2023 is not here; set PRAE_TEST_TRACES\n");
} else {
  await measure(join(traces, "alibaba-openb-2023"));
}

async function measure(openb: string): Promise<void> {
  const { nodes, pods } = await readOpenb(openb, { variant: "default" });
  const run = (policy: "fgd" | "best-fit" | "random") => () => {
    const startedMs = performance.now();
    const { arrived } = runPlacement({ nodes, shapes: pods, loadPpm: 1_300_000 }, policy, SEED);
    const figure = perSecond(arrived, performance.now() - startedMs);
    const peakMiB = process.resourceUsage().maxRSS / 1024;
    if (peakMiB > MOST_MEMORY_MIB) throw new Error(`${peakMiB} MiB, more than ${MOST_MEMORY_MIB}`);
    return figure;
  };
  const verb = () => {
    const startedMs = performance.now();
    const words = ["place", "--trace", openb, "--policies", "fgd", "--seeds", "1", "--json"];
    execFileSync(process.execPath, ["dist/sim/cli/main.js", ...words], { stdio: ["ignore", "ignore", "inherit"] });
    return perSecond(ARRIVALS, performance.now() - startedMs);
  };
  await record([
    { name: "place openb at 130 % under fgd, one run, under 300 MiB", unit: "arrivals/s", floor: FLOOR, run: run("fgd") },
    { name: "place openb at 130 % under best-fit, one run", unit: "arrivals/s", floor: FLOOR, run: run("best-fit") },
    { name: "place openb at 130 % under random, one run", unit: "arrivals/s", floor: FLOOR, run: run("random") },
    { name: "place openb at 130 % under fgd, one seed, whole process", unit: "arrivals/s", floor: FLOOR, run: verb },
  ]);
  process.stderr.write(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
}
