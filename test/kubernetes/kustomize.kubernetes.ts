/** The README's way in: `kubectl apply -k`, a token of the service account that it makes, and PRAE with that token and nothing else. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KubernetesCluster, kubernetesTest, MANIFESTS } from "../support/kubernetes.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import { json, testFolder } from "../support/prae.ts";
import { until } from "../support/server-process.ts";

let cluster: KubernetesCluster;
let run: KubernetesRun;

const lines = (text: string) => text.trim().split("\n");

kubernetesTest("it makes everything in an empty cluster, and a second time changes nothing", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.kubectl("delete", "--ignore-not-found", "-k", MANIFESTS);
  const first = lines(await cluster.applyManifests());
  assert.ok(first.includes("namespace/prae created") && first.includes("serviceaccount/prae created"), first.join("\n"));
  assert.equal(
    first.filter((line) => !line.endsWith(" created")),
    [],
  );
  const second = lines(await cluster.applyManifests());
  assert.is(second.length, first.length);
  assert.equal(
    second.filter((line) => !line.endsWith(" unchanged")),
    [],
  );
});

kubernetesTest("the service account may do what a run does, and nothing beside it", async () => {
  const may = async (...what: string[]) =>
    (
      await cluster.kubectl("auth", "can-i", ...what, "--as=system:serviceaccount:prae:prae").catch(({ stdout }) => stdout)
    ).trim();
  for (const what of [
    "create pods -n prae",
    "patch pods --subresource=resize -n prae",
    "watch nodes",
    "watch pods -A",
    "patch leases -n prae",
  ])
    assert.is(await may(...what.split(" ")), "yes", what);
  for (const what of [
    ...[
      "create pods -n default",
      "get pods -n default",
      "patch pods -n default",
      "create pods --subresource=exec -n prae",
      "get secrets -n prae",
      "patch nodes",
    ],
    ...["delete leases -n prae", "create deployments.apps -n prae", "create persistentvolumeclaims -n prae"],
  ])
    assert.is(await may(...what.split(" ")), "no", what);
});

kubernetesTest("PRAE runs under exactly that account's token, and leaves when it is deleted", async () => {
  await cluster.addNode("n1", "general", { cpu: "16", memory: "64Gi" });
  const token = (await cluster.kubectl("create", "token", "prae", "-n", "prae")).trim();
  const path = join(testFolder("kustomize"), "kubeconfig");
  const config = JSON.parse(await cluster.kubectl("config", "view", "--raw", "-o", "json")) as { users: { user: object }[] };
  for (const one of config.users) one.user = { token };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  run = KubernetesRun.with(cluster, "kustomize-kubernetes", path, ["u1"], "keep-alive:ttl=10m");
  const live = await run.start();
  const asked = async () => {
    const answer = await live.send("PUT", "/v1/requests/first", { user: "u1", app: "notebook" });
    return ((await answer.json()) as { state: string }).state;
  };
  await until("a request runs", async () => (await asked()) === "running", { limitMs: 180_000 });
  const pods = lines(await cluster.kubectl("get", "pods", "-n", "prae", "-l", "prae.dev/app=notebook", "--no-headers"));
  assert.is(pods.length, 1);
  assert.match(pods[0] as string, /^prae-[0-9a-f]{10}-0 +1\/1 +Running /);
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
  assert.ok(json(["replay", run.state]).same);
  await cluster.kubectl("delete", "-k", MANIFESTS);
  assert.is(await cluster.kubectl("get", "namespace", "prae", "--ignore-not-found"), "");
  await cluster.applyManifests();
});

test.after(async () => {
  run?.killAll();
  cluster?.close();
});

test.run();
