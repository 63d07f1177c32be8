import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { InputError } from "../../datasets/issues.ts";
import { clusterFromDocument } from "../../sim/cli/cluster-document.ts";
import { SimulatedCluster } from "../../sim/cluster.ts";

const SLOT = { cpuMillis: 1000, memoryMiB: 256, gpuMillis: 0, networkKbps: 0 };
const BECAUSE = { rule: "arrival", batchIndex: -1, levelPpm: 0, factorPpm: 1_000_000, guardrail: "none", rung: "none" } as const;

/** A pool of nodes of two slots, ready 10 ms after they are asked for; it begins with one. */
function worldOf(requests: readonly (readonly [submitMs: number, runMs: number])[]) {
  const builder = new TraceBuilder({
    name: "x",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  });
  builder.app({ name: "app", shape: SLOT, coldStartMs: 0, resumeMs: 0 });
  for (const [submitMs, runMs] of requests) builder.request({ user: "user", app: "app", submitMs, runMs });
  const trace = builder.build({ startMs: 0, endMs: 1_000 });
  const pool = { name: "p", nodes: 1, max: 3, provision: "10ms", capacity: { cpuMillis: 2000, memoryMiB: 512 } };
  const cluster = clusterFromDocument({ pools: [pool] }, "cluster");
  return new SimulatedCluster({ trace, cluster, definitions: [], controlEveryMs: null, forecasts: [] });
}

/** Answers each event, by its line, with decisions; gives the lines. */
function tell(world: SimulatedCluster, answers: Readonly<Record<string, readonly object[]>>): string[] {
  const lines: string[] = [];
  for (let event = world.next(); event !== null; event = world.next()) {
    const line = lineOf(event);
    const seq = lines.length;
    lines.push(line);
    world.submit((answers[line] ?? []).map((decision, index) => ({ ...decision, seq, index, because: BECAUSE }) as Decision));
  }
  return lines;
}

function lineOf(event: AllocatorEvent): string {
  const { kind, atMs, ...rest } = event as AllocatorEvent & Record<string, unknown>;
  const subject = rest["name"] ?? rest["request"] ?? rest["instance"] ?? rest["node"] ?? rest["reason"] ?? "";
  return `${atMs} ${kind} ${subject}`.trim();
}

const resizeTo = (nodes: number) => ({ kind: "resize_pool", pool: 0, nodes });
const launch = (instance: number, node: number, request: number) => ({
  kind: "launch",
  instance,
  app: 0,
  user: 0,
  size: SLOT,
  pool: 0,
  node,
  request,
});

test("a node is ready the pool's provisioning time after it was asked for; one called off never comes", () => {
  const lines = tell(
    worldOf([
      [1, 1],
      [5, 1],
    ]),
    { "1 request_arrived 0": [resizeTo(3)], "5 request_arrived 1": [resizeTo(2)] },
  );
  assert.equal(lines, ["1 request_arrived 0", "5 request_arrived 1", "11 node_ready p-1"]);
});

test("the emptiest node drains first, and is lost once its last instance stopped", () => {
  const requests = [
    [0, 100],
    [20, 30],
    [30, 1],
  ] as const;
  const lines = tell(worldOf(requests), {
    "0 request_arrived 0": [launch(0, 0, 0), resizeTo(3)],
    "20 request_arrived 1": [launch(1, 1, 1)],
    "30 request_arrived 2": [resizeTo(1), launch(2, 2, 2)],
    "50 request_ended 1": [{ kind: "stop", instance: 1 }],
  });
  assert.equal(lines, [
    "0 request_arrived 0",
    "0 instance_placed 0",
    "0 instance_ready 0",
    "10 node_ready p-1",
    "10 node_ready p-2",
    "20 request_arrived 1",
    "20 instance_placed 1",
    "20 instance_ready 1",
    "30 request_arrived 2",
    "30 node_draining 2",
    "30 node_lost 2",
    "30 node_draining 1", // a run of 30 ms goes on there
    "30 decision_failed no_capacity", // and nothing new begins
    "50 request_ended 1",
    "50 instance_stopped 1",
    "50 node_lost 1",
    "100 request_ended 0",
  ]);
});

test("what is suspended on a node that drains goes with it", () => {
  const lines = tell(
    worldOf([
      [0, 5],
      [30, 1],
    ]),
    {
      "0 request_arrived 0": [launch(0, 0, 0)],
      "5 request_ended 0": [{ kind: "suspend", instance: 0 }],
      "5 instance_suspended 0": [resizeTo(0)],
      "30 request_arrived 1": [{ kind: "resume", instance: 0 }],
    },
  );
  assert.equal(lines.slice(-5), [
    "5 instance_suspended 0",
    "5 node_draining 0",
    "5 node_lost 0",
    "30 request_arrived 1",
    "30 decision_failed unknown_target",
  ]);
});

test("a number of nodes outside the pool's bounds is refused", () => {
  assert.equal(tell(worldOf([[1, 1]]), { "1 request_arrived 0": [resizeTo(4)] }), [
    "1 request_arrived 0",
    "1 decision_failed unsupported",
  ]);
});

test("everything wrong with an elastic pool is listed with its path", () => {
  const capacity = { cpuMillis: 1 };
  const pools = [
    { name: "a", nodes: 2, min: 3, max: 1, provision: "soon", price: -1, capacity },
    { name: "b", nodes: 1, provision: "1s", capacity },
    { name: "c", unlimited: true, max: 2 },
  ];
  try {
    clusterFromDocument({ pools }, "cluster");
    assert.unreachable("it is refused");
  } catch (error) {
    assert.instance(error, InputError);
    const paths = (error as InputError).issues.map(({ path }) => path);
    assert.equal(paths, [
      "pools[0].min",
      "pools[0].max",
      "pools[0].provision",
      "pools[0].price",
      "pools[1].provision",
      "pools[2].max",
    ]);
  }
});

test.run();
