/** `prae live --target kubernetes` against a real control plane, killed again and again. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { crashDrill } from "../support/crash-drill.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";

const USERS = ["u1", "u2", "u3", "u4"];
const KILLS = 20;

let cluster: KubernetesCluster;
let run: KubernetesRun;

kubernetesTest(
  `killed ${KILLS} times under load, it forgets, leaks and binds nothing twice, and its journal replays`,
  async () => {
    cluster = await KubernetesCluster.take();
    await cluster.applyManifests();
    for (const name of ["n1", "n2"]) await cluster.addNode(name, "general", { cpu: "16", memory: "64Gi" });
    run = await KubernetesRun.prepare(cluster, "killed-kubernetes", USERS, "keep-alive:ttl=10m");
    const { args, bearer } = run;
    const found = await crashDrill(args, bearer, USERS, KILLS, (kill) => 300 + ((kill * 397) % 700));
    assert.equal([found.forgotten, found.boundTwice], [[], []]);
    assert.ok(found.acknowledged > KILLS, String(found.acknowledged));
    const live = await run.start();
    await run.settled(live);
    live.child.kill("SIGTERM");
    assert.is((await live.exit).status, 0);
    const { same, ended } = run.replay();
    assert.ok(same && ended);
  },
);

test.after(async () => {
  run?.killAll();
  cluster?.close();
});

test.run();
