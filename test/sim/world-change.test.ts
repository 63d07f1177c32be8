import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import type { Policy } from "../../allocator/core/policy.ts";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import type { StepObserver } from "../../allocator/ports.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";
import { changeTrace } from "../../datasets/what-if/change-trace.ts";
import { type ClusterSpec, clusterOf } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { chosenNodes, type WorldChange } from "../../sim/world-change.ts";
import { randomTrace } from "../support/random-trace.ts";

const SLOT = { cpuMillis: 1000, memoryMiB: 256, gpuMillis: 0, networkKbps: 0 };

/** One request after another on nodes of one slot each, which take 10 ms to start something. */
function traceOf(requests: readonly (readonly [submitMs: number, runMs: number])[]): Trace {
  const builder = new TraceBuilder({
    name: "x",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  });
  builder.app({ name: "app", shape: SLOT, coldStartMs: 10, resumeMs: 4 });
  for (const [submitMs, runMs] of requests) builder.request({ user: "user", app: "app", submitMs, runMs });
  return builder.build({ startMs: 0, endMs: 1_000 });
}

function nodes(count: number): ClusterSpec {
  return { pools: [{ name: "p", nodes: Array.from({ length: count }, (_, k) => ({ name: `p-${k}`, capacity: SLOT })) }] };
}

interface Ran {
  /** What happened to nodes, instances and requests, a line each. */
  readonly lines: readonly string[];
  readonly digest: string;
}

async function run(
  trace: Trace,
  cluster: ClusterSpec,
  changes: readonly WorldChange[],
  policy: Policy = policyFromText("keep-alive:ttl=0s"),
): Promise<Ran> {
  const lines: string[] = [];
  const told: StepObserver = {
    onStep(event: AllocatorEvent, decisions: readonly Decision[]) {
      const { kind, atMs, ...rest } = event as AllocatorEvent & Record<string, unknown>;
      if (["node_lost", "node_ready", "request_ended", "instance_ready", "user_defined"].includes(kind))
        lines.push(`${atMs} ${kind} ${String(rest["name"] ?? rest["request"] ?? rest["instance"] ?? rest["node"])}`);
      for (const decision of decisions) if (decision.kind === "launch") lines.push(`${atMs} launch on ${decision.node}`);
    },
  };
  const journal = new JournalWriter(null);
  await simulate({ trace, cluster, policy, changes, observers: [journal, told] });
  return { lines: lines.filter((line) => !line.startsWith("0 ")), digest: (await journal.finish()).digest };
}

test("a node fails: what ran on it starts again elsewhere and runs its full time; the node comes back empty", async () => {
  const failure: WorldChange = { kind: "node_failure", atMs: 50, durationMs: 400, choice: { kind: "name", pattern: "p-0" } };
  const { lines } = await run(traceOf([[1, 100]]), nodes(2), [failure]);
  assert.equal(lines, [
    "1 launch on 0",
    "11 instance_ready 0",
    "50 node_lost 0",
    "50 launch on 1",
    "60 instance_ready 1",
    "160 request_ended 0",
    "450 node_ready p-0",
  ]);
});

test("a pool fails for good: what arrives waits for ever, and nothing that ran there ends", async () => {
  const failure: WorldChange = { kind: "node_failure", atMs: 50, durationMs: null, choice: { kind: "pool", pool: 0 } };
  const { lines } = await run(traceOf([[1, 100], [200, 5]]), nodes(1), [failure]); // biome-ignore format: a table
  assert.equal(lines, ["1 launch on 0", "11 instance_ready 0", "50 node_lost 0"]);
});

test("one that was starting there is not ready, and one that is back takes what waited", async () => {
  const failure: WorldChange = { kind: "node_failure", atMs: 5, durationMs: 95, choice: { kind: "pool", pool: 0 } };
  const { lines } = await run(traceOf([[1, 100]]), nodes(1), [failure]);
  assert.equal(lines, [
    "1 launch on 0",
    "5 node_lost 0",
    "100 node_ready p-0",
    "100 launch on 0",
    "110 instance_ready 1",
    "210 request_ended 0",
  ]);
});

test("start-ups that begin at its instant or later take longer; those that began before do not", async () => {
  const slower: WorldChange = { kind: "start_up", atMs: 100, factorPpm: 2_500_000 };
  const { lines } = await run(traceOf([[1, 3], [100, 3]]), nodes(2), [slower]); // biome-ignore format: a table
  assert.equal(
    lines.filter((line) => !line.includes("ended")),
    ["1 launch on 0", "11 instance_ready 0", "100 launch on 0", "125 instance_ready 1"],
  );
});

test("users who come later are known when they do, before anything else of that instant", async () => {
  const before = randomTrace(1);
  const change = { kind: "users", text: "users=2", factorPpm: 2_000_000, fromMs: 300_000 } as const;
  const { trace, joins } = changeTrace(before, [change], 1);
  const changes = joins.map((join): WorldChange => ({ kind: "users_join", ...join }));
  const { lines } = await run(trace, clusterOf(trace), changes, policyFromText("reactive:every=20s"));
  const joined = lines.filter((line) => line.includes("user_defined"));
  assert.equal(
    joined,
    trace.users.slice(4).map(({ name }) => `300000 user_defined ${name}`),
  );
  const plain = await run(before, clusterOf(before), [], policyFromText("reactive:every=20s"));
  const first = lines.indexOf(joined[0]!);
  assert.ok(first > 100);
  assert.equal(lines.slice(0, first), plain.lines.slice(0, first));
  assert.ok(!plain.lines[first - 1]!.startsWith("300000"));
});

test("failures under every kind of policy: nothing is broken, and the same inputs give the same journal", async () => {
  const trace = randomTrace(3);
  const changes: WorldChange[] = [
    { kind: "node_failure", atMs: 100_000, durationMs: 60_000, choice: { kind: "share", sharePpm: 700_000, seed: 1 } },
    { kind: "node_failure", atMs: 130_000, durationMs: 200_000, choice: { kind: "pool", pool: 0 } },
    { kind: "node_failure", atMs: 500_000, durationMs: null, choice: { kind: "name", pattern: "*-1" } },
  ];
  for (const policy of [
    "keep-alive:ttl=30s,suspend=60s",
    "reactive:every=20s",
    "hpa",
    "expected-cost",
    "warm-pool",
    "preemptive",
  ]) {
    const once = await run(trace, clusterOf(trace), changes, policyFromText(policy));
    assert.is((await run(trace, clusterOf(trace), changes, policyFromText(policy))).digest, once.digest);
    const lost = once.lines.filter((line) => line.includes("node_lost"));
    assert.equal(
      lost.map((line) => line.split(" ")[0]),
      ["100000", "100000", "130000", "500000"],
      policy,
    );
    // The node that was lost twice comes back twice, as far as it is told to: to be there already is nothing new.
    assert.ok(once.lines.filter((line) => line.includes("node_ready")).length >= 3, policy);
  }
});

test("an elastic pool that nodes fail in grows again; one that comes back has a place, or is not needed", async () => {
  const trace = randomTrace(3);
  const capacity = { cpuMillis: 4000, memoryMiB: 2048, gpuMillis: 0, networkKbps: 0 };
  const elastic = { capacity, least: 1, most: 6, provisionMs: 20_000, priceMicrosPerHour: 0 };
  const first = [0, 1].map((k) => ({ name: `p-${k}`, capacity }));
  const cluster: ClusterSpec = { pools: [{ name: "p", nodes: first, elastic }] };
  const pool = { strategy: "cluster-autoscaler", every: "10s", unneeded: "60s", delayAfterAdd: "20s" };
  const policy = policyFromDocument({ name: "elastic", warm: { strategy: "ttl", ttl: "30s" }, pool });
  const fail = (atMs: number, durationMs: number): WorldChange => ({
    ...{ kind: "node_failure", atMs, durationMs },
    choice: { kind: "pool", pool: 0 },
  });
  const { lines } = await run(trace, cluster, [fail(200_000, 15_000), fail(400_000, 300_000)], policy);
  const events = lines.flatMap((line) => {
    const [atMs, kind, subject] = line.split(" ");
    return kind === "node_lost" || kind === "node_ready" ? [{ atMs: Number(atMs), kind, subject }] : [];
  });
  let nodes = first.length;
  for (const { kind } of events) {
    nodes += kind === "node_ready" ? 1 : -1;
    assert.ok(nodes >= 0 && nodes <= elastic.most);
  }
  // Four fail and six are asked for: by 215 s five have come or are on their way, so that one of the four has a place.
  const back = events.filter(({ kind, subject }) => kind === "node_ready" && ["p-0", "p-1"].includes(subject!));
  assert.equal(back, [{ atMs: 215_000, kind: "node_ready", subject: "p-0" }]);
  const lost = (atMs: number) => events.filter((event) => event.kind === "node_lost" && event.atMs === atMs).length;
  assert.equal([lost(200_000), lost(400_000)], [4, 6]);
  assert.is(nodes, elastic.most);
});

test("which nodes: a pool, a name with anything in it, a share that is drawn and exact", () => {
  const there = Array.from({ length: 10 }, (_, k) => ({ pool: k % 2, name: `n.${k}` }));
  const names = (choice: Parameters<typeof chosenNodes>[1]) => chosenNodes(there, choice).map(({ name }) => name);
  assert.equal(names({ kind: "pool", pool: 1 }), ["n.1", "n.3", "n.5", "n.7", "n.9"]);
  assert.equal(names({ kind: "name", pattern: "n.3" }), ["n.3"]);
  assert.equal(names({ kind: "name", pattern: "*.*" }).length, 10);
  assert.equal(names({ kind: "name", pattern: "nx3" }), []);
  const share = (seed: number) => names({ kind: "share", sharePpm: 300_000, seed });
  assert.is(share(1).length, 3);
  assert.equal(share(1), share(1));
  const drawn = new Map<string, number>();
  for (let seed = 0; seed < 400; seed += 1) for (const name of share(seed)) drawn.set(name, (drawn.get(name) ?? 0) + 1);
  // 400 draws at 0.3 each: 4.5 standard deviations either side of 120.
  for (const [name, times] of drawn) assert.ok(Math.abs(times - 120) < 4.5 * Math.sqrt(400 * 0.3 * 0.7), `${name} ${times}`);
});

test.run();
