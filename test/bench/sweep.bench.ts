/**
 * `prae sweep`: the same runs in one worker and in two, and what further workers add to the process's memory. CPU time is printed
 * beside wall time: on a machine that does something else meanwhile only the former says what sharing costs. And two processes that
 * share nothing, beside one: more than that gains the machine does not have.
 */
import { spawn } from "node:child_process";
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
/** Set: this is one of the processes that share nothing. */
const ALONE = "PRAE_SWEEP_ALONE";

const trace = synthesize({ seed: 1, users: 240, days: 28 });
const scenario = {
  trace,
  cluster: clusterOf(trace),
  evaluateFromMs: trace.manifest.window.startMs,
  seed: 1,
  prices: await readPrices(undefined),
};
const policies = await policiesOfGrid("keep-alive:ttl={1m,2m,3m,4m,5m,6m,7m,8m,9m,10m,11m,12m}", "");

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

const ratios = { wall: 0, cpu: 0, room: 0, machine: 0 };

/** The sweep in a process of its own, in one worker. */
async function alone(): Promise<number> {
  const child = spawn(process.execPath, [process.argv[1] as string], {
    env: { ...process.env, [ALONE]: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  for await (const piece of child.stdout) text += piece;
  return Number(text);
}

async function compare(): Promise<number> {
  const one = await sweepWith(1);
  const two = await sweepWith(2);
  const four = await sweepWith(4);
  const single = await alone();
  const pair = await Promise.all([alone(), alone()]);
  ratios.machine = (2 * single) / Math.max(...pair);
  ratios.wall = one.wallMs / two.wallMs;
  ratios.cpu = one.cpuMs / two.cpuMs;
  const perWorkerMiB = Math.max(1, (four.peakMiB - one.peakMiB) / 3);
  ratios.room = MOST_MIB_A_WORKER / perWorkerMiB;
  process.stderr.write(`${JSON.stringify({ one, two, four, perWorkerMiB, single, pair })}\n`);
  return ratios.wall;
}

if (process.env[ALONE] !== undefined) {
  const { wallMs } = await sweepWith(1);
  process.stdout.write(`${wallMs}\n`);
} else {
  await record([
    { name: "sweep, two workers beside one, wall time", unit: "times as fast", floor: 1.8, run: compare },
    // The CPU time of the pair just measured: 1 means that sharing costs nothing, and two free cores would be twice as fast.
    { name: "sweep, CPU time of one worker beside two", unit: "times", floor: 0.9, run: () => ratios.cpu },
    { name: "two processes that share nothing beside one", unit: "times as fast", run: () => ratios.machine },
    { name: "sweep, 100 MiB beside what a further worker adds", unit: "times", floor: 1, run: () => ratios.room },
  ]);
}
