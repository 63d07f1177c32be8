import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import type { ForecastFeed } from "../../allocator/ports.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { SimulatedCluster } from "../../sim/cluster.ts";
import type { ClusterSpec } from "../../sim/cluster-spec.ts";
import { UNLIMITED } from "../../sim/cluster-spec.ts";

type Unstamped<D extends Decision> = D extends Decision ? Omit<D, "seq" | "index" | "because"> : never;

interface World {
  /** (submitMs, runMs) of each request, all of one user and app. */
  readonly requests: readonly (readonly [submitMs: number, runMs: number])[];
  readonly endMs: number;
  readonly coldStartMs?: number;
  readonly cluster?: ClusterSpec;
  readonly controlEveryMs?: number;
  readonly forecasts?: readonly ForecastFeed[];
}

const SLOT = { cpuMillis: 1000, memoryMiB: 256, gpuMillis: 0, networkKbps: 0 };
const BECAUSE: Decision["because"] = {
  rule: "arrival",
  batchIndex: -1,
  levelPpm: 0,
  factorPpm: 1_000_000,
  guardrail: "none",
  rung: "none",
};

function worldOf({ requests, endMs, coldStartMs = 0, cluster = UNLIMITED, controlEveryMs, forecasts = [] }: World) {
  const builder = new TraceBuilder({
    name: "x",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  });
  builder.app({ name: "app", shape: SLOT, coldStartMs, resumeMs: 2 });
  for (const [submitMs, runMs] of requests) builder.request({ user: "user", app: "app", submitMs, runMs });
  const trace = builder.build({ startMs: 0, endMs });
  return new SimulatedCluster({ trace, cluster, definitions: [], controlEveryMs: controlEveryMs ?? null, forecasts });
}

/** Runs the world to its end, answering each event, by its line, with decisions; gives the lines. */
function tell(world: SimulatedCluster, answers: Readonly<Record<string, readonly Unstamped<Decision>[]>> = {}): string[] {
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
  const subject = rest["request"] ?? rest["instance"] ?? rest["timerId"] ?? rest["batchIndex"] ?? rest["reason"] ?? "";
  return `${atMs} ${kind} ${subject}`.trim();
}

function launch(instance: number, request: number | null, node: number | null = null): Unstamped<Decision> {
  const launched = { kind: "launch", instance, app: 0, user: 0, size: SLOT, pool: 0, node, request };
  return launched as Unstamped<Decision>;
}

function onInstance(kind: "bind" | "suspend" | "resume" | "stop" | "preempt", instance: number, request = 0) {
  return { kind, instance, request } as unknown as Unstamped<Decision>;
}

function timer(kind: "set_timer" | "cancel_timer", timerId: number, timerAtMs = 0) {
  return { kind, timerId, timerAtMs } as unknown as Unstamped<Decision>;
}

function feedAt(...availableMs: number[]): ForecastFeed {
  return {
    digest: "",
    count: availableMs.length,
    availableAtMs: (index) => availableMs[index]!,
    batch: () => ({}) as never,
    batchDigest: () => "",
  };
}

test("at equal milliseconds: end, stop, ready, forecast, tick, arrival, timer", () => {
  const requests = [
    [0, 10],
    [1, 1],
    [10, 1],
  ] as const;
  const world = worldOf({ requests, endMs: 12, coldStartMs: 9, controlEveryMs: 10, forecasts: [feedAt(10)] });
  const lines = tell(world, {
    "0 request_arrived 0": [timer("set_timer", 0, 10)],
    "1 request_arrived 1": [launch(0, 1), launch(1, null)],
    "10 instance_ready 0": [onInstance("stop", 1)],
  });
  assert.equal(lines, [
    "0 request_arrived 0",
    "1 request_arrived 1",
    "1 instance_placed 0",
    "1 instance_placed 1",
    "10 instance_ready 0",
    "10 instance_stopped 1",
    "10 forecast_issued 0",
    "10 tick",
    "10 request_arrived 2",
    "10 timer 0",
    "11 request_ended 1",
  ]);
});

test("a request ends before another arrives, and before a tick and a forecast", () => {
  const requests = [
    [0, 5],
    [5, 5],
  ] as const;
  const world = worldOf({ requests, endMs: 6, controlEveryMs: 5, forecasts: [feedAt(5), feedAt(5)] });
  assert.equal(tell(world, { "0 request_arrived 0": [launch(0, 0)] }).slice(3), [
    "5 request_ended 0",
    "5 forecast_issued 0",
    "5 forecast_issued 0",
    "5 tick",
    "5 request_arrived 1",
  ]);
});

test("the window ends before its last instant", () => {
  const world = worldOf({ requests: [[0, 5]], endMs: 5, controlEveryMs: 5 });
  assert.equal(tell(world, { "0 request_arrived 0": [launch(0, 0)] }), [
    "0 request_arrived 0",
    "0 instance_placed 0",
    "0 instance_ready 0",
  ]);
});

test("a request bound to an instance that starts runs from when it is ready, one bound to a ready instance at once", () => {
  const requests = [
    [0, 1],
    [2, 4],
    [20, 3],
  ] as const;
  const lines = tell(worldOf({ requests, endMs: 100, coldStartMs: 10 }), {
    "0 request_arrived 0": [launch(0, null)],
    "2 request_arrived 1": [onInstance("bind", 0, 1)],
    "20 request_arrived 2": [onInstance("bind", 0, 2)],
  });
  assert.equal(lines.slice(3), ["10 instance_ready 0", "14 request_ended 1", "20 request_arrived 2", "23 request_ended 2"]);
});

test("a suspended instance takes its resumption's time, not a cold start's", () => {
  const requests = [
    [0, 1],
    [20, 3],
  ] as const;
  const lines = tell(worldOf({ requests, endMs: 100, coldStartMs: 10 }), {
    "0 request_arrived 0": [launch(0, 0)],
    "11 request_ended 0": [onInstance("suspend", 0)],
    "20 request_arrived 1": [onInstance("resume", 0), onInstance("bind", 0, 1)],
  });
  assert.equal(lines.slice(3), [
    "11 request_ended 0",
    "11 instance_suspended 0",
    "20 request_arrived 1",
    "22 instance_ready 0",
    "25 request_ended 1",
  ]);
});

test("a preempted request does not end when it would have; bound again, it runs its full time", () => {
  const requests = [
    [0, 10],
    [4, 1],
    [12, 1],
  ] as const;
  const lines = tell(worldOf({ requests, endMs: 100 }), {
    "0 request_arrived 0": [launch(0, 0)],
    "4 request_arrived 1": [onInstance("preempt", 0, 0), onInstance("bind", 0, 1)],
    "12 request_arrived 2": [onInstance("bind", 0, 0)],
  });
  assert.equal(lines.slice(3), ["4 request_arrived 1", "5 request_ended 1", "12 request_arrived 2", "22 request_ended 0"]);
});

test("a request that is preempted while its instance starts does not run when that is ready", () => {
  const requests = [
    [0, 1],
    [4, 1],
  ] as const;
  const lines = tell(worldOf({ requests, endMs: 100, coldStartMs: 10 }), {
    "0 request_arrived 0": [launch(0, 0)],
    "4 request_arrived 1": [onInstance("preempt", 0, 0), onInstance("bind", 0, 1)],
  });
  assert.equal(lines.slice(2), ["4 request_arrived 1", "10 instance_ready 0", "11 request_ended 1"]);
});

test("a cancelled timer does not fire", () => {
  const requests = [
    [0, 1],
    [3, 1],
  ] as const;
  const lines = tell(worldOf({ requests, endMs: 100 }), {
    "0 request_arrived 0": [timer("set_timer", 0, 5), timer("set_timer", 1, 6)],
    "3 request_arrived 1": [timer("cancel_timer", 0)],
  });
  assert.equal(lines, ["0 request_arrived 0", "3 request_arrived 1", "6 timer 1"]);
});

test("a launch that does not fit on its node is refused, until what is there has stopped", () => {
  const requests = [
    [0, 1],
    [3, 1],
    [5, 1],
  ] as const;
  const cluster = { pools: [{ name: "pool", nodes: [{ name: "node", capacity: SLOT }] }] };
  const lines = tell(worldOf({ requests, endMs: 100, cluster }), {
    "0 request_arrived 0": [launch(0, null, 0)],
    "3 request_arrived 1": [launch(1, 1, 0), onInstance("stop", 0)],
    "5 request_arrived 2": [launch(2, 2, 0)],
  });
  assert.equal(lines.slice(3), [
    "3 request_arrived 1",
    "3 instance_stopped 0",
    "3 decision_failed no_capacity",
    "5 request_arrived 2",
    "5 instance_placed 2",
    "5 instance_ready 2",
    "6 request_ended 2",
  ]);
});

test("resubmitting a token does nothing more", () => {
  const world = worldOf({ requests: [[0, 5]], endMs: 100 });
  assert.is(lineOf(world.next()!), "0 request_arrived 0");
  const decisions = [{ ...launch(0, 0), seq: 0, index: 0, because: BECAUSE } as Decision];
  world.submit(decisions);
  world.submit(decisions);
  assert.equal(tell(world), ["0 instance_placed 0", "0 instance_ready 0", "5 request_ended 0"]);
});

test.run();
