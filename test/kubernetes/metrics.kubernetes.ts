/** Usage read from the metrics API, through the API server's aggregation, as the service account of the manifests. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import type { LiveProcess } from "../support/live-process.ts";
import { MetricsServer } from "../support/metrics-server.ts";
import { json } from "../support/prae.ts";
import { until } from "../support/server-process.ts";

const LIMIT = { limitMs: 180_000 };

let cluster: KubernetesCluster;
let metrics: MetricsServer;
let run: KubernetesRun;
let live: LiveProcess;

const used = async (user: string) => {
  const answer = await live.send("GET", `/v1/users/${user}`);
  return ((await answer.json()) as { used: { cpuMillis: number; memoryMiB: number } | null }).used;
};
const observations = async () =>
  Number(
    /^prae_events_total\{kind="usage_observed".*\} (\d+)$/m.exec(await (await live.send("GET", "/metrics")).text())?.[1] ?? 0,
  );
const asked = async (request: string, user: string) => {
  const answer = await live.send("PUT", `/v1/requests/${request}`, { user, app: "notebook" });
  return ((await answer.json()) as { state: string }).state;
};

kubernetesTest("before there is a metrics API the run goes on; what users' pods use is taken in once there is", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  await cluster.apply("metrics");
  await cluster.addNode("n1", "general", { cpu: "16", memory: "64Gi" });
  run = await KubernetesRun.prepare(cluster, "metrics-kubernetes", ["u1", "u2"], "keep-alive:ttl=1h", { metricsEvery: "1s" });
  live = await run.start();
  for (const [request, user] of [
    ["a", "u1"],
    ["b", "u1"],
    ["c", "u2"],
  ] as const)
    await until(`${request} runs`, async () => (await asked(request, user)) === "running", LIMIT);
  metrics = await MetricsServer.start(cluster);
  metrics.usage = () => ({ cpu: "123456789n", memory: "65536Ki" });
  await until(
    "both are known",
    async () => (await used("u1"))?.cpuMillis === 246 && (await used("u2"))?.cpuMillis === 123,
    LIMIT,
  );
  assert.is((await used("u1"))?.memoryMiB, 128);
});

kubernetesTest("what did not change since is not taken in again; of whom a pod is missing nothing is said", async () => {
  const before = await observations();
  const { requests } = metrics;
  await until("it was asked again", () => metrics.requests >= requests + 3, LIMIT);
  assert.is(await observations(), before);
  metrics.usage = ({ metadata }) => (metadata.name.endsWith("-0") ? undefined : { cpu: "1", memory: "1Mi" });
  metrics.atMs += 15_000;
  await until("the other is known", async () => (await used("u2"))?.cpuMillis === 1_000, LIMIT);
  assert.is((await used("u1"))?.cpuMillis, 246);
  assert.is(await observations(), before + 1);
});

kubernetesTest("a restart goes on from where the journal says, and it replays", async () => {
  live.child.kill("SIGKILL");
  await live.exit;
  live = await run.start();
  const before = await observations();
  const { requests } = metrics;
  await until("it was asked again", () => metrics.requests >= requests + 3, LIMIT);
  assert.is(await observations(), before);
  metrics.usage = () => ({ cpu: "2", memory: "2Mi" });
  metrics.atMs += 15_000;
  await until(
    "both are known",
    async () => (await used("u1"))?.cpuMillis === 4_000 && (await used("u2"))?.cpuMillis === 2_000,
    LIMIT,
  );
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
  assert.ok(json(["replay", run.state]).same);
});

test.after(async () => {
  run?.killAll();
  await metrics?.stop();
  cluster?.close();
});

test.run();
