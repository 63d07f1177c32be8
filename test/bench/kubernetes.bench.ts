/**
 * A live run on a real control plane, in full: that its journal replays to the same decisions after 100,000 events, and what 200 kills leave.
 * Users, pods and kubelets that pretend share the machine with the API server and etcd.
 */
import { crashDrill } from "../support/crash-drill.ts";
import { KubernetesCluster } from "../support/kubernetes.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import { liveLoad } from "../support/live-load.ts";
import { record } from "./record.ts";

const EVENTS = Number(process.env["PRAE_EVENTS"] ?? 100_000);
const KILLS = Number(process.env["PRAE_KILLS"] ?? 200);
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
  ]);
} finally {
  cluster.close();
}
