/** The Kubernetes platform when the API server is overloaded, fails, forgets, loses answers, is slow or cannot be reached. */
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { InstanceId, UserId } from "../../allocator/core/ids.ts";
import type { KubernetesPlatform } from "../../allocator/live/kubernetes/kubernetes-platform.ts";
import type { Pod } from "../../allocator/live/kubernetes/objects.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { Desk } from "../support/kubernetes-desk.ts";
import { TroubledProxy } from "../support/troubled-proxy.ts";

const ALICE = 0 as UserId;
const PODS = "/api/v1/namespaces/prae/pods";

let cluster: KubernetesCluster;
let proxy: TroubledProxy;
let desk: Desk;
let platform: KubernetesPlatform;
let next = 0;

/** New instances, told of as ready. */
async function launchAll(count: number): Promise<number[]> {
  const instances = Array.from({ length: count }, () => next++);
  platform.submit(instances.map((instance) => desk.launch(instance, ALICE)));
  await desk.until("all are ready", () => instances.every((one) => desk.said("instance_ready", one).length === 1));
  assert.equal(desk.said("decision_failed"), []);
  return instances;
}

const deletePod = (instance: number) =>
  cluster.admin.request({ method: "DELETE", path: `${PODS}/prae-trouble-${instance}`, body: { gracePeriodSeconds: 0 } });

kubernetesTest("the control plane starts, behind a proxy that makes trouble", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  await cluster.addNode("n1", "general", { cpu: "64", memory: "256Gi" });
  proxy = new TroubledProxy(cluster.server);
  const kubeconfig = await cluster.serviceAccountKubeconfig("prae", "prae", await proxy.listen());
  desk = new Desk({ kubeconfig, runId: "trouble", client: { requestLimitMs: 3_000, watchSeconds: 3, silenceMs: 2_000 } });
  platform = desk.platform();
  await desk.start(platform);
  await desk.until("its node is ready", () => desk.said("node_shared").length === 1);
});

kubernetesTest("429: it waits as long as it is asked to", async () => {
  let refusals = 0;
  proxy.fate = (method) => (method === "POST" && refusals++ < 5 ? { status: 429, retryAfterSeconds: 2 } : "pass");
  const began = performance.now();
  await launchAll(5);
  assert.ok(performance.now() - began >= 2_000);
  assert.ok(refusals >= 10, String(refusals));
});

kubernetesTest("5xx: it goes on trying, and every instance is launched once", async () => {
  let refusals = 0;
  proxy.fate = (method) => (method !== "GET" && refusals++ < 25 ? { status: 503 } : "pass");
  const instances = await launchAll(10);
  const names = (await cluster.admin.request<{ items: Pod[] }>({ method: "GET", path: PODS })).items.map(
    ({ metadata }) => metadata.name,
  );
  for (const instance of instances) assert.is(names.filter((name) => name === `prae-trouble-${instance}`).length, 1);
});

kubernetesTest("answers that are lost: what was done is found to be done", async () => {
  const left: Record<string, number> = { POST: 4, DELETE: 1 };
  proxy.fate = (method) => {
    left[method] = (left[method] ?? 0) - 1;
    return left[method] >= 0 ? "lose the answer" : "pass";
  };
  const [first] = await launchAll(6);
  platform.submit([desk.decide({ kind: "stop", instance: first as InstanceId })]);
  await desk.until("it has stopped", () => desk.said("instance_stopped", first).length === 1);
  await sleep(500);
  assert.is(desk.said("instance_stopped", first).length, 1);
});

kubernetesTest("watches that break and are forgotten: all is listed again, and what was missed is told", async () => {
  proxy.fate = () => "pass";
  const [kept, lost] = await launchAll(2);
  let expired = 0;
  proxy.fate = (_, url) => {
    if (!url.includes("watch=true")) return { status: 500 };
    expired += 1;
    return { status: 410 };
  };
  proxy.breakWatches();
  await deletePod(lost as number);
  await desk.until("the watches expire", () => expired >= 2);
  proxy.fate = () => "pass";
  await desk.until("the loss is told", () => desk.said("instance_lost", lost).length === 1);
  assert.equal(desk.said("instance_lost", kept), []);
  assert.is(desk.said("instance_ready", kept).length, 1);
});

kubernetesTest("a slow server is waited for", async () => {
  proxy.delayMs = 800;
  await launchAll(3);
  proxy.delayMs = 0;
});

kubernetesTest("a partition that nobody is told of: found out, and afterwards all is carried out and told", async () => {
  const [lost, stopped] = await launchAll(2);
  proxy.cut();
  await deletePod(lost as number);
  const launched = next++;
  platform.submit([desk.launch(launched, ALICE), desk.decide({ kind: "stop", instance: stopped as InstanceId })]);
  await desk.until("the silence is found out", () => desk.log.some((what) => /^watching .*: nothing from /.test(what)));
  assert.equal(desk.said("instance_lost", lost), []);
  proxy.mend();
  await desk.until(
    "all three are told",
    () =>
      desk.said("instance_lost", lost).length === 1 &&
      desk.said("instance_stopped", stopped).length === 1 &&
      desk.said("instance_ready", launched).length === 1,
  );
  assert.equal(desk.said("decision_failed"), []);
});

kubernetesTest("a server that cannot be reached at the start is said", async () => {
  proxy.fate = () => ({ status: 403 });
  const denied = desk.platform();
  try {
    await denied.start(() => {}, { instances: [], nodes: [] });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /expected an API server that lists it, found 403 trouble/);
  }
  await denied.stop();
});

test.after(async () => {
  await platform?.stop();
  await proxy?.close();
  cluster?.close();
});

test.run();
