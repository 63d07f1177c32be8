import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteWriter } from "../../../allocator/core/bytes.ts";
import type { Decision } from "../../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import { RandomStream } from "../../../allocator/core/random.ts";
import type { JournalStep } from "../../../allocator/journal/reader.ts";
import { StepDecoder } from "../../../allocator/journal/step-decoder.ts";
import { encodeHeader, encodeStep } from "../../../allocator/journal/step-encoder.ts";
import { JournalWriter } from "../../../allocator/journal/writer.ts";
import { policyFromText } from "../../../allocator/policy-text.ts";
import { InputError } from "../../../datasets/issues.ts";
import { type JournalOrigin, JournalTrace } from "../../../datasets/journal/journal-trace.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { type ClusterSpec, clusterOf, UNLIMITED } from "../../../sim/cluster-spec.ts";
import { simulate } from "../../../sim/simulate.ts";
import { mutate } from "../../support/fuzz-import.ts";
import { randomTrace } from "../../support/random-trace.ts";
import { arbitrarySmallTrace, smallTraceOf } from "../../support/small-trace.ts";
import { Told } from "../../support/told-journal.ts";
import { HOUR_MS, hourly, workingDays } from "../../support/usage-trace.ts";

const ORIGIN: JournalOrigin = {
  name: "yesterday",
  license: "none",
  citation: "none",
  synthetic: true,
  composite: false,
  files: [],
  digest: "",
  ended: true,
  window: null,
  notes: [],
};

interface Ran {
  readonly steps: readonly JournalStep[];
  readonly digest: string;
}

async function run(trace: Trace, policyText: string, cluster: ClusterSpec = clusterOf(trace)): Promise<Ran> {
  const steps: JournalStep[] = [];
  const journal = new JournalWriter(null);
  const keep = {
    onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
      steps.push({ event, decisions: [...decisions] });
    },
  };
  await simulate({ trace, cluster, policy: policyFromText(policyText), observers: [keep, journal] });
  return { steps, digest: (await journal.finish()).digest };
}

function imported(steps: readonly JournalStep[], origin: Partial<JournalOrigin> = {}): Promise<Trace> {
  const trace = new JournalTrace();
  for (const { event, decisions } of steps) trace.onStep(event, decisions);
  return trace.finish({ ...ORIGIN, ...origin });
}

const ended = (steps: readonly JournalStep[]) =>
  new Set(steps.flatMap(({ event }) => (event.kind === "request_ended" ? [event.request as number] : [])));

/** The imported trace says what the one that was simulated says, and does again what it did. */
async function checkRoundTrip(trace: Trace, policyText: string, cluster?: ClusterSpec): Promise<Trace> {
  const first = await run(trace, policyText, cluster);
  const again = await imported(first.steps);
  assert.equal(checkTrace(again), []);
  assert.equal(again.tiers, trace.tiers);
  assert.equal(again.users, trace.users);
  assert.equal(again.apps, trace.apps);
  if (cluster === undefined) assert.equal(again.nodes, trace.nodes);
  for (const column of ["count", "names", "submitMs", "user", "app", "tier", "shape", "shapes"] as const) {
    assert.equal(again.requests[column], trace.requests[column], column);
  }
  assert.equal(again.usage, trace.usage);
  for (const request of ended(first.steps)) assert.is(again.requests.runMs[request], trace.requests.runMs[request]);
  assert.is((await run(again, policyText, cluster)).digest, first.digest);
  return again;
}

const POLICIES = [
  "keep-alive:ttl=30s",
  "keep-alive:ttl=10s,suspend=30s",
  "preemptive:ttl=30s,grace=1s,protect=1s",
  "drf:ttl=20s",
  "greedy-dual:ttl=33s",
  "hpa",
  "warm-pool:cooldown=20s",
  "reactive:every=20s",
  "vpa:every=30s",
  "hybrid-histogram:bin=1s,range=60s",
];

for (const policy of POLICIES) {
  test(`${policy}: a simulated trace, its journal imported and simulated again make the same journal`, async () => {
    await checkRoundTrip(randomTrace(1), policy);
    await checkRoundTrip(randomTrace(2), policy, UNLIMITED);
  });
}

test("so do traces of a few milliseconds, where everything happens at once", async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySmallTrace(), async (small) => {
      await checkRoundTrip(smallTraceOf(small), "keep-alive:ttl=5ms");
    }),
    { numRuns: 300 },
  );
});

test("preempted requests run once more from their beginning: the last execution is the run time", async () => {
  const { steps } = await run(randomTrace(3, 900), "preemptive:ttl=30s,grace=1ms,protect=1ms");
  const preempted = new Set(
    steps.flatMap(({ decisions }) => decisions.flatMap((d) => (d.kind === "preempt" ? [d.request] : []))),
  );
  assert.ok(preempted.size > 10);
  const over = ended(steps);
  assert.ok([...preempted].filter((request) => over.has(request)).length > 5);
  await checkRoundTrip(randomTrace(3, 900), "preemptive:ttl=30s,grace=1ms,protect=1ms");
});

test("samples of use come back, those of the last instant too, and no tick more than there was", async () => {
  await checkRoundTrip(workingDays(), "vpa:every=1h");
  const one = await checkRoundTrip(hourly({ ana: [[1, { cpuMillis: 5 }]] }), "reactive:every=30m");
  assert.equal(one.manifest.window, { startMs: 0, endMs: HOUR_MS });
});

const runTimes = (trace: Trace) => [...trace.requests.runMs];

test("waiting and start-up are not run time; what a journal does not show is assumed, and said", async () => {
  const told = new Told()
    .arrives(0, 1000)
    .at(1005, "instance_ready", { instance: 0 })
    .at(1025, "request_ended", { request: 0 }) // ran 20
    .arrives(1, 1030, null, [{ kind: "bind", instance: 0, request: 1 }])
    .at(1040, "request_ended", { request: 1 }) // warm: ran 10
    .arrives(2, 1041) // called off while it starts
    .at(1043, "request_cancelled", { request: 2 })
    .arrives(3, 1044, null, [{ kind: "reject", request: 3 }])
    .arrives(4, 1045, null, [{ kind: "queue", request: 4 }]) // waits to the end
    .arrives(5, 1050)
    .at(1060, "instance_ready", { instance: 2 }) // runs to the end
    .at(1099, "tick", {});
  const trace = await imported(told.steps);
  // The median of 20 and 10 is the lower of them.
  assert.equal(runTimes(trace), [20, 10, 10, 10, 10, 40]);
  assert.equal(trace.manifest.window, { startMs: 1000, endMs: 1100 });
  assert.equal(trace.manifest.defaults, [
    "run_ms of a request that was running at the journal's end: up to that end, for 1 of 6 requests",
    "run_ms of a request that had not started at the journal's end: the median of its app, for 1 of 6 requests",
    "run_ms of a request that was over before it started: the median of its app, for 1 of 6 requests",
    "run_ms of a request that was rejected: the median of its app, for 1 of 6 requests",
  ]);
  assert.is(trace.requests.names, null);
  assert.is(trace.nodes, null);
});

test("where none of its app ended, one that waits runs to the end; one that lost its instance at least as long as it had", async () => {
  const told = new Told()
    .arrives(0, 1000)
    .at(1010, "instance_ready", { instance: 0 })
    .at(1050, "instance_lost", { instance: 0 }, [{ kind: "queue", request: 0 }]) // ran 40, waits again
    .at(1060, "tick", {});
  assert.equal(runTimes(await imported(told.steps)), [61]);
  told.arrives(1, 1061).at(1061, "instance_ready", { instance: 1 }).at(1070, "request_ended", { request: 1 });
  assert.equal(runTimes(await imported(told.steps)), [41, 9], "longer than the median");
});

test("a launch that failed, a resumption that failed and a node that was lost take the instance away", async () => {
  const told = new Told().arrives(0, 1000); // by instance 0
  const seq = told.steps.length - 1;
  told
    .at(1001, "decision_failed", { decisionSeq: seq, decisionIndex: 0, reason: "launch_failed" }, [told.launch(0)])
    .at(1002, "instance_placed", { instance: 1, node: 7 })
    .at(1010, "instance_ready", { instance: 1 })
    .at(1030, "node_lost", { node: 7 }, [told.launch(0)])
    .at(1040, "instance_ready", { instance: 2 })
    .at(1100, "request_ended", { request: 0 })
    .at(1150, "instance_suspended", { instance: 2 })
    .arrives(1, 1200, null, [
      { kind: "resume", instance: 2 },
      { kind: "bind", instance: 2, request: 1 },
    ]);
  const resumed = told.steps.length - 1;
  told
    .at(1201, "decision_failed", { decisionSeq: resumed, decisionIndex: 0, reason: "denied" }, [told.launch(1)])
    .at(1210, "instance_ready", { instance: 3 })
    .at(1215, "request_ended", { request: 1 });
  assert.equal(runTimes(await imported(told.steps)), [60, 5]);
});

test("the last profile of a user, what it does not want started ahead, names that came twice, and Unix time", async () => {
  const unixMs = 1_790_000_000_000;
  const later = (told: Told) => told.steps.map((step) => ({ ...step, event: { ...step.event, atMs: step.event.atMs + unixMs } }));
  const told = new Told()
    .arrives(0, 1000, "a")
    .arrives(1, 1001, "a")
    .arrives(2, 1002, "a#2")
    .user(0, "ana", { role: "teacher", timeZone: "Europe/Berlin", permissions: [0], optOut: [0] }, 1003);
  const trace = await imported(later(told), { ended: false });
  assert.equal(trace.users, [
    { name: "ana", tier: 0, role: "teacher", timeZone: "Europe/Berlin", permissions: [0] },
    { name: "bob", tier: 0, role: "", timeZone: "UTC", permissions: null },
  ]);
  const { window, epochMs, notes } = trace.manifest;
  assert.equal(trace.context, [{ atMs: window.startMs, endMs: window.endMs, kind: "no-prewarm", label: "web", user: 0 }]);
  assert.equal(trace.requests.names, ["a", "a#2", "a#2#2"]);
  assert.is(epochMs, 0);
  assert.ok(notes.some((note) => note.includes("no end mark")));
  assert.ok(notes.includes("1 users had another profile before; the last one holds from the start"));
});

test("where nodes were awaited and none came, that is said", async () => {
  const told = new Told()
    .event({ kind: "pool_defined", pool: 0, name: "pool", unlimited: false, provisionMs: 0, elastic: null })
    .arrives(0, 1000, null, [{ kind: "queue", request: 0 }]);
  const { nodes, manifest } = await imported(told.steps);
  assert.is(nodes, null);
  assert.ok(manifest.notes.some((note) => note.startsWith("no node was ever ready")));
});

test("of nodes that come and go the trace has those that were there when there were most", async () => {
  const told = new Told().event({ kind: "pool_defined", pool: 0, name: "pool", unlimited: false, provisionMs: 0, elastic: null });
  const capacity = { cpuMillis: 9, memoryMiB: 9, gpuMillis: 0, networkKbps: 0 };
  const comes = (node: number) => told.at(1000, "node_ready", { node, name: `n${node}`, pool: 0, capacity });
  comes(0);
  comes(1);
  told.at(1000, "node_lost", { node: 0 });
  comes(2);
  comes(3);
  told.at(1001, "node_lost", { node: 2 }).arrives(0, 1002);
  const trace = await imported(told.steps);
  assert.equal(
    trace.nodes,
    ["n1", "n2", "n3"].map((name) => ({ name, pool: "pool", capacity })),
  );
});

test("of a user's samples at one instant the last counts, and those that a limit cut are counted", async () => {
  const used = (cpuMillis: number) => ({ cpuMillis, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 });
  const sample = (user: number, cpuMillis: number, saturated = false) => ({
    user,
    used: used(cpuMillis),
    windowMs: 50,
    saturated,
  });
  const told = new Told()
    .at(1100, "usage_observed", sample(0, 1))
    .at(1100, "usage_observed", sample(1, 2))
    .at(1100, "usage_observed", sample(0, 3, true))
    .at(1150, "usage_observed", sample(0, 4));
  const { usage, manifest } = await imported(told.steps);
  assert.equal([...usage!.cpuMillis], [3, 2, 4]);
  assert.equal(manifest.rowsDropped, [{ table: "usage", reason: "same user and time as a later sample", count: 1 }]);
  assert.ok(manifest.notes.includes("1 usage samples were cut by a limit: true demand may have been higher"));
});

test("a journal that names what it does not define, or holds nothing, is refused", async () => {
  const refused = async (steps: readonly JournalStep[]) => {
    try {
      await imported(steps);
    } catch (error) {
      assert.instance(error, InputError);
      return (error as Error).message;
    }
    return "not refused";
  };
  const withoutAna = new Told().arrives(0, 1000).steps.filter(({ event }) => !("name" in event) || event.name !== "ana");
  assert.match(await refused([]), "at least one request or usage sample");
  assert.match(await refused(withoutAna), "expected a user that is defined, found user 0");
});

test("records that were tampered with are refused with issues, or make a lawful trace", async () => {
  const { steps } = await run(randomTrace(5, 12), "preemptive:ttl=5s,grace=1s");
  const out = new ByteWriter(65_536);
  encodeHeader(out);
  for (const { event, decisions } of steps) encodeStep(out, event, decisions);
  const records = Uint8Array.from(out.written());
  const random = new RandomStream(1, "journal");
  let lawful = 0;
  for (let times = 0; times < 1000; times += 1) {
    const decoder = new StepDecoder();
    try {
      const read = [...decoder.take(mutate(records, random)), ...decoder.flush()];
      assert.equal(checkTrace(await imported(read)), []);
      lawful += 1;
    } catch (error) {
      const { name } = error as Error;
      assert.ok(name === "InputError" || name === "JournalError", (error as Error).stack);
    }
  }
  assert.ok(lawful > 10, `${lawful} lawful`);
});

test.run();
