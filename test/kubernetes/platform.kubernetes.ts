/** The Kubernetes platform against a real control plane, as the service account of its own manifests. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { InstanceId, UserId } from "../../allocator/core/ids.ts";
import type { KubernetesPlatform } from "../../allocator/live/kubernetes/kubernetes-platform.ts";
import type { Node, Pod } from "../../allocator/live/kubernetes/objects.ts";
import { LABEL, userLabel } from "../../allocator/live/kubernetes/pod-names.ts";
import type { ObservedInstance } from "../../allocator/live/ports.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { Desk, SIZE } from "../support/kubernetes-desk.ts";

const ALICE = 0 as UserId;
const BOB = 1 as UserId;
const PODS = "/api/v1/namespaces/prae/pods";

let cluster: KubernetesCluster;
let desk: Desk;
let platform: KubernetesPlatform;

const pod = (instance: number) => cluster.admin.request<Pod>({ method: "GET", path: `${PODS}/prae-e2e-${instance}` });
const podCount = async () => (await cluster.admin.request<{ items: Pod[] }>({ method: "GET", path: PODS })).items.length;
const observed = async () =>
  [...(await platform.observe()).instances].sort((a, b) => a.instance - b.instance) as readonly ObservedInstance[];

kubernetesTest("the control plane starts, and the manifests apply", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  const kubeconfig = await cluster.serviceAccountKubeconfig("prae", "prae");
  desk = new Desk({ kubeconfig, runId: "e2e", unschedulableLimitMs: 6_000 });
});

kubernetesTest("nodes become ready with what they have for pods", async () => {
  for (const name of ["n1", "n2", "n3"]) await cluster.addNode(name, "general", { cpu: "16", memory: "32Gi" });
  await cluster.addNode("elsewhere", "other", { cpu: "16", memory: "32Gi" });
  platform = desk.platform();
  await desk.start(platform);
  await desk.until("three nodes are ready", () => desk.said("node_shared").length === 3);
  const whole = { cpuMillis: 16_000, memoryMiB: 32_768, gpuMillis: 0, networkKbps: 0xffff_ffff };
  assert.equal(desk.said("node_shared", "n1"), [
    {
      ...{ kind: "node_shared", node: "n1", pool: 0, capacity: whole, offered: whole, places: 110 },
    },
  ]);
  assert.equal((await platform.observe()).nodes.toSorted(), ["n1", "n2", "n3"]);
});

kubernetesTest("50 instances are launched, placed and ready; submitted again, nothing happens", async () => {
  const launches = Array.from({ length: 50 }, (_, i) => desk.launch(i, i % 2 === 0 ? ALICE : null));
  platform.submit(launches);
  await desk.until("50 are ready", () => desk.said("instance_ready").length === 50);
  platform.submit(launches);
  const twin = desk.platform();
  await desk.start(twin); // another process, that knows nothing of them, submits them too
  twin.submit(launches);
  await twin.stop();
  assert.is(desk.said("instance_placed").length, 50);
  assert.is(desk.said("instance_ready").length, 50);
  assert.equal(desk.said("decision_failed"), []);
  assert.is(await podCount(), 50);
  const { metadata, spec } = await pod(0);
  assert.is(metadata.labels?.[LABEL.user], userLabel("e2e", "alice"));
  assert.is((await pod(1)).metadata.labels?.[LABEL.user], undefined);
  assert.equal(spec.containers[0]?.resources?.requests, { cpu: "500m", memory: "256Mi" });
});

kubernetesTest("a shadow is bound: from one moment to the next it is its user's", async () => {
  const request = desk.request("r-1", BOB);
  platform.submit([desk.decide({ kind: "bind", instance: 1 as InstanceId, request })]);
  const before = await pod(1);
  let bound = before;
  await desk.until("its pod says so", async () => {
    bound = await pod(1);
    return bound.metadata.annotations?.["prae.dev/request"] === "r-1";
  });
  assert.is(bound.metadata.labels?.[LABEL.user], userLabel("e2e", "Bob O'Neill <bob@example.org>"));
  assert.is(bound.metadata.labels?.[LABEL.tier], "gold");
  assert.is(bound.metadata.uid, before.metadata.uid);
});

kubernetesTest("an instance grows in place", async () => {
  const uid = (await pod(2)).metadata.uid;
  const size = { ...SIZE, cpuMillis: 750, memoryMiB: 512 };
  platform.submit([desk.decide({ kind: "resize", instance: 2 as InstanceId, size })]);
  await desk.until("it is resized", () => desk.said("instance_resized", 2).length === 1);
  assert.not.match(desk.log.join("\n"), /resize/);
  assert.equal(desk.said("instance_resized", 2), [{ kind: "instance_resized", instance: 2, size }]);
  const after = await pod(2);
  assert.is(after.metadata.uid, uid);
  assert.equal(after.spec.containers[0]?.resources?.requests, { cpu: "750m", memory: "512Mi" });
});

kubernetesTest("stopped instances are told of as stopped, those that somebody deletes as lost", async () => {
  const stop = desk.decide({ kind: "stop", instance: 3 as InstanceId });
  platform.submit([stop]);
  await cluster.admin.request({ method: "DELETE", path: `${PODS}/prae-e2e-4`, body: { gracePeriodSeconds: 1 } });
  await desk.until("3 is stopped", () => desk.said("instance_stopped", 3).length === 1);
  await desk.until("4 is lost", () => desk.said("instance_lost", 4).length === 1);
  platform.submit([stop]);
  assert.is(desk.said("instance_stopped").length, 1);
  assert.is(desk.said("instance_lost").length, 1);
});

kubernetesTest("what the platform cannot do is said, with the decision", async () => {
  const suspend = desk.decide({ kind: "suspend", instance: 5 as InstanceId });
  const unpictured = desk.launch(60, ALICE, SIZE, 1);
  const huge = desk.launch(61, ALICE, { ...SIZE, cpuMillis: 64_000 });
  const isSaid = ({ seq }: { seq: number }) =>
    desk
      .said("decision_failed")
      .flatMap((one) => (one.kind === "decision_failed" && one.decisionSeq === seq ? [one.reason] : []));
  platform.submit([suspend, unpictured, huge]);
  await desk.until("all three are said", () => [suspend, unpictured, huge].every((one) => isSaid(one).length > 0));
  assert.equal(isSaid(suspend), ["unsupported"]);
  assert.equal(isSaid(unpictured), ["launch_failed"]);
  assert.equal(isSaid(huge), ["no_capacity"]);
  await desk.until("its pod is gone", async () => !(await observed()).some(({ instance }) => instance === 61));
  assert.equal(desk.said("instance_lost", 61), []);
});

kubernetesTest("after a restart what is there is observed, and what happened meanwhile is told", async () => {
  const before = await observed();
  assert.is(before.filter(({ phase }) => phase === "ready").length, 48);
  await platform.stop();
  await cluster.admin.request({ method: "DELETE", path: `${PODS}/prae-e2e-6`, body: { gracePeriodSeconds: 0 } });
  platform = desk.platform();
  desk.outcomes.length = 0;
  const believed = before.map((one) => ({ ...one, app: 0 as never }));
  await desk.start(platform, believed);
  const after = await observed();
  assert.equal(
    after,
    before.filter(({ instance }) => instance !== 6),
  );
  assert.is(desk.said("node_shared").length, 3);
  assert.equal(desk.said("instance_ready"), [], "nothing is told again");
  platform.discard(7 as InstanceId);
  await desk.until("its pod is gone", async () => !(await observed()).some(({ instance }) => instance === 7));
  assert.is((await observed()).length, after.length - 1);
  assert.equal(desk.said("instance_lost"), []);
});

kubernetesTest("a node that is cordoned drains; one that is deleted is lost with what ran there", async () => {
  const patch = (unschedulable: boolean) =>
    cluster.admin.request({
      ...{ method: "PATCH", path: "/api/v1/nodes/n2", contentType: "application/merge-patch+json" },
      body: { spec: { unschedulable } },
    });
  await patch(true);
  await desk.until("n2 drains", () => desk.said("node_draining", "n2").length === 1);
  // Its taint comes later, and would have it drain again.
  await desk.until("n2 is tainted", async () => {
    const { spec } = await cluster.admin.request<Node>({ method: "GET", path: "/api/v1/nodes/n2" });
    return spec?.taints?.some(({ key }) => key === "node.kubernetes.io/unschedulable") === true;
  });
  await patch(false);
  await desk.until("n2 is back", () => desk.said("node_shared", "n2").length === 2);
  const onIt = (await observed()).filter(({ node }) => node === "n3").map(({ instance }) => instance);
  assert.ok(onIt.length > 0);
  await cluster.admin.request({ method: "DELETE", path: "/api/v1/nodes/n3" });
  await desk.until("n3 is lost", () => desk.said("node_lost", "n3").length === 1);
  await desk.until("its pods are gone", async () => !(await observed()).some(({ instance }) => onIt.includes(instance)));
  assert.equal(desk.said("instance_lost"), [], "the run has lost them with the node");
});

kubernetesTest("the API server is killed and comes back: what was decided meanwhile is carried out, once", async () => {
  const { instance } = (await observed())[0] as ObservedInstance;
  await cluster.kill("kube-apiserver");
  platform.submit([desk.launch(100, ALICE), desk.launch(101, null), desk.decide({ kind: "stop", instance })]);
  await desk.until(
    "both are ready and the other has stopped",
    () =>
      [100, 101].every((one) => desk.said("instance_ready", one).length === 1) &&
      desk.said("instance_stopped", instance).length === 1,
  );
  assert.equal(desk.said("instance_lost"), []);
});

test.after(async () => {
  await platform?.stop();
  cluster?.close();
});

test.run();
