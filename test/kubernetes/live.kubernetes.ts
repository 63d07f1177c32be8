/** `prae live --target kubernetes` against a real control plane: from an HTTP request to a pod, through kills of the process. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Pod } from "../../allocator/live/kubernetes/objects.ts";
import { crashDrill } from "../support/crash-drill.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { type LiveProcess, liveProcess, writeFleet } from "../support/live-process.ts";
import { json, testFolder } from "../support/prae.ts";
import { examplePromotion, storeWith } from "../support/promotion.ts";

const folder = testFolder("live-kubernetes");
const state = join(folder, "state");
const path = (name: string) => join(folder, name);
const USERS = ["u1", "u2", "u3", "u4"];

let cluster: KubernetesCluster;
let bearer = "";
const started: LiveProcess[] = [];
const args: string[] = [];

const pods = async () =>
  (await cluster.admin.request<{ items: Pod[] }>({ method: "GET", path: "/api/v1/namespaces/prae/pods" })).items;

async function start(): Promise<LiveProcess> {
  const live = await liveProcess(args, bearer);
  started.push(live);
  return live;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > limit) throw new Error(`waited 60 s until ${what}`);
    await sleep(50);
  }
}

kubernetesTest("a request over HTTP becomes a pod, is bound to it, and runs once that is ready", async () => {
  cluster = await KubernetesCluster.start();
  await cluster.applyManifests();
  for (const name of ["n1", "n2"]) await cluster.addNode(name, "general", { cpu: "16", memory: "64Gi" });
  const kubeconfig = await cluster.serviceAccountKubeconfig("prae", "prae");
  writeFleet(path("fleet.yaml"), USERS, 0);
  const settings = { kubeconfig, namespace: "prae", images: { notebook: "registry.example/notebook:1" }, grace: "1s" };
  writeFileSync(path("kubernetes.yaml"), JSON.stringify(settings));
  bearer = json(["tokens", "add", path("tokens.yaml"), "--name", "hub", "--scopes", "request,usage,read"]).token as string;
  const { store } = storeWith(path("promotions"), examplePromotion("keep-alive:ttl=10m"));
  args.push("--promotion", "active", "--store", store.folder);
  args.push("--fleet", path("fleet.yaml"), "--state", state, "--tokens", path("tokens.yaml"));
  args.push("--rate", "100000", "--target", "kubernetes", "--kubernetes", path("kubernetes.yaml"));
  const live = await start();
  await until("a request runs", async () => {
    const answer = await live.send("PUT", "/v1/requests/first", { user: "u1", app: "notebook" });
    return ((await answer.json()) as { state: string }).state === "running";
  });
  await until("its pod says so", async () =>
    (await pods()).some(({ metadata }) => metadata.annotations?.["prae.dev/request"] === "first"),
  );
  assert.is((await pods()).length, 1);
  await live.send("DELETE", "/v1/requests/first");
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
  assert.is((await pods()).length, 1, "a stop leaves what runs");
});

kubernetesTest("killed again and again under load, it forgets nothing, leaks nothing, and its journal replays", async () => {
  const drilled = await crashDrill(args, bearer, USERS, 4, (kill) => 1_500 + 150 * kill);
  assert.equal(drilled.forgotten, []);
  assert.ok(drilled.acknowledged > 20, String(drilled.acknowledged));
  const live = await start();
  let counts: unknown;
  await until("there are as many pods as the run has instances, all ready", async () => {
    const { instances } = (await (await live.send("GET", "/v1/fleet")).json()) as { instances: Record<string, number> };
    const there = await pods();
    const ready = there.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
    counts = { instances, pods: there.length, ready };
    return ready > 0 && ready === there.length && ready === instances["ready"] && Object.keys(instances).length === 1;
  }).catch((error: unknown) => assert.unreachable(`${error}: ${JSON.stringify(counts)}`));
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
  const { same, ended } = json(["replay", state]);
  assert.ok(same && ended);
});

test.after(async () => {
  for (const { child } of started) child.kill("SIGKILL");
  await cluster?.stop();
});

test.run();
