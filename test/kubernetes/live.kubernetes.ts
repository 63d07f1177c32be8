/** `prae live --target kubernetes` against a real control plane: from an HTTP request to a pod, and a journal that replays. */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import { liveLoad } from "../support/live-load.ts";
import { done, json } from "../support/prae.ts";
import { until } from "../support/server-process.ts";

const USERS = Array.from({ length: 24 }, (_, i) => `u${i}`);
const EVENTS = 5_000;
const LIMIT = { limitMs: 180_000 };

let cluster: KubernetesCluster;
let run: KubernetesRun;

kubernetesTest("a request over HTTP becomes a pod, is bound to it, and runs once that is ready", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  for (const name of ["n1", "n2"]) await cluster.addNode(name, "general", { cpu: "16", memory: "64Gi" });
  run = await KubernetesRun.prepare(cluster, "live-kubernetes", USERS, "keep-alive:ttl=5s");
  const live = await run.start();
  await until(
    "a request runs",
    async () => {
      const answer = await live.send("PUT", "/v1/requests/first", { user: "u1", app: "notebook" });
      return ((await answer.json()) as { state: string }).state === "running";
    },
    LIMIT,
  );
  await until(
    "its pod says so",
    async () => (await run.pods()).some(({ metadata }) => metadata.annotations?.["prae.dev/request"] === "first"),
    LIMIT,
  );
  assert.is((await run.pods()).length, 1);
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
  assert.is((await run.pods()).length, 1, "a stop leaves what runs");
});

kubernetesTest(`${EVENTS} live events, replayed from the journal: every decision is the same`, async () => {
  const live = await run.start();
  await live.send("DELETE", "/v1/requests/first");
  await liveLoad(live, USERS, EVENTS);
  await run.settled(live);
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
  const { same, ended, events } = run.replay();
  assert.ok(same && ended);
  assert.ok(events >= EVENTS, String(events));
});

kubernetesTest("a candidate rehearses on the nodes of the cluster, and no pod is its own", async () => {
  const beside = await KubernetesRun.prepare(cluster, "rehearsed-kubernetes", ["u1", "u2"], "keep-alive:ttl=1h");
  const live = await beside.start("--rehearse", "--incumbent", "active");
  const running = async (user: string) => {
    const answer = await live.send("PUT", `/v1/requests/of-${user}`, { user, app: "notebook" });
    return ((await answer.json()) as { state: string }).state === "running";
  };
  for (const user of ["u1", "u2"]) await until(`${user} runs`, () => running(user), LIMIT);
  assert.is((await beside.pods()).length, 2);
  live.child.kill("SIGTERM");
  assert.is((await live.exit).status, 0);
  assert.ok(beside.replay().same);
  const books = join(beside.state, "rehearsal");
  assert.ok(json(["replay", books]).same);
  const said = done(["journal", "cat", join(books, "journal.prae.gz")]);
  for (const what of [/node_shared.*n1/, /node_shared.*n2/, /instance_ready/]) assert.match(said, what);
});

test.after(async () => {
  run?.killAll();
  cluster?.close();
});

test.run();
