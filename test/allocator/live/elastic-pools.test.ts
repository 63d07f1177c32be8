import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Fleet, fleetFromDocument } from "../../../allocator/live/fleet.ts";
import { LiveMetrics } from "../../../allocator/live/http/live-metrics.ts";
import { LiveError } from "../../../allocator/live/live-error.ts";
import type { LiveRun } from "../../../allocator/live/live-run.ts";
import { LiveBench, policyOf } from "../../support/live-fleet.ts";

const bench = new LiveBench();
test.after(() => bench.remove());
const { clock } = bench;

/** One node has room for one notebook; another takes a minute to come. */
function fleetOf(pool: object = {}): Fleet {
  const capacity = { cpuMillis: 1000, memoryMiB: 2048 };
  return fleetFromDocument({
    tiers: [{ name: "standard", targetStart: "5s" }],
    pools: [{ name: "general", nodes: 1, max: 3, provision: "60s", capacity, ...pool }],
    apps: [{ name: "notebook", shape: { cpuMillis: 1000, memoryMiB: 2048 }, coldStart: "10s" }],
    users: ["ann", "bob", "cat"].map((name) => ({ name, tier: "standard" })),
  });
}

const policy = policyOf("cluster-autoscaler:ttl=30s,every=10s,unneeded=2m,delay=1m");
const open = (state: string, fleet = fleetOf()) => bench.open(state, { fleet, policy });
const asked = (user: string) => ({ request: `of-${user}`, user, app: "notebook", requested: null });

/** Its nodes that are not lost, by name. */
const nodes = ({ state, directory }: LiveRun) =>
  state.nodes.all().flatMap(({ id, state: is }) => (is === "lost" ? [] : [`${directory.node(id)} ${is}`]));

async function poolNodes(run: LiveRun): Promise<string[]> {
  const text = await new LiveMetrics(() => run).text();
  return [...text.matchAll(/^prae_pool_nodes\{pool="general",of="(\w+)"\} (\d+)$/gm)].map(([, of, count]) => `${of} ${count}`);
}

test("a request that waits for room has a node bought for it; once nobody needs the node it goes", async () => {
  const run = await open(bench.folder());
  assert.is((await run.arrive(asked("ann"))).state, "starting");
  assert.is((await run.arrive(asked("bob"))).state, "waiting");
  await clock.pass(10_000);
  assert.equal(nodes(run), ["general-0 ready"]);
  assert.equal(await poolNodes(run), ["ready 1", "wanted 2"]);
  await clock.pass(60_000);
  assert.equal(nodes(run), ["general-0 ready", "general-1 ready"]);
  await clock.pass(11_000);
  assert.is(run.request("of-bob").state, "running");
  assert.is(run.request("of-bob").node, "general-1");
  await run.ended("of-bob");
  await clock.pass(300_000);
  assert.equal(nodes(run), ["general-0 ready"], "the emptiest went");
  assert.is(run.request("of-ann").state, "running");
  await run.stop();
});

test("a node that was ordered comes after a restart, too; nodes that came stay; the bounds hold", async () => {
  const state = bench.folder();
  const run = await open(state);
  for (const user of ["ann", "bob", "cat"]) await run.arrive(asked(user));
  await clock.pass(10_000);
  await run.stop();
  const again = await open(state);
  await clock.pass(60_000);
  assert.equal(nodes(again), ["general-0 ready", "general-1 ready", "general-2 ready"]);
  await clock.pass(10_000);
  for (const user of ["ann", "bob", "cat"]) assert.is(again.request(`of-${user}`).state, "running");
  await again.stop();
  const third = await open(state);
  assert.equal(nodes(third), ["general-0 ready", "general-1 ready", "general-2 ready"]);
  assert.is(third.recovery.lost, 0);
  assert.equal(await poolNodes(third), ["ready 3", "wanted 3"]);
  await third.stop();
});

test("other bounds are another pool", async () => {
  const state = bench.folder();
  await (await open(state)).stop();
  await (await open(state, fleetOf({ nodes: 2 }))).stop();
  try {
    await open(state, fleetOf({ max: 4 }));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, LiveError);
    assert.match((error as Error).message, "pool general");
  }
});

test("what makes no sense of a pool is said by its path", () => {
  const paths = (pool: object) => {
    try {
      fleetOf(pool);
    } catch (error) {
      return (error as { issues: { path: string }[] }).issues.map(({ path }) => path);
    }
    return [];
  };
  assert.equal(paths({ nodes: 0 }), []);
  assert.equal(paths({ max: undefined, min: 1 }), ["pools[0].provision", "pools[0].min"].sort());
  assert.equal(paths({ nodes: 4 }), ["pools[0].max"]);
  assert.equal(paths({ price: -1 }), ["pools[0].price"]);
  assert.equal(paths({ unlimited: true }), ["pools[0].unlimited"]);
  assert.equal(paths({ provision: "soon", max: 1.5 }), ["pools[0].max", "pools[0].provision"]);
});

test.run();
