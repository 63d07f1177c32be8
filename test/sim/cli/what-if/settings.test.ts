import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError, type Issue } from "../../../../datasets/issues.ts";
import { setCluster } from "../../../../sim/cli/what-if/set-cluster.ts";
import { readSettings, setFields } from "../../../../sim/cli/what-if/settings.ts";
import { type ClusterSpec, UNLIMITED } from "../../../../sim/cluster-spec.ts";

const SIZE = { cpuMillis: 4000, memoryMiB: 8192, gpuMillis: 0, networkKbps: 0 };
const node = (name: string, cpuMillis = 4000) => ({ name, capacity: { ...SIZE, cpuMillis } });
const ELASTIC = { capacity: SIZE, least: 0, most: 4, provisionMs: 90_000, priceMicrosPerHour: 1_500_000 };
const CLUSTER: ClusterSpec = {
  pools: [
    { name: "main", nodes: [node("n1"), node("n2"), node("n3")] },
    { name: "mixed", nodes: [node("a"), node("b", 8000)] },
    { name: "spare.eu", nodes: [node("s")], elastic: ELASTIC },
  ],
};

async function issuesOf(action: () => unknown): Promise<readonly Issue[]> {
  try {
    await action();
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).issues;
  }
  throw new Error("it was accepted");
}

test("settings: a scope, a path, a value as in YAML; in lists or one by one", async () => {
  const read = await readSettings([
    "policy.warm.ttl=5m, cluster.pools[0].capacity={ cpuMillis: 8000, memoryMiB: 1 }",
    "policy.feed.levels[1][2]=0.9",
    "prices.violation.premium=1e-3,policy.guard=null",
  ]);
  assert.equal(
    read.map(({ scope, path, value }) => [scope, path, value]),
    [
      ["policy", ["warm", "ttl"], "5m"],
      ["cluster", ["pools", 0, "capacity"], { cpuMillis: 8000, memoryMiB: 1 }],
      ["policy", ["feed", "levels", 1, 2], 0.9],
      ["prices", ["violation", "premium"], 0.001],
      ["policy", ["guard"], null],
    ],
  );
});

test("all that are no settings are said at once", async () => {
  const wrong = [
    "warm.ttl=5m",
    "policy=x",
    "policy.warm[x]=1",
    "policy..a=1",
    "prices.gpuHour={",
    "policy.a=1,policy.a=2",
    "cluster.b",
  ];
  const issues = await issuesOf(() => readSettings(wrong));
  assert.equal(
    issues.map(({ where, path }) => `${where} ${path}`),
    ["warm.ttl=5m", "policy=x", "policy.warm[x]=1", "policy..a=1", "prices.gpuHour={", "policy.a=2", "cluster.b"].map(
      (text) => `--set ${text}`,
    ),
  );
});

test("fields are set on a copy, made where they are missing, left out by null; nothing is written over in silence", async () => {
  const document = { warm: { strategy: "ttl", ttl: "10m" }, levels: [1, 2] };
  const set = async (...texts: string[]) => {
    const issues: Issue[] = [];
    const result = setFields(document, await readSettings(texts), issues);
    return issues.length > 0 ? issues.map(({ expected, found }) => `${expected}; ${found}`) : result;
  };
  assert.equal(await set("policy.warm.ttl=5m", "policy.guard.hold=1h", "policy.levels[2]=3"), {
    warm: { strategy: "ttl", ttl: "5m" },
    levels: [1, 2, 3],
    guard: { hold: "1h" },
  });
  assert.equal(await set("policy.warm.ttl=null"), { warm: { strategy: "ttl" }, levels: [1, 2] });
  assert.equal(document, { warm: { strategy: "ttl", ttl: "10m" }, levels: [1, 2] });
  assert.equal(await set("policy.warm.ttl.max=1", "policy.levels[5]=1", "policy.warm[0]=1", "policy.gone=null"), [
    'a mapping that "max" can be in; "10m"',
    "a list with a place 5; [1,2]",
    'a list with a place 0; {"strategy":"ttl","ttl":"10m"}',
    'a "gone" that can be left out; nothing',
  ]);
});

test("pools by place, by name, or without where there is one; what is not set stays, names of nodes too", async () => {
  const set = async (cluster: ClusterSpec, ...texts: string[]) => setCluster(cluster, await readSettings(texts));
  const names = ({ pools }: ClusterSpec, pool: number) => pools[pool]!.nodes!.map(({ name }) => name);
  const grown = await set(CLUSTER, "cluster.main.nodes=5", "cluster.spare.eu.max=9", "cluster.pools[2].provision=4m");
  assert.equal(names(grown, 0), ["n1", "n2", "n3", "main-3", "main-4"]);
  assert.is(grown.pools[1], CLUSTER.pools[1]);
  assert.equal(grown.pools[2], { ...CLUSTER.pools[2]!, elastic: { ...ELASTIC, most: 9, provisionMs: 240_000 } });
  const [main] = CLUSTER.pools;
  const alone = await set({ pools: [main!] }, "cluster.nodes=2", "cluster.capacity.cpuMillis=1000");
  assert.equal(alone, { pools: [{ name: "main", nodes: [node("n1", 1000), node("n2", 1000)] }] });
  const limited = await set(
    UNLIMITED,
    "cluster.unlimited=null",
    "cluster.nodes=1",
    "cluster.capacity={ cpuMillis: 4000, memoryMiB: 8192 }",
  );
  assert.equal(limited, { pools: [{ name: "unlimited", nodes: [node("unlimited-0")] }] });
  assert.is(await set(CLUSTER, "policy.warm.ttl=5m"), CLUSTER);
});

test("what does not fit a cluster is refused, all of it at once", async () => {
  const wrong = [
    "cluster.main.nodes=0",
    "cluster.mixed.nodes=3",
    "cluster.nodes=3",
    "cluster.spare.eu.color=red",
    "cluster.pools[7].nodes=1",
  ];
  const settings = await readSettings(wrong);
  const issues = await issuesOf(() => setCluster(CLUSTER, settings));
  assert.equal(
    issues.map(({ where, path }) => `${where} ${path}`),
    [
      "--set cluster.nodes=3",
      "--set cluster.pools[7].nodes=1",
      "--set cluster.main.nodes=0: main.nodes",
      "--set cluster.mixed.nodes=3",
      "--set cluster.spare.eu.color=red: spare.eu.color",
    ],
  );
  const unlimited = await readSettings(["cluster.nodes=3"]);
  assert.match((await issuesOf(() => setCluster(UNLIMITED, unlimited)))[0]!.expected, "because the pool is unlimited");
  const twice = await readSettings(["cluster.main.name=mixed"]);
  assert.match((await issuesOf(() => setCluster(CLUSTER, twice)))[0]!.expected, "names of their own");
});

test.run();
