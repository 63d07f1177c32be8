/** What others run on the nodes, against a real control plane, as the service account of the manifests: what is left is for instances. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UserId } from "../../allocator/core/ids.ts";
import type { KubernetesPlatform } from "../../allocator/live/kubernetes/kubernetes-platform.ts";
import type { Outcome } from "../../allocator/live/ports.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { Desk } from "../support/kubernetes-desk.ts";

const POD = "/api/v1/namespaces";

let cluster: KubernetesCluster;
let desk: Desk;
let platform: KubernetesPlatform;

/** Of somebody else, on the node n1. */
async function otherPod(namespace: string, name: string, requests: Readonly<Record<string, string>>): Promise<void> {
  const spec = { nodeName: "n1", containers: [{ name: "work", image: "none", resources: { requests } }] };
  const body = { apiVersion: "v1", kind: "Pod", metadata: { name }, spec };
  await cluster.admin.request({ method: "POST", path: `${POD}/${namespace}/pods`, body });
}

const remove = (namespace: string, name: string) =>
  cluster.admin.request({ method: "DELETE", path: `${POD}/${namespace}/pods/${name}`, body: { gracePeriodSeconds: 0 } });

/** What the node was last said to have for instances: cores in thousandths, MiB, and how many. */
function offer(): readonly number[] {
  const last = desk.said("node_shared", "n1").at(-1) as Extract<Outcome, { kind: "node_shared" }>;
  return [last.offered.cpuMillis, last.offered.memoryMiB, last.places];
}

const until = (what: string, ...expected: number[]) =>
  desk.until(what, () => JSON.stringify(offer()) === JSON.stringify(expected));

kubernetesTest("a node is ready with what pods of other namespaces leave", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  await cluster.addNode("n1", "general", { cpu: "4", memory: "8Gi", pods: "5" });
  await otherPod("default", "daemon", { cpu: "1", memory: "1Gi" });
  desk = new Desk({ kubeconfig: await cluster.serviceAccountKubeconfig("prae", "prae"), runId: "others" });
  platform = desk.platform();
  await desk.start(platform);
  await desk.until("its node is ready", () => desk.said("node_shared").length > 0);
  assert.equal(offer(), [3_000, 7_168, 4]);
});

kubernetesTest("instances are not others; what comes beside them is", async () => {
  platform.submit([desk.launch(0, 0 as UserId)]);
  await desk.until("an instance is ready", () => desk.said("instance_ready").length === 1);
  await otherPod("prae", "job", { cpu: "500m", memory: "512Mi" });
  await until("the job is counted", 2_500, 6_656, 3);
});

kubernetesTest("what ended takes nothing, nor does what is gone", async () => {
  await cluster.admin.request({
    ...{ method: "PATCH", path: `${POD}/prae/pods/job/status`, contentType: "application/merge-patch+json" },
    body: { status: { phase: "Succeeded" } },
  });
  await until("the job is not counted any more", 3_000, 7_168, 4);
  await remove("default", "daemon");
  await until("nor is the other", 4_000, 8_192, 5);
});

test.after(async () => {
  await platform?.stop();
  for (const [namespace, name] of [
    ["default", "daemon"],
    ["prae", "job"],
  ] as const)
    await remove(namespace, name).catch(() => {});
  cluster?.close();
});

test.run();
