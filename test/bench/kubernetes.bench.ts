/**
 * A live run on a real control plane, in full: that its journal replays to the same decisions after 100,000 events, what 200 kills leave, and
 * how long a start takes with 10,000 users. Users, pods and kubelets that pretend share the machine with the API server and etcd.
 */
import { crashDrill } from "../support/crash-drill.ts";
import { KubernetesCluster } from "../support/kubernetes.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import { liveLoad } from "../support/live-load.ts";
import { record } from "./record.ts";

const EVENTS = Number(process.env["PRAE_EVENTS"] ?? 100_000);
const KILLS = Number(process.env["PRAE_KILLS"] ?? 200);
const PODS = Number(process.env["PRAE_PODS"] ?? 1_000);
/** A node has room for as many by its cores: the allocator does not know that a kubelet takes 110 at most. */
const PODS_A_NODE = 100;
const MOST_RECOVERY_S = 5;
const USERS = Array.from({ length: 30 }, (_, i) => `u${i}`);

const cluster = await KubernetesCluster.take();
await cluster.applyManifests();
for (const name of ["n1", "n2", "n3"]) await cluster.addNode(name, "general", { cpu: "16", memory: "64Gi" });

let longestRecoveryMs = Number.NaN;

async function replayed(): Promise<number> {
  const run = await KubernetesRun.prepare(cluster, "bench-parity", USERS, "keep-alive:ttl=5s");
  const live = await run.start();
  const requests = await liveLoad(live, USERS, EVENTS);
  await run.settled(live);
  const launched = /^prae_decisions_total\{kind="launch".*\} (\d+)$/m.exec(
    await (await live.send("GET", "/metrics")).text(),
  )?.[1];
  live.child.kill("SIGTERM");
  await live.exit;
  const { same, events } = run.replay();
  process.stderr.write(`${requests} requests, ${launched} launches, ${events} events\n`);
  return same ? events : 0;
}

async function killed(): Promise<number> {
  const run = await KubernetesRun.prepare(cluster, "bench-killed", USERS, "keep-alive:ttl=10m");
  const found = await crashDrill(run.args, run.bearer, USERS.slice(0, 8), KILLS, (kill) => 300 + ((kill * 397) % 700));
  process.stderr.write(`${JSON.stringify(found)}\n`);
  longestRecoveryMs = found.longestRecoveryMs;
  if (found.forgotten.length > 0 || found.boundTwice.length > 0) return 0;
  const live = await run.start();
  await run.settled(live);
  live.child.kill("SIGTERM");
  await live.exit;
  return run.replay().same ? found.kills : 0;
}

/** A start after a kill, process and all, of a run of 10,000 users, each of the first of whom has a pod that runs. */
async function recoveryS(): Promise<number> {
  const users = Array.from({ length: 10_000 }, (_, i) => `v${i}`);
  for (let n = 0; n * PODS_A_NODE < PODS; n += 1) await cluster.addNode(`m${n}`, "general", { cpu: "50", memory: "256Gi" });
  const run = await KubernetesRun.prepare(cluster, "bench-many", users, "keep-alive:ttl=1h");
  const live = await run.start();
  for (let i = 0; i < PODS; i += 50) {
    const some = users.slice(i, Math.min(i + 50, PODS));
    await Promise.all(some.map((user) => live.send("PUT", `/v1/requests/of-${user}`, { user, app: "notebook" })));
  }
  await run.settled(live, 900_000);
  live.child.kill("SIGKILL");
  await live.exit;
  const beganMs = performance.now();
  const again = await run.start();
  const tookS = (performance.now() - beganMs) / 1_000;
  process.stderr.write(`${PODS} pods: ${JSON.stringify(again.recovery)}\n`);
  await run.settled(again);
  const { length } = await run.pods();
  if (length !== PODS) throw new Error(`expected ${PODS} pods, found ${length}`);
  again.child.kill("SIGTERM");
  await again.exit;
  return tookS;
}

try {
  await record([
    {
      name: "kubernetes: live events that replay to the same decisions",
      unit: "events",
      floor: EVENTS,
      once: true,
      run: replayed,
    },
    {
      name: "kubernetes: kills under load, nothing lost, leaked or bound twice",
      unit: "kills",
      floor: KILLS,
      once: true,
      run: killed,
    },
    {
      name: "kubernetes: the longest start after a kill, 30 users",
      unit: "1 / s",
      floor: 1 / MOST_RECOVERY_S,
      once: true,
      run: () => 1_000 / longestRecoveryMs,
    },
    {
      name: `kubernetes: a start after a kill, 10,000 users, ${PODS} pods`,
      unit: "1 / s",
      floor: 1 / MOST_RECOVERY_S,
      once: true,
      run: async () => 1 / (await recoveryS()),
    },
  ]);
} finally {
  cluster.close();
}
