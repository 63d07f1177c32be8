/** Who says how many pods hold capacity: `/scale`, written by PRAE, by a real HorizontalPodAutoscaler, by people, and by a leader that slept. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UserId } from "../../allocator/core/ids.ts";
import { ApiClient, type ApiError } from "../../allocator/live/kubernetes/api-client.ts";
import { HoldDeployment } from "../../allocator/live/kubernetes/hold-deployment.ts";
import { type HoldOrder, holdManifest, scaleManifest } from "../../allocator/live/kubernetes/hold-manifest.ts";
import { readKubeconfig } from "../../allocator/live/kubernetes/kubeconfig.ts";
import type { KubernetesPlatform } from "../../allocator/live/kubernetes/kubernetes-platform.ts";
import type { Deployment } from "../../allocator/live/kubernetes/objects.ts";
import { Superseded } from "../../allocator/live/leadership.ts";
import { after } from "../support/fence.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { Desk } from "../support/kubernetes-desk.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/prae/deployments";
const NAME = "prae-scale-hold-gold";
const APPLY = "application/apply-patch+yaml";
const MERGE = "application/merge-patch+json";
const ACCOUNT = "--as=system:serviceaccount:prae:prae";
const HOLD = {
  ...{ pool: "general", image: "pause", by: "pods" as const },
  unit: { cpuMillis: 1000, memoryMiB: 1024, gpuMillis: 0, networkKbps: 0 },
};

let cluster: KubernetesCluster;
let kubeconfig = "";
let desk: Desk;
let platform: KubernetesPlatform | undefined;

const order = (epoch: number, replicas: number): HoldOrder => ({ runId: "scale", epoch, tier: "gold", replicas, hold: HOLD });
const deployment = () => cluster.admin.request<Deployment>({ method: "GET", path: `${DEPLOYMENTS}/${NAME}` });
const replicas = async () => (await deployment().catch(() => null))?.spec.replicas ?? -1;
/** So many units. */
const reserve = (units: number) =>
  platform?.submit([
    desk.decide({
      ...{ kind: "reserve", user: 0 as UserId },
      resources: { cpuMillis: units * 1000, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 },
    }),
  ]);
/** Who has its replicas, and through what. */
const owners = async () =>
  ((await deployment()).metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => Object.hasOwn((fieldsV1?.["f:spec"] ?? {}) as object, "f:replicas"))
    .map(({ manager, operation, subresource }) => [manager, operation, subresource ?? ""].join(" "));

async function begin(epoch: number): Promise<void> {
  await platform?.stop();
  platform = desk.platform(after(epoch - 1));
  await desk.start(platform);
}

/** How many replicas the Deployment had meanwhile, one after another. */
async function replicasWhile(act: () => Promise<void>): Promise<readonly number[]> {
  const { metadata } = await cluster.admin.request<{ metadata: { resourceVersion: string } }>({
    ...{ method: "GET", path: DEPLOYMENTS },
  });
  await act();
  const seen: number[] = [];
  const enough = new AbortController();
  const last = await replicas();
  for await (const { type, object } of cluster.admin.watch<Deployment>(
    DEPLOYMENTS,
    {},
    metadata.resourceVersion,
    enough.signal,
  )) {
    if (type === "BOOKMARK" || object.metadata.name !== NAME) continue;
    if (seen.at(-1) !== object.spec.replicas) seen.push(object.spec.replicas);
    if (object.metadata.resourceVersion === (await deployment()).metadata.resourceVersion) break;
  }
  assert.is(seen.at(-1), last);
  return seen;
}

async function refused(write: Promise<unknown>): Promise<unknown> {
  try {
    await write;
  } catch (error) {
    return error;
  }
  return assert.unreachable("it was not refused");
}

kubernetesTest("the service account may scale what holds, and neither replace nor delete it", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  await cluster.apply("hold");
  await cluster.addNode("n1", "general", { cpu: "16", memory: "64Gi" });
  kubeconfig = await cluster.serviceAccountKubeconfig("prae", "prae");
  desk = new Desk({ kubeconfig, runId: "scale", hold: HOLD });
  const may = async (what: string) =>
    (await cluster.kubectl("auth", "can-i", ...what.split(" "), ACCOUNT).catch(({ stdout }) => stdout)).trim();
  for (const [what, expected] of [
    ["patch deployments.apps --subresource=scale -n prae", "yes"],
    ["update deployments.apps --subresource=scale -n prae", "no"],
    ["patch deployments.apps --subresource=scale -n default", "no"],
    ["patch replicasets.apps --subresource=scale -n prae", "no"],
    ["update deployments.apps -n prae", "no"],
    ["delete deployments.apps -n prae", "no"],
  ] as const)
    assert.is(await may(what), expected, what);
});

kubernetesTest("it is made with as many as are wanted, and from then on scaled through /scale alone", async () => {
  const seen = await replicasWhile(async () => {
    await begin(1);
    reserve(3);
    await desk.until("three are wanted", async () => (await replicas()) === 3);
    await desk.until("/scale has them", async () => (await owners()).join() === "prae Apply scale");
    reserve(2);
    await desk.until("two are wanted", async () => (await replicas()) === 2);
  });
  assert.equal(seen, [3, 2]);
  assert.equal(await owners(), ["prae Apply scale"]);
  assert.equal(desk.log, []);
});

kubernetesTest("without the right to /scale it holds nothing more, and says so", async () => {
  const without = JSON.stringify([{ op: "remove", path: "/rules/1" }]);
  const rule = await cluster.kubectl("get", "role", "prae-hold", "-n", "prae", "-o", "jsonpath={.rules[1].resources}");
  assert.is(rule, '["deployments/scale"]');
  await cluster.kubectl("patch", "role", "prae-hold", "-n", "prae", "--type=json", "-p", without);
  reserve(3);
  await desk.until("it is said", () => desk.log.some((one) => /3 × its unit not held: .*deployments\/scale/.test(one)));
  assert.is(await replicas(), 2);
  await cluster.apply("hold");
  await desk.until("it may again", async () => {
    reserve(4);
    return (await replicas()) === 4;
  });
});

kubernetesTest("a leader that slept scales nothing, also with a request that was on its way", async () => {
  const seen = await deployment();
  await begin(2);
  reserve(3);
  await desk.until("the next one has scaled it", async () => (await replicas()) === 3);
  const api = new ApiClient(readKubeconfig(kubeconfig, null));
  const request = { method: "PATCH", path: `${DEPLOYMENTS}/${NAME}/scale`, query: { fieldManager: "prae" } } as const;
  const late = api.request({ ...request, contentType: APPLY, body: scaleManifest(seen, 9) });
  assert.is(((await refused(late)) as ApiError).status, 409);
  const old = new HoldDeployment(api, "prae", AbortSignal.timeout(60_000));
  const error = await refused(old.hold(order(1, 9)));
  assert.match((error as Error).message, /another process/);
  // And the whole of it, by the admission policy, whoever asks.
  const body = { metadata: { annotations: { "prae.dev/epoch": "1" } }, spec: { replicas: 9 } };
  const whole = cluster.admin.request({ method: "PATCH", path: `${DEPLOYMENTS}/${NAME}`, contentType: MERGE, body });
  assert.match(((await refused(whole)) as Error).message, /another process leads this run/);
  api.close();
  assert.is(await replicas(), 3);
});

kubernetesTest(
  "where its version changes all the time, it is scaled none the less; one with a higher epoch is left",
  async () => {
    const api = new ApiClient(readKubeconfig(kubeconfig, null));
    const holding = new HoldDeployment(api, "prae", AbortSignal.timeout(60_000));
    let isOver = false;
    const note = async (value: number) => {
      const body = { metadata: { annotations: { note: String(value) } } };
      await cluster.admin.request({ method: "PATCH", path: `${DEPLOYMENTS}/${NAME}`, contentType: MERGE, body });
    };
    const noting = (async () => {
      for (let i = 0; !isOver; i += 1) await note(i);
    })();
    for (const wanted of [5, 6, 7, 8, 3]) {
      await holding.hold(order(2, wanted));
      assert.is(await replicas(), wanted);
    }
    isOver = true;
    await noting;
    const body = { metadata: { annotations: { "prae.dev/epoch": "7" } } };
    await cluster.admin.request({ method: "PATCH", path: `${DEPLOYMENTS}/${NAME}`, contentType: MERGE, body });
    assert.instance(await refused(holding.hold(order(2, 1))), Superseded);
    api.close();
    assert.is(await replicas(), 3);
    await cluster.kubectl("delete", "deployment", NAME, "-n", "prae");
  },
);

kubernetesTest("one whose replicas an earlier version applied is taken over as it is", async () => {
  const shape = holdManifest(order(1, 0));
  await cluster.admin.request({
    ...{ method: "PATCH", path: `${DEPLOYMENTS}/${NAME}`, query: { fieldManager: "prae" }, contentType: APPLY },
    body: { ...shape, spec: { ...shape.spec, replicas: 4 } },
  });
  assert.equal(await owners(), ["prae Apply "]);
  const seen = await replicasWhile(async () => {
    await begin(2);
    reserve(2);
    await desk.until("two are wanted", async () => (await replicas()) === 2);
  });
  assert.equal(seen, [4, 2]);
  assert.equal(await owners(), ["prae Apply scale"]);
});

kubernetesTest("where an autoscaler scales it, it is left alone, and what is wanted is only proposed", async () => {
  desk.log.length = 0;
  const spec = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: NAME }, minReplicas: 1, maxReplicas: 1 };
  const path = "/apis/autoscaling/v2/namespaces/prae/horizontalpodautoscalers";
  const body = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "hold" }, spec };
  await cluster.admin.request({ method: "POST", path, body });
  await desk.until("it has scaled it", async () => (await replicas()) === 1);
  assert.equal(await owners(), ["kube-controller-manager Update scale"]);
  reserve(3);
  await desk.until("it is proposed", () => desk.log.length > 0);
  assert.match(desk.log.join("\n"), /^capacity of tier gold: 3 × its unit proposed, not held: it has another owner: .*$/);
  assert.match(desk.log.join("\n"), /"kube-controller-manager" with subresource "scale"/);
  assert.equal(desk.units.at(-1), ["gold", { wanted: 3, held: null }]);
  assert.is(await replicas(), 1);
  await cluster.admin.request({ method: "DELETE", path: `${path}/hold` });
  await begin(3);
  reserve(2);
  await desk.until("a next process proposes, too", () => desk.units.at(-1)?.[1].wanted === 2);
  assert.equal(desk.units.at(-1), ["gold", { wanted: 2, held: null }]);
  assert.is(await replicas(), 1);
});

kubernetesTest("what was given to others comes back where it is deleted; a person takes it by kubectl scale", async () => {
  await cluster.kubectl("delete", "deployment", NAME, "-n", "prae");
  reserve(4);
  await desk.until("it is held", async () => (await replicas()) === 4);
  await desk.until("that is told", () => desk.units.at(-1)?.[1].held === 4);
  await cluster.kubectl("scale", "deployment", NAME, "-n", "prae", "--replicas=2");
  reserve(3);
  await desk.until("it is proposed", () => desk.log.some((one) => /3 × its unit proposed, .*"kubectl"/s.test(one)));
  assert.is(await replicas(), 2);
});

test.after(async () => {
  await platform?.stop();
  await cluster?.kubectl("delete", "--ignore-not-found", "-n", "prae", "horizontalpodautoscaler", "hold");
  cluster?.close();
});

test.run();
