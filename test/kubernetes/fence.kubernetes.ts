/** A leader that slept: what it writes after another has taken its place, the API server refuses. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { InstanceId } from "../../allocator/core/ids.ts";
import { ApiClient, ApiError } from "../../allocator/live/kubernetes/api-client.ts";
import { readKubeconfig } from "../../allocator/live/kubernetes/kubeconfig.ts";
import type { KubernetesPlatform } from "../../allocator/live/kubernetes/kubernetes-platform.ts";
import type { Pod } from "../../allocator/live/kubernetes/objects.ts";
import { type PodVersion, versionOf } from "../../allocator/live/kubernetes/pod-view.ts";
import { PodWriter } from "../../allocator/live/kubernetes/pod-writer.ts";
import { Superseded } from "../../allocator/live/leadership.ts";
import { LiveError } from "../../allocator/live/live-error.ts";
import { after } from "../support/fence.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { Desk } from "../support/kubernetes-desk.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import type { LiveProcess } from "../support/live-process.ts";

const PODS = "/api/v1/namespaces/prae/pods";
const MERGE = "application/merge-patch+json";

let cluster: KubernetesCluster;
let kubeconfig = "";
let desk: Desk;
const platforms: KubernetesPlatform[] = [];
let run: KubernetesRun;

const pod = (instance: number) => cluster.admin.request<Pod>({ method: "GET", path: `${PODS}/prae-fence-${instance}` });
const pods = async (run: string) => {
  const query = { labelSelector: `prae.dev/run=${run}` };
  return (await cluster.admin.request<{ items: Pod[] }>({ method: "GET", path: PODS, query })).items;
};

async function open(fence: Parameters<Desk["platform"]>[0]): Promise<KubernetesPlatform> {
  const platform = desk.platform(fence);
  platforms.push(platform);
  const there = [...(await platform.observe()).instances];
  await desk.start(
    platform,
    there.map((one) => ({ ...one, app: 0 as never })),
  );
  return platform;
}

/** As what was on its way when its process fell asleep: nothing asks whether it still leads. */
function sleeping(): { api: ApiClient; writer: PodWriter } {
  const api = new ApiClient(readKubeconfig(kubeconfig, null));
  return { api, writer: new PodWriter(api, PODS, "fence", 1, AbortSignal.timeout(60_000)) };
}

async function refused(write: Promise<unknown>): Promise<unknown> {
  try {
    await write;
  } catch (error) {
    return error;
  }
  return assert.unreachable("it was not refused");
}

kubernetesTest("what the old leader was about to do to pods that are there is refused, by the version that it saw", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  // With room to spare: what the other run here has on a node, the allocator does not know.
  for (const name of ["n1", "n2"]) await cluster.addNode(name, "general", { cpu: "32", memory: "128Gi" });
  kubeconfig = await cluster.serviceAccountKubeconfig("prae", "prae");
  desk = new Desk({ kubeconfig, runId: "fence" });
  const old = await open(undefined);
  old.submit([0, 1, 2].map((instance) => desk.launch(instance, null)));
  await desk.until("three are ready", () => desk.said("instance_ready").length === 3);
  const seen = (await Promise.all([0, 1, 2].map(pod))).map(versionOf) as [PodVersion, PodVersion, PodVersion];
  await old.stop();
  await open(after(1));
  const before = await Promise.all([0, 1, 2].map(pod));
  assert.equal(
    before.map((one) => versionOf(one).epoch),
    [2, 2, 2],
  );
  const { api, writer } = sleeping();
  const id = (instance: number) => instance as InstanceId;
  const bind = { contentType: MERGE, body: { metadata: { annotations: { "prae.dev/request": "of the old" } } } };
  const resources = { requests: { cpu: "600m", memory: "256Mi" }, limits: { cpu: "600m", memory: "256Mi" } };
  const resize = {
    subresource: "resize",
    contentType: "application/strategic-merge-patch+json",
    body: { spec: { containers: [{ name: "app", resources }] } },
  } as const;
  for (const write of [
    () => writer.change(id(0), seen[0], bind),
    () => writer.change(id(1), seen[1], resize),
    () => writer.remove(id(2), seen[2], 0),
    () => writer.remove(id(2), null, 0),
  ])
    assert.instance(await refused(write()), Superseded);
  // And by the server itself, whoever asks.
  const { uid, resourceVersion } = seen[2];
  const body = { preconditions: { uid, resourceVersion } };
  const conflict = await refused(api.request({ method: "DELETE", path: `${PODS}/prae-fence-2`, body }));
  assert.is((conflict as ApiError).status, 409);
  api.close();
  assert.equal(await Promise.all([0, 1, 2].map(pod)), before);
});

kubernetesTest("it launches nothing: the API server knows the epoch; what came through before it did is ended", async () => {
  const { writer } = sleeping();
  const manifest = { ...(await pod(0)), status: {} } as Pod;
  const launch = (instance: number, epoch: number) => {
    const { labels, annotations } = manifest.metadata;
    const { nodeName: _, ...spec } = manifest.spec;
    const metadata = {
      name: `prae-fence-${instance}`,
      labels: { ...labels, "prae.dev/instance": String(instance) },
      annotations: { ...annotations, "prae.dev/epoch": String(epoch), "prae.dev/token": "999:0" },
    };
    return writer.create({ apiVersion: "v1", kind: "Pod", metadata, spec });
  };
  // A policy comes into force, and goes out of it, some time after it was applied or deleted.
  let next = 100;
  const comesThrough = async () => {
    try {
      await launch(next, 1);
      next += 1;
      return true;
    } catch (error) {
      assert.instance(error, ApiError);
      assert.match((error as ApiError).message, /another process leads this run/);
      return false;
    }
  };
  await cluster.unapply("fence");
  await desk.until("a launch comes through", comesThrough);
  await cluster.apply("fence");
  await desk.until("the policy is in force", async () => !(await comesThrough()));
  await desk.until("what came through is gone", async () => (await pods("fence")).length === 3);
  assert.equal(desk.said("instance_lost"), []);
});

kubernetesTest("a process with a lower epoch than the cluster knows does not begin", async () => {
  const late = desk.platform();
  platforms.push(late);
  const error = await refused(desk.start(late));
  assert.instance(error, LiveError);
  assert.match((error as Error).message, /expected 1 or less, the epoch of this process, found 2/);
});

kubernetesTest("put to sleep under load, replaced and woken again, a live run changes nothing more", async () => {
  const users = ["u1", "u2", "u3", "u4"];
  run = await KubernetesRun.prepare(cluster, "live-fence", users, "keep-alive:ttl=1h");
  const old = await run.start();
  const ask = (live: LiveProcess, request: string, user: string) =>
    live.send("PUT", `/v1/requests/${request}`, { user, app: "notebook" });
  // So many at once that writes are still on their way when it falls asleep.
  const asked = Array.from({ length: 60 }, (_, i) => ask(old, `r${i}`, users[i % 4] as string).catch(() => null));
  await desk.until("some are there, and others on their way", async () => (await run.pods()).length > 3);
  old.child.kill("SIGSTOP");
  const next = await run.start("--standby");
  // What the new one ends, the old one must not start again.
  for (let i = 0; i < 60; i += 2) await next.send("DELETE", `/v1/requests/r${i}`);
  await ask(next, "new", "u1");
  old.child.kill("SIGCONT");
  const ended = await old.exit;
  assert.match(ended.stderr, /another process leads/);
  await Promise.all(asked);
  await run.settled(next);
  next.child.kill("SIGTERM");
  assert.is((await next.exit).status, 0);
  assert.ok(run.replay().same);
});

test.after(async () => {
  run?.killAll();
  for (const platform of platforms) await platform.stop();
  cluster?.close();
});

test.run();
