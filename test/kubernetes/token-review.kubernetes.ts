/** The API's tokens, reviewed by a real API server: those of service accounts, for an audience, for as long as they are good. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import type { LiveProcess } from "../support/live-process.ts";
import { until } from "../support/server-process.ts";

const ACCOUNTS = ["hub", "viewer", "stranger"];
const LIMIT = { limitMs: 180_000 };
const TOKEN_REVIEW = {
  subjects: [
    { user: "system:serviceaccount:prae:hub", scopes: ["request", "read"], users: ["u1"] },
    { user: "system:serviceaccount:prae:viewer", scopes: ["read"] },
  ],
};

let cluster: KubernetesCluster;
let run: KubernetesRun;
let live: LiveProcess;

const tokenOf = async (account: string, audience = "prae") =>
  (await cluster.kubectl("create", "token", account, "-n", "prae", "--audience", audience)).trim();

async function status(token: string, method: string, path: string, body?: object): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const answer = await fetch(`${live.url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await answer.text();
  return answer.status;
}

const looks = (token: string) => status(token, "GET", "/v1/users/u1");
const asks = (token: string, user = "u1") => status(token, "PUT", `/v1/requests/of-${user}`, { user, app: "notebook" });

kubernetesTest("without the right to ask whose a token is, nobody new is let in; with it, its account is", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  await cluster.addNode("n1", "general", { cpu: "16", memory: "64Gi" });
  for (const account of ACCOUNTS) {
    await cluster.kubectl("delete", "--ignore-not-found", "serviceaccount", account, "-n", "prae");
    await cluster.kubectl("create", "serviceaccount", account, "-n", "prae");
  }
  run = await KubernetesRun.prepare(cluster, "reviewed-kubernetes", ["u1", "u2"], "keep-alive:ttl=10m", {
    tokenReview: TOKEN_REVIEW,
  });
  live = await run.start();
  const hub = await tokenOf("hub");
  assert.is(await looks(hub), 503);
  assert.is(await looks(run.bearer), 200, "one that is on the list needs nobody");
  await cluster.apply("token-review");
  await until("it is let in", async () => (await looks(hub)) === 200, LIMIT);
  assert.is(await asks(hub), 200);
});

kubernetesTest("it may do what its subject may, for the users that it speaks for", async () => {
  const hub = await tokenOf("hub");
  assert.is(await asks(hub, "u2"), 403);
  const viewer = await tokenOf("viewer");
  assert.equal([await looks(viewer), await asks(viewer)], [200, 403]);
});

kubernetesTest("tokens for another audience, of others, or made up, are nobody's", async () => {
  const forServer = await tokenOf("hub", "https://kubernetes.default.svc");
  const hub = await tokenOf("hub");
  const forged = `${hub.slice(0, -4)}${hub.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
  for (const token of [forServer, await tokenOf("stranger"), forged, "x", "x".repeat(8_000)]) assert.is(await looks(token), 401);
});

kubernetesTest("an account that is deleted is refused within seconds", async () => {
  const viewer = await tokenOf("viewer");
  assert.is(await looks(viewer), 200);
  await cluster.kubectl("delete", "serviceaccount", "viewer", "-n", "prae");
  await until("it is refused", async () => (await looks(viewer)) === 401, LIMIT);
});

kubernetesTest("while the API server is away that is said, and afterwards it is asked again", async () => {
  const hub = await tokenOf("hub");
  await cluster.kill("kube-apiserver");
  assert.is(await looks(hub), 503);
  assert.is(await looks(run.bearer), 200);
  await until("it is let in", async () => (await looks(hub)) === 200, LIMIT);
  await cluster.ready();
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
});

test.after(async () => {
  run?.killAll();
  cluster?.close();
});

test.run();
