/**
 * `prae sweep`: the same eight runs in one worker and in two, and what further workers add to the process's memory. CPU time is
 * printed beside wall time: on a machine that does something else meanwhile only the former says what sharing costs.
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { synthesize } from "../../datasets/synthetic/synthesize.ts";
import { readPrices } from "../../sim/cli/inputs.ts";
import { policiesOfGrid } from "../../sim/cli/sweep/grid.ts";
import { runPool } from "../../sim/cli/sweep/pool.ts";
import { clusterOf } from "../../sim/cluster-spec.ts";
import { record } from "./record.ts";

const WORKER = pathToFileURL(resolve("dist/sim/cli/sweep/worker.js"));
const MOST_MIB_A_WORKER = 100;

const trace = synthesize({ seed: 1, users: 120, days: 28 });
const scenario = {
  trace,
  cluster: clusterOf(trace),
  evaluateFromMs: trace.manifest.window.startMs,
  seed: 1,
  prices: await readPrices(undefined),
};
const policies = await policiesOfGrid("keep-alive:ttl={1m,2m,3m,4m,5m,6m,7m,8m}", "");

interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
}

async function sweepWith(workers: number): Promise<Measured> {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  await runPool({
    scenarios: [scenario],
    jobs: policies.map((policy) => ({ scenario: 0, policy })),
    workers,
    workerUrl: WORKER,
    onDone: async () => undefined,
    onProgress: () => undefined,
  });
  clearInterval(timer);
  const { user, system } = process.cpuUsage(startedCpu);
  return { wallMs: performance.now() - startedMs, cpuMs: (user + system) / 1000, peakMiB: peak / 2 ** 20 };
}

const ratios = { wall: 0, cpu: 0, room: 0 };

async function compare(): Promise<number> {
  const one = await sweepWith(1);
  const two = await sweepWith(2);
  const four = await sweepWith(4);
  ratios.wall = one.wallMs / two.wallMs;
  ratios.cpu = one.cpuMs / two.cpuMs;
  const perWorkerMiB = Math.max(1, (four.peakMiB - one.peakMiB) / 3);
  ratios.room = MOST_MIB_A_WORKER / perWorkerMiB;
  process.stderr.write(`${JSON.stringify({ one, two, four, perWorkerMiB })}\n`);
  return ratios.wall;
}

await record([
  { name: "sweep, two workers beside one, wall time", unit: "times as fast", floor: 1.8, run: compare },
  // The CPU time of the pair just measured: 1 means that sharing costs nothing, and two free cores would be twice as fast.
  { name: "sweep, CPU time of one worker beside two", unit: "times", floor: 0.9, run: () => ratios.cpu },
  { name: "sweep, 100 MiB beside what a further worker adds", unit: "times", floor: 1, run: () => ratios.room },
]);
