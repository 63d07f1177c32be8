/** Instances that are suspended: their pod goes, their claim stays, and another pod finds there what was kept. */
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { InstanceId, UserId } from "../../allocator/core/ids.ts";
import { ApiClient } from "../../allocator/live/kubernetes/api-client.ts";
import { InstanceClaims } from "../../allocator/live/kubernetes/instance-claims.ts";
import { readKubeconfig } from "../../allocator/live/kubernetes/kubeconfig.ts";
import type { KubernetesPlatform } from "../../allocator/live/kubernetes/kubernetes-platform.ts";
import type { Pod, VolumeClaim } from "../../allocator/live/kubernetes/objects.ts";
import { Superseded } from "../../allocator/live/leadership.ts";
import type { ObservedInstance } from "../../allocator/live/ports.ts";
import { after } from "../support/fence.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { Desk, SIZE } from "../support/kubernetes-desk.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import { platformContract } from "../support/platform-contract.ts";
import { until } from "../support/server-process.ts";

const ALICE = 0 as UserId;
const ONE = 1 as InstanceId;
const CLAIMS = "/api/v1/namespaces/prae/persistentvolumeclaims";
const VOLUMES = new Map([["notebook", { sizeMiB: 100, path: "/data", storageClass: "by-hand" }]]);
const LIMIT = { limitMs: 180_000 };

interface Bound extends VolumeClaim {
  readonly spec: { readonly volumeName?: string };
}

let cluster: KubernetesCluster;
let kubeconfig = "";
let desk: Desk;
let platform: KubernetesPlatform;
let run: KubernetesRun;
let contracts = 0;

const get = <T>(path: string) => cluster.admin.request<T>({ method: "GET", path });
const claim = (instance: number) => get<Bound>(`${CLAIMS}/prae-aside-${instance}`);
const claimsOf = async (run: string) =>
  (await get<{ items: VolumeClaim[] }>(CLAIMS)).items.filter(({ metadata }) => metadata.labels?.["prae.dev/run"] === run).length;
const observed = async () => [...(await platform.observe()).instances] as readonly ObservedInstance[];
const act = (kind: "suspend" | "resume" | "stop", instance: InstanceId = ONE) => desk.decide({ kind, instance });

async function restart(phase: ObservedInstance["phase"], fence?: Parameters<Desk["platform"]>[0]): Promise<void> {
  await platform.stop();
  platform = desk.platform(fence);
  desk.outcomes.length = 0;
  await desk.start(platform, [{ instance: ONE, app: 0 as never, phase, node: "n1" }]);
}

kubernetesTest("the control plane starts, with a node and volumes", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  await cluster.apply("volumes");
  await cluster.addNode("n1", "general", { cpu: "64", memory: "256Gi" });
  for (let i = 0; i < 40; i += 1) await cluster.addVolume(`v${i}`, "by-hand");
  kubeconfig = await cluster.serviceAccountKubeconfig("prae", "prae");
  desk = new Desk({ kubeconfig, runId: "aside", volumes: VOLUMES });
});

platformContract(
  "kubernetes",
  async () => {
    const bench = new Desk({ kubeconfig, runId: `contract-${contracts++}`, volumes: VOLUMES });
    return {
      ...{ size: SIZE, node: "n1" },
      open: async () => bench.platform(),
      until: (holds) =>
        until("the contract's condition", holds, {
          ...LIMIT,
          said: async () => `${bench.log.join("\n")}\n${await cluster.describe()}`,
        }),
      settle: () => sleep(2_000),
      close: async () => {},
    };
  },
  kubernetesTest,
);

kubernetesTest("it is resumed as another pod, on the node and the claim that it had, with what it was", async () => {
  platform = desk.platform();
  await desk.start(platform);
  const request = desk.request("r-1", ALICE);
  platform.submit([desk.launch(1, ALICE), desk.decide({ kind: "bind", instance: ONE, request })]);
  await desk.until("it is ready", () => desk.said("instance_ready", 1).length === 1);
  const before = await get<Pod>("/api/v1/namespaces/prae/pods/prae-aside-1");
  const { metadata, spec } = await claim(1);
  assert.ok(spec.volumeName);
  const suspend = act("suspend");
  platform.submit([suspend, suspend]);
  await desk.until("it is suspended", () => desk.said("instance_suspended", 1).length === 1);
  assert.equal(await observed(), [{ instance: ONE, phase: "suspended", node: null }]);
  const resume = act("resume");
  const next = desk.request("r-2", ALICE);
  platform.submit([resume, desk.decide({ kind: "bind", instance: ONE, request: next }), resume]);
  await desk.until("it is ready again", () => desk.said("instance_ready", 1).length === 2);
  let pod = before;
  await desk.until("its pod says what it is bound to", async () => {
    pod = await get<Pod>("/api/v1/namespaces/prae/pods/prae-aside-1");
    return pod.metadata.annotations?.["prae.dev/request"] === "r-2";
  });
  assert.is.not(pod.metadata.uid, before.metadata.uid);
  assert.equal(pod.metadata.labels, before.metadata.labels);
  assert.is(pod.metadata.annotations?.["prae.dev/token"], `${resume.seq}:0`);
  assert.equal([pod.spec.nodeName, pod.spec.containers], [before.spec.nodeName, before.spec.containers]);
  const now = await claim(1);
  assert.equal([now.metadata.uid, now.spec.volumeName], [metadata.uid, spec.volumeName]);
  assert.is(now.metadata.annotations?.["prae.dev/suspended-by"], undefined);
  assert.is(desk.said("instance_placed", 1).length, 1);
  assert.equal([desk.said("decision_failed"), desk.said("instance_lost")], [[], []]);
});

kubernetesTest("a process that ends in the middle of a suspension: what is there says how it goes on", async () => {
  const suspend = act("suspend");
  const api = new ApiClient(readKubeconfig(kubeconfig, null));
  const claims = new InstanceClaims(api, "prae", "aside", 1, AbortSignal.timeout(180_000));
  const pod = () => get<Pod>("/api/v1/namespaces/prae/pods/prae-aside-1");
  // The claim was told, the pod was not: it runs on, and is not suspended, until that is submitted again.
  await platform.stop();
  await claims.putAside(ONE, `${suspend.seq}:0`, await pod());
  platform = desk.platform();
  await desk.start(platform, [{ instance: ONE, app: 0 as never, phase: "ready", node: "n1" }]);
  assert.equal(
    (await observed()).map(({ phase }) => phase),
    ["ready"],
  );
  platform.submit([suspend]);
  await desk.until("it is suspended", () => desk.said("instance_suspended", 1).length === 2);
  // Its end was not told: it is found suspended, and what is submitted again changes nothing.
  await restart("ready");
  assert.equal(await observed(), [{ instance: ONE, phase: "suspended", node: null }]);
  platform.submit([suspend]);
  const resume = act("resume");
  platform.submit([resume]);
  await desk.until("it is ready", () => desk.said("instance_ready", 1).length === 1);
  // Nor was the end of its resumption.
  await restart("starting");
  platform.submit([resume]);
  await desk.until("it is ready", () => desk.said("instance_ready", 1).length === 1);
  assert.equal([desk.said("decision_failed"), desk.said("instance_suspended"), desk.said("instance_lost")], [[], [], []]);
  api.close();
});

kubernetesTest("a leader that slept suspends and resumes nothing: the claim has another's epoch", async () => {
  platform.submit([act("suspend")]);
  await desk.until("it is suspended", () => desk.said("instance_suspended", 1).length === 1);
  await restart("suspended", after(1));
  assert.is((await claim(1)).metadata.annotations?.["prae.dev/epoch"], "2");
  const api = new ApiClient(readKubeconfig(kubeconfig, null));
  const sleeping = new InstanceClaims(api, "prae", "aside", 1, AbortSignal.timeout(180_000));
  const refused: unknown[] = [];
  for (const write of [() => sleeping.takeUp(ONE), () => sleeping.remove(ONE)])
    await write().catch((error: unknown) => refused.push(error));
  assert.ok(refused.length === 2 && refused.every((error) => error instanceof Superseded));
  api.close();
  platform.submit([act("resume")]);
  await desk.until("the new one resumes it", () => desk.said("instance_ready", 1).length === 1);
});

kubernetesTest("what cannot be is said; whatever ends leaves no claim, also where it ended unseen", async () => {
  const unknown = act("resume", 77 as InstanceId);
  const running = act("resume", 2 as InstanceId);
  platform.submit([desk.launch(2, ALICE), desk.launch(3, ALICE), desk.launch(4, ALICE)]);
  await desk.until("all are ready", () => [2, 3, 4].every((one) => desk.said("instance_ready", one).length === 1));
  platform.submit([unknown, running]);
  const failed = (seq: number) => desk.said("decision_failed").some((one) => "decisionSeq" in one && one.decisionSeq === seq);
  await desk.until("both are refused", () => failed(unknown.seq) && failed(running.seq));
  platform.submit([act("stop", 1 as InstanceId), act("stop", 2 as InstanceId)]);
  await cluster.admin.request({ method: "DELETE", path: "/api/v1/namespaces/prae/pods/prae-aside-3", body: {} });
  await desk.until("the claims are gone", async () => (await claimsOf("aside")) === 1);
  assert.is(desk.said("instance_lost", 3).length, 1);
  await platform.stop();
  await cluster.admin.request({ method: "DELETE", path: "/api/v1/namespaces/prae/pods/prae-aside-4", body: {} });
  platform = desk.platform(after(1));
  await desk.start(platform);
  await desk.until("the last is gone", async () => (await claimsOf("aside")) === 0);
});

kubernetesTest("a live run suspends what is not used, resumes it for the next request, and its journal replays", async () => {
  const volumes = { notebook: { sizeMiB: 100, path: "/data", storageClass: "by-hand" } };
  run = await KubernetesRun.prepare(cluster, "suspended-kubernetes", ["u1"], "keep-alive:ttl=1s,suspend=1h", { volumes });
  let live = await run.start();
  const instances = async () => ((await (await live.send("GET", "/v1/fleet")).json()) as { instances: object }).instances;
  const asked = async (request: string) => {
    const answer = await live.send("PUT", `/v1/requests/${request}`, { user: "u1", app: "notebook" });
    return (await answer.json()) as { state: string; instance: number | null };
  };
  const runs = async (request: string) => (await asked(request)).state === "running";
  await until("a request runs", () => runs("first"), LIMIT);
  const { instance } = await asked("first");
  await live.send("DELETE", "/v1/requests/first");
  await until("it is suspended", async () => "suspended" in (await instances()), LIMIT);
  assert.is((await run.pods()).length, 0);
  live.child.kill("SIGKILL");
  await live.exit;
  live = await run.start();
  assert.equal(await instances(), { suspended: 1 });
  await until("the next request runs", () => runs("second"), LIMIT);
  assert.is((await asked("second")).instance, instance);
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
  assert.ok(run.replay().same);
});

test.after(async () => {
  run?.killAll();
  await platform?.stop();
  cluster?.close();
});

test.run();
