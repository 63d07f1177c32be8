/** Capacity held by pods that give way, against a real scheduler. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UserId } from "../../allocator/core/ids.ts";
import type { KubernetesPlatform } from "../../allocator/live/kubernetes/kubernetes-platform.ts";
import type { Pod } from "../../allocator/live/kubernetes/objects.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { Desk } from "../support/kubernetes-desk.ts";

const ALICE = 0 as UserId;
const DEPLOYMENT = "/apis/apps/v1/namespaces/prae/deployments/prae-hold-hold-gold";

const HOLD = {
  ...{ pool: "general", image: "pause", by: "auto" as const },
  unit: { cpuMillis: 1000, memoryMiB: 1024, gpuMillis: 0, networkKbps: 0 },
};
const BUFFERS = "test/kubernetes/capacity-buffers.yaml";
const BUFFER = "/apis/autoscaling.x-k8s.io/v1beta1/namespaces/prae/capacitybuffers/prae-buffer-hold-gold";

let cluster: KubernetesCluster;
let desk: Desk;
let platform: KubernetesPlatform;

const get = <T>(path: string, query = {}) => cluster.admin.request<T>({ method: "GET", path, query });
const reserve = (cpuMillis: number) =>
  platform.submit([
    desk.decide({ kind: "reserve", user: ALICE, resources: { cpuMillis, memoryMiB: 1024, gpuMillis: 0, networkKbps: 0 } }),
  ]);
const replicas = async () => {
  const { spec } = await get<{ spec: { replicas: number } }>(DEPLOYMENT).catch(() => ({ spec: { replicas: -1 } }));
  return spec.replicas;
};
/** Whether the Deployment of the run that has buffers is to have so many pods. */
const scaledTo = async (count: number) => {
  const path = DEPLOYMENT.replace("prae-hold-", "prae-buffer-");
  return (await get<{ spec: { replicas: number } }>(path).catch(() => null))?.spec.replicas === count;
};
const bufferedReplicas = async () => {
  const buffer = await get<{ spec: { replicas: number } }>(BUFFER).catch(() => null);
  return buffer?.spec.replicas;
};
const holding = async () => {
  const query = { labelSelector: "prae.dev/held-for=hold" };
  const { items } = await get<{ items: Pod[] }>("/api/v1/namespaces/prae/pods", query);
  return items.filter(({ status, metadata }) => status?.phase === "Running" && metadata.deletionTimestamp === undefined).length;
};

kubernetesTest("what is reserved and not taken is held, on the nodes of the pool", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  await cluster.apply("hold");
  await cluster.addNode("n1", "general", { cpu: "4", memory: "16Gi" });
  desk = new Desk({ kubeconfig: await cluster.serviceAccountKubeconfig("prae", "prae"), runId: "hold", hold: HOLD });
  platform = desk.platform();
  await desk.start(platform);
  await desk.until("its node is ready", () => desk.said("node_shared").length === 1);
  reserve(3_500);
  await desk.until("four units are held: the node is full", async () => (await holding()) === 4);
  const { value } = await get<{ value: number }>("/apis/scheduling.k8s.io/v1/priorityclasses/prae-hold-gold");
  assert.is(value, -10);
});

kubernetesTest("instances take the place of what was held for them", async () => {
  platform.submit([desk.launch(0, ALICE), desk.launch(1, ALICE), desk.launch(2, ALICE)]);
  await desk.until("all three are ready", () => desk.said("instance_ready").length === 3);
  await desk.until("two units are held", async () => (await replicas()) === 2 && (await holding()) === 2);
  assert.equal(desk.said("decision_failed"), []);
});

kubernetesTest("a restart holds on, and what is released is let go", async () => {
  await platform.stop();
  platform = desk.platform();
  await desk.start(
    platform,
    (await platform.observe()).instances.map((one) => ({ ...one, app: 0 as never })),
  );
  reserve(2_500);
  await desk.until("one unit is held", async () => (await replicas()) === 1);
  platform.submit([desk.decide({ kind: "release", user: ALICE })]);
  await desk.until("nothing is held", async () => (await replicas()) === 0 && (await holding()) === 0);
});

kubernetesTest("where the cluster has CapacityBuffers, one holds it, and the pods that did are let go", async () => {
  await platform.stop();
  desk = new Desk({ kubeconfig: await cluster.serviceAccountKubeconfig("prae", "prae"), runId: "buffer", hold: HOLD });
  platform = desk.platform();
  await desk.start(platform);
  reserve(2_500);
  await desk.until("pods hold it", () => scaledTo(3));
  await platform.stop();
  await cluster.kubectl("apply", "-f", BUFFERS);
  await cluster.kubectl("wait", "--for=condition=Established", "--timeout=180s", "-f", BUFFERS);
  platform = desk.platform();
  await desk.start(platform);
  reserve(1_500);
  await desk.until("a buffer holds it, and no pods do", async () => (await bufferedReplicas()) === 2 && (await scaledTo(0)));
  const { template } = await get<{ template: Pick<Pod, "spec"> }>("/api/v1/namespaces/prae/podtemplates/prae-buffer-hold-gold");
  assert.equal(template.spec.containers[0]?.resources?.requests, { cpu: "1", memory: "1Gi" });
  const { spec } = await get<{ spec: object }>(BUFFER);
  assert.equal(spec, {
    provisioningStrategy: "buffer.x-k8s.io/active-capacity",
    podTemplateRef: { name: "prae-buffer-hold-gold" },
    replicas: 2,
  });
  platform.submit([desk.launch(0, ALICE)]);
  await desk.until("an instance takes a part of it", async () => (await bufferedReplicas()) === 1);
  const body = { metadata: { annotations: { "prae.dev/epoch": "0" } }, spec: { replicas: 9 } };
  const old = cluster.admin.request({ method: "PATCH", path: BUFFER, contentType: "application/merge-patch+json", body });
  assert.match(await old.then(() => "", String), /another process leads this run/);
});

kubernetesTest("where they are taken away, pods hold it again", async () => {
  await cluster.kubectl("delete", "-f", BUFFERS);
  reserve(3_500);
  await desk.until("pods hold it", () => scaledTo(3));
});

test.after(async () => {
  await platform?.stop();
  cluster?.close();
});

test.run();
