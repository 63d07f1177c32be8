/** Users and the run as objects of the cluster, written by people, taken in by a live run, which writes their status. */
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../allocator/live/kubernetes/api-client.ts";
import { KubernetesCluster, kubernetesTest } from "../support/kubernetes.ts";
import { KubernetesRun } from "../support/kubernetes-run.ts";
import type { LiveProcess } from "../support/live-process.ts";
import { until } from "../support/server-process.ts";

const BASE = "/apis/prae.dev/v1alpha1/namespaces/prae";
const MERGE = { method: "PATCH", contentType: "application/merge-patch+json" } as const;

interface Shown {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly instances?: number;
    readonly used?: Record<string, number>;
    readonly policy?: string;
    readonly frozen?: boolean;
    readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
  };
}

let cluster: KubernetesCluster;
let run: KubernetesRun;
let live: LiveProcess;

const create = (plural: string, name: string, spec: object) =>
  cluster.admin.request({
    method: "POST",
    path: `${BASE}/${plural}`,
    body: { apiVersion: "prae.dev/v1alpha1", kind: plural === "users" ? "User" : "Run", metadata: { name }, spec },
  });
const shown = (plural: string, name: string) =>
  cluster.admin.request<Shown>({ method: "GET", path: `${BASE}/${plural}/${name}` });

/** What fails meanwhile does not hold yet. */
const eventually = (what: string, holds: () => Promise<boolean>) =>
  until(what, () => holds().catch(() => false), { limitMs: 180_000 });

/** Waits until the object's first condition reads so. */
async function condition(plural: string, name: string, status: string, message = /^/): Promise<void> {
  let last: unknown;
  await eventually(`${plural} ${name} is ${status}`, async () => {
    last = (await shown(plural, name)).status;
    const first = (last as Shown["status"])?.conditions?.[0];
    return first?.status === status && message.test(`${first.reason}: ${first.message}`);
  }).catch((error: unknown) => assert.unreachable(`${error}: ${JSON.stringify(last)}`));
}

async function user(name: string): Promise<{ status: number; instances?: unknown[] }> {
  const answer = await live.send("GET", `/v1/users/${name}`);
  return { status: answer.status, ...((await answer.json()) as object) };
}

kubernetesTest("a user that is declared may ask, and its object says what it has", async () => {
  cluster = await KubernetesCluster.take();
  await cluster.applyManifests();
  await cluster.apply("objects");
  await cluster.addNode("n1", "general", { cpu: "16", memory: "64Gi" });
  await eventually("the kinds are served", async () => (await create("runs", "main", {})) !== null);
  run = await KubernetesRun.prepare(cluster, "objects", ["u1"], "keep-alive:ttl=1h", { objects: "main" });
  live = await run.start();
  assert.is((await user("ann")).status, 404);
  await create("users", "ann", { name: "ann", tier: "standard", timeZone: "Europe/Berlin" });
  await condition("users", "ann", "True", /Taken/);
  assert.is((await live.send("PUT", "/v1/requests/a", { user: "ann", app: "notebook" })).status, 200);
  await live.send("POST", "/v1/usage", { observations: [{ user: "ann", used: { cpuMillis: 321 }, windowMs: 1_000 }] });
  await eventually("its object shows it", async () => {
    const { status } = await shown("users", "ann");
    return status?.instances === 1 && status.used?.["cpuMillis"] === 321;
  });
  await condition("runs", "main", "True");
  assert.is((await shown("runs", "main")).status?.policy, "keep-alive");
});

kubernetesTest("kubectl shows it in columns", async () => {
  const columns = async (plural: string) => {
    const { spec } = await cluster.admin.request<{ spec: { versions: { additionalPrinterColumns: { name: string }[] }[] } }>({
      method: "GET",
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.prae.dev`,
    });
    return spec.versions[0]?.additionalPrinterColumns.map(({ name }) => name).join(" ");
  };
  assert.is(await columns("users"), "User Tier Accepted Reserved Used Instances Age Why");
  assert.is(await columns("runs"), "Policy Ready Frozen Users Nodes Instances Waiting Age");
});

kubernetesTest("what cannot be is refused by the API server, or in the status, and changes nothing", async () => {
  for (const spec of [
    {},
    { name: "x y", tier: "standard" },
    { name: "x".repeat(300), tier: "standard" },
    { name: "x", tier: 7 },
    { name: "x", tier: "standard", permissions: Array.from({ length: 300 }, (_, i) => `app${i}`) },
  ])
    try {
      await create("users", "hostile", spec);
      assert.unreachable(JSON.stringify(spec));
    } catch (error) {
      assert.instance(error, ApiError);
      assert.is((error as ApiError).status, 422);
    }
  await create("users", "stranger", { name: "<script>alert(1)</script>", tier: "platinum", optOut: ["none"] });
  await condition("users", "stranger", "False", /Invalid: .*tier: expected one of standard, found "platinum"/s);
  await create("users", "twin", { name: "ann", tier: "standard" });
  await condition("users", "twin", "False", /NameTaken: ann is this user already/);
  await create("users", "others", { run: "another", name: "others", tier: "standard" });
  await cluster.admin.request({ ...MERGE, path: `${BASE}/users/stranger`, body: { spec: { tier: "standard", optOut: [] } } });
  await condition("users", "stranger", "True");
  await cluster.admin.request({ method: "DELETE", path: `${BASE}/users/ann` });
  await condition("users", "twin", "True");
  assert.is((await user("others")).status, 404);
  assert.is((await shown("users", "others")).status, undefined);
});

kubernetesTest("the run is frozen and thawed by its object", async () => {
  const frozen = async () => ((await (await live.send("GET", "/v1/fleet")).json()) as { frozen: boolean }).frozen;
  for (const wanted of [true, false]) {
    await cluster.admin.request({ ...MERGE, path: `${BASE}/runs/main`, body: { spec: { frozen: wanted } } });
    await eventually(`it is ${wanted}`, async () => (await frozen()) === wanted);
    await eventually("its object shows it", async () => (await shown("runs", "main")).status?.frozen === wanted);
  }
});

kubernetesTest("the kinds are deleted and come back: the run goes on, and takes in what is declared then", async () => {
  for (const plural of ["users", "runs"])
    await cluster.admin.request({
      method: "DELETE",
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.prae.dev`,
    });
  await eventually("they are gone", async () => {
    const error = await shown("users", "twin").catch((reason: unknown) => reason);
    return error instanceof ApiError && error.status === 404;
  });
  assert.is((await live.send("PUT", "/v1/requests/b", { user: "ann", app: "notebook" })).status, 200);
  await sleep(3_000);
  assert.is(live.child.exitCode, null);
  await cluster.apply("objects");
  await eventually("the kinds are served again", async () => (await create("runs", "main", { frozen: true })) !== null);
  await create("users", "bea", { name: "bea", tier: "standard" });
  await condition("users", "bea", "True");
  await condition("runs", "main", "True");
  assert.is((await user("bea")).status, 200);
  live.child.kill("SIGTERM");
  const { status, stderr } = await live.exit;
  assert.is(status, 0, stderr);
  assert.ok(run.replay().same);
});

test.after(async () => {
  run?.killAll();
  cluster?.close();
});

test.run();
