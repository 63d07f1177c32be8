import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../allocator/core/core.ts";
import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { checkThoroughly } from "../../allocator/core/invariants.ts";
import type { Policy } from "../../allocator/core/policy.ts";
import { Drive } from "../../allocator/drive.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import type { StepObserver } from "../../allocator/ports.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";
import { clairvoyantForecasts } from "../../models/clairvoyant.ts";
import { SimulatedCluster } from "../../sim/cluster.ts";
import { type ClusterSpec, clusterOf, UNLIMITED } from "../../sim/cluster-spec.ts";
import { type FaultSpec, faultChanges } from "../../sim/faults.ts";
import { definitions } from "../../sim/workload.ts";
import type { WorldChange } from "../../sim/world-change.ts";
import { randomTrace } from "../support/random-trace.ts";

/** Everything, often. */
const ALL: Omit<FaultSpec, "seed"> = {
  launchFailurePpm: 100_000,
  nodeLoss: { microsPerHour: 8_000_000, backMs: 30_000 },
  spotReclaim: { microsPerHour: 1_000_000, noticeMs: 10_000 },
  late: { ppm: 100_000, mostMs: 5_000 },
  duplicate: { ppm: 100_000, mostMs: 5_000 },
  clockJump: { microsPerHour: 12_000_000, mostMs: 20_000 },
  staleForecastPpm: 300_000,
};

interface Lived {
  readonly lines: readonly string[];
  /** Of the requests that arrived. */
  readonly ended: number;
  readonly left: number;
  readonly failedLaunches: number;
  readonly launches: readonly { readonly atMs: number; readonly user: number | null; readonly isAhead: boolean }[];
}

/** Lives through a world in which every promise of the core is checked after every event. */
function live(trace: Trace, cluster: ClusterSpec, policy: Policy, changes: readonly WorldChange[]): Lived {
  const core = new AllocatorCore();
  const lines: string[] = [];
  let ended = 0;
  let failedLaunches = 0;
  const launches: Lived["launches"][number][] = [];
  const known = new Set<number>();
  const observer: StepObserver = {
    onStep(event: AllocatorEvent, decisions: readonly Decision[]) {
      checkThoroughly(core.state);
      lines.push(
        `${event.atMs} ${event.kind} ${decisions
          .map(({ kind }) => kind)
          .filter((kind) => !kind.endsWith("timer"))
          .join(" ")}`,
      );
      if (event.kind === "request_arrived") known.add(event.request);
      if (event.kind === "request_ended" && known.delete(event.request)) ended += 1;
      if (event.kind === "decision_failed" && event.reason === "launch_failed") failedLaunches += 1;
      for (const decision of decisions) {
        if (decision.kind === "reject") known.delete(decision.request);
        if (decision.kind === "launch")
          launches.push({ atMs: event.atMs, user: decision.user, isAhead: decision.request === null });
      }
    },
  };
  const { feed, controlEveryMs } = policy;
  const forecasts = feed === null ? [] : [clairvoyantForecasts(trace, feed)];
  const start = definitions(trace, cluster, policy, trace.manifest.window.startMs);
  const world = new SimulatedCluster({ trace, cluster, definitions: start, controlEveryMs, forecasts, changes });
  const drive = new Drive({ core, source: world, actuator: world, observers: [observer] });
  while (drive.run(10_000)) {
    // to the end
  }
  for (const request of known) assert.ok(core.state.requests.get(request as never) !== undefined, `request ${request} is lost`);
  return { lines, ended, left: known.size, failedLaunches, launches };
}

function spotted(trace: Trace): ClusterSpec {
  return { pools: clusterOf(trace).pools.map((pool) => ({ ...pool, spot: true as const })) };
}

const POLICIES: readonly Policy[] = [
  policyFromText("keep-alive:ttl=30s,suspend=1m"),
  policyFromText("clairvoyant:reserve=on"),
  policyFromText("hpa"),
  policyFromDocument({
    warm: { strategy: "expected-cost" },
    handOver: "on",
    admit: { preempt: "on", grace: "1s", protect: "2s", starvation: "30s" },
    quotas: { tiers: { premium: { nominalQuota: { cpuMillis: 8_000 } }, standard: { nominalQuota: { cpuMillis: 4_000 } } } },
  }),
];

test("whatever goes wrong, every promise is kept after every event, and no request is lost", () => {
  let failed = 0;
  for (const [i, policy] of POLICIES.entries()) {
    for (let seed = 1; seed <= 3; seed += 1) {
      const trace = randomTrace(seed * 10 + i, 400);
      const { startMs, endMs } = trace.manifest.window;
      for (const cluster of seed === 1 ? [spotted(trace), UNLIMITED] : [spotted(trace)]) {
        const changes = faultChanges({ seed, ...ALL }, cluster, startMs, endMs);
        const { ended, left, failedLaunches } = live(trace, cluster, policy, changes);
        assert.ok(ended > 100 && ended + left <= 400, `${ended} ended, ${left} left`);
        failed += failedLaunches;
      }
    }
  }
  assert.ok(failed > 60, `${failed} launches failed`);
});

test("what always fails is tried a bounded number of times, whoever asks for instances, and not ahead of requests", () => {
  const source = { importer: "test", options: {}, files: [] };
  const builder = new TraceBuilder({ name: "x", source, license: "none", citation: "none" });
  builder.app({ name: "app", shape: SLOT, coldStartMs: 800 });
  const hours = 6;
  for (let minute = 0; minute < hours * 60; minute += 2) {
    for (const user of ["ana", "bob"]) builder.request({ user, app: "app", submitMs: minute * 60_000, runMs: 100 });
  }
  const trace = builder.build({ startMs: 0, endMs: hours * 3_600_000 });
  const broken: WorldChange[] = [{ kind: "faults", atMs: 0, spec: { seed: 1, launchFailurePpm: 1_000_000 } }];
  for (const policy of ["keep-alive", "clairvoyant", "warm-pool:spare=3", "hpa:min=2", "knative", "hybrid-histogram"]) {
    for (const cluster of [UNLIMITED, { pools: [{ name: "p", nodes: ["a", "b"].map((name) => ({ name, capacity: SLOT })) }] }]) {
      const { launches } = live(trace, cluster, policyFromText(policy), broken);
      assert.ok(launches.length > hours * 12, `${policy}: ${launches.length} launches`);
      for (const owner of new Set(launches.map(({ user }) => user))) {
        const own = launches.filter(({ user }) => user === owner);
        assert.ok(own.length < 10 + hours * 12, `${policy}: ${own.length} launches`);
        const later = own.filter(({ atMs }) => atMs > 1_800_000);
        assert.ok(owner === null || later.every(({ isAhead }) => !isAhead), `${policy}: something is started ahead`);
      }
    }
  }
});

test("the same seed goes wrong in the same way, another in another, and one fault leaves the draws of the others as they were", () => {
  const trace = randomTrace(1);
  const cluster = spotted(trace);
  const { startMs, endMs } = trace.manifest.window;
  const of = (spec: FaultSpec) => faultChanges(spec, cluster, startMs, endMs);
  const lines = (spec: FaultSpec) => live(trace, cluster, POLICIES[0]!, of(spec)).lines;
  const once = lines({ seed: 1, ...ALL });
  assert.equal(lines({ seed: 1, ...ALL }), once);
  assert.is.not(lines({ seed: 2, ...ALL }).join(), once.join());
  const { nodeLoss, ...rest } = ALL;
  const failures = (changes: readonly WorldChange[]) => changes.filter(({ kind }) => kind !== "faults");
  const isOther = (change: WorldChange) =>
    change.kind === "clock_jump" || (change.kind === "node_failure" && "noticeMs" in change);
  assert.equal(failures(of({ seed: 1, ...rest })), failures(of({ seed: 1, ...ALL })).filter(isOther));
  assert.is(nodeLoss?.backMs, 30_000);
});

test("nodes are lost at their rate, each", () => {
  const trace = randomTrace(1);
  const cluster = clusterOf(trace);
  const hours = 100_000;
  const changes = faultChanges({ seed: 1, nodeLoss: { microsPerHour: 200_000, backMs: 1 } }, cluster, 0, hours * 3_600_000);
  const losses = changes.filter(({ kind }) => kind === "node_failure");
  const expected = 0.2 * 3 * hours;
  assert.ok(Math.abs(losses.length - expected) < 5 * Math.sqrt(expected), `${losses.length}, not about ${expected}`);
  for (let index = 0; index < 3; index += 1) {
    const own = losses.filter(
      (change) => change.kind === "node_failure" && change.choice.kind === "nth" && change.choice.index === index,
    );
    assert.ok(Math.abs(own.length - expected / 3) < 5 * Math.sqrt(expected / 3), `${own.length} of node ${index}`);
  }
});

const SLOT = { cpuMillis: 1000, memoryMiB: 512, gpuMillis: 0, networkKbps: 0 };

/** One line an event that matters, of a single request of 100 ms that arrives at 10 on two nodes of its size; its app starts in 800 ms. */
function told(changes: readonly WorldChange[], policy = policyFromText("keep-alive:ttl=0s")): string[] {
  const source = { importer: "test", options: {}, files: [] };
  const builder = new TraceBuilder({ name: "x", source, license: "none", citation: "none" });
  builder.app({ name: "app", shape: SLOT, coldStartMs: 800 });
  builder.request({ user: "user", app: "app", submitMs: 10, runMs: 100 });
  const trace = builder.build({ startMs: 0, endMs: 100_000 });
  const nodes = ["a", "b"].map((name) => ({ name, capacity: SLOT }));
  const { lines } = live(trace, { pools: [{ name: "p", nodes, spot: true }] }, policy, changes);
  return lines.filter((line) => !/^0 | instance_placed | timer /.test(line));
}

test("a clock that jumps: what happened meanwhile is told at the jump's end, all at once", () => {
  assert.equal(told([]), ["10 request_arrived launch", "810 instance_ready ", "910 request_ended ", "910 instance_stopped "]);
  assert.equal(told([{ kind: "clock_jump", atMs: 800, durationMs: 500 }]), [
    "10 request_arrived launch",
    "1300 instance_ready ",
    "1300 request_ended ",
    "1300 instance_stopped ",
  ]);
});

test("a node that is reclaimed drains first: what is on it is moved, and lost if it is still there after the notice", () => {
  const reclaim = (noticeMs: number): WorldChange => {
    const choice = { kind: "nth", index: 0, pools: [0] } as const;
    return { kind: "node_failure", atMs: 850, noticeMs, durationMs: null, choice };
  };
  assert.equal(told([reclaim(200)]), [
    "10 request_arrived launch",
    "810 instance_ready ",
    "850 node_draining ",
    "910 request_ended ",                     // within the notice: it ends where it runs
    "910 instance_stopped ",
    "910 node_lost ",
  ]); // biome-ignore format: a table
  assert.equal(told([reclaim(30)]), [
    "10 request_arrived launch",
    "810 instance_ready ",
    "850 node_draining ",
    "880 node_lost launch",
    "1680 instance_ready ",
    "1780 request_ended ",
    "1780 instance_stopped ",
  ]);
});

test("a launch that fails does so when its start-up should be over, and is tried on another node at once", () => {
  const lines = told([{ kind: "faults", atMs: 0, spec: { seed: 3, launchFailurePpm: 1_000_000 } }]);
  assert.equal(lines.slice(0, 4), [
    "10 request_arrived launch",
    "810 decision_failed launch", // on the other
    "1610 decision_failed ", // neither for a second, and two
    "2610 decision_failed ",
  ]);
});

test.run();
