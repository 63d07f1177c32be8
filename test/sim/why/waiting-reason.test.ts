import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../allocator/core/core.ts";
import { policyFromDocument } from "../../../allocator/policy-document.ts";
import { policyFromText } from "../../../allocator/policy-text.ts";
import { waitingReason } from "../../../sim/why/waiting-reason.ts";
import { warmReason } from "../../../sim/why/warm-reason.ts";
import { ONE, Stream } from "../../support/stream.ts";

/** Why the last request waits that arrives where an elastic pool has so many nodes at most, and how many of them have been asked for. */
function reasons(policy: string, most: number, untilMs: number, full = false): string[] {
  const elastic = { capacity: ONE, nodes: 0, least: 0, most, priceMicrosPerHour: 0 };
  const stream = new Stream().tier().pool("spare", { elastic }).user("ana").app("web").arrive(5, "r0", "ana", "web");
  if (full) stream.node(5, "n0", ONE, "spare").arrive(5, "r1", "ana", "web");
  const core = new AllocatorCore();
  const events = stream.steps.map(({ event }) => event);
  const policyEvent = { kind: "policy_activated", seq: 0, atMs: 0, policy: policyFromText(policy) } as const;
  for (const [seq, event] of [policyEvent, ...events].entries()) core.step({ ...event, seq });
  if (untilMs > 5) core.step({ kind: "timer", seq: 100, atMs: untilMs, timerId: core.state.timer!.id });
  const [waiting] = [...core.state.waiting];
  return waitingReason(waiting!, core.state, core.nowMs, String).split("; ").slice(-2);
}

const NO_NODE = "no node is ready";

test("who waits for a node is told what pools have to do with it", () => {
  assert.equal(reasons("cluster-autoscaler", 2, 5), [NO_NODE, "no pool has been asked for a node yet"]);
  assert.equal(reasons("cluster-autoscaler", 2, 10_000), [NO_NODE, "nodes on their way that are large enough: 1"]);
  const lacks = "node 0, which comes nearest, lacks 1000 cpuMillis and 1024 memoryMiB";
  assert.equal(reasons("cluster-autoscaler", 1, 5, true), [lacks, "the pools that could help have as many nodes as they may"]);
  assert.equal(reasons("keep-alive", 2, 5), [NO_NODE, "a pool could be given a node, but no slot pool asks for it"]);
});

test("who waits for launches that were given up is told so, and when the next is tried; and that nothing is started ahead", () => {
  const stream = new Stream().tier().pool("cloud", { unlimited: true }).user("ana").app("web", { shared: true });
  const core = new AllocatorCore();
  core.step({ kind: "policy_activated", seq: 0, atMs: 0, policy: policyFromText("warm-pool") });
  for (const [at, { event }] of stream.arrive(0, "r0", "ana", "web").steps.entries()) core.step({ ...event, seq: at + 1 });
  const told: string[] = [];
  let warm = "";
  for (let seq = 100; told.length < 5; seq += 10) {
    for (const [i, { launched }] of [...core.state.instances.values()].entries()) {
      const { launchSeq: decisionSeq, launchIndex: decisionIndex } = launched;
      const failed = { decisionSeq, decisionIndex, reason: "launch_failed" } as const;
      core.step({ kind: "decision_failed", seq: seq + i, atMs: core.nowMs, ...failed });
    }
    const [waiting] = [...core.state.waiting];
    told.push(waitingReason(waiting!, core.state, core.nowMs, String));
    warm = warmReason(waiting!.user, waiting!.app, core.state, core.nowMs).text;
    core.step({ kind: "timer", seq: seq + 9, atMs: core.state.timer!.atMs, timerId: core.state.timer!.id });
  }
  assert.is(told[3], "launches of its app were refused lately: none is tried anywhere before 0d 00:00:30.000");
  assert.is(
    told[4],
    "its launches failed so often in a row that nothing is started ahead for it: it is tried again at 0d 00:05:30.000",
  );
  assert.is(
    warm,
    "the target is 2 and only 0 are there: its launches failed so often in a row that nothing is started ahead for it",
  );
});

/** Why bob waits, who has one core more than there is quota for, and why ana does, who is of another tier. */
function underQuotas(quotas: object): string[] {
  const stream = new Stream()
    .tier("batch")
    .tier("premium", { priority: 1 })
    .pool("big")
    .user("bob", "batch")
    .user("ana", "premium")
    .app("web");
  const four = { ...ONE, cpuMillis: ONE.cpuMillis * 4, memoryMiB: ONE.memoryMiB * 4 };
  stream.node(0, "n0", four, "big").arrive(1, "r0", "bob", "web").arrive(1, "r1", "bob", "web").arrive(1, "r2", "bob", "web");
  stream.arrive(2, "r3", "ana", "web");
  const core = new AllocatorCore();
  const policy = policyFromDocument({ quotas });
  const events = [...stream.steps.map(({ event }) => event)];
  const at = events.findIndex(({ kind }) => kind === "node_ready");
  events.splice(at, 0, { kind: "policy_activated", seq: 0, atMs: 0, policy });
  for (const [seq, event] of events.entries()) core.step({ ...event, seq });
  return [...core.state.waiting].map((request) => waitingReason(request, core.state, core.nowMs, String));
}

test("who waits for quota is told which, who lends it, and whether it may reclaim it", () => {
  const own = { nominalQuota: { cpuMillis: 1_000 } };
  assert.equal(underQuotas({ tiers: { batch: { ...own, borrowingLimit: { cpuMillis: 0 } }, premium: own } }), [
    "the nominal quota and the borrowing limit of its tier batch lack 1000 cpuMillis; it would go beyond its tier's nominal quota, so it reclaims nothing",
    "the nominal quota and the borrowing limit of its tier batch lack 1000 cpuMillis; it would go beyond its tier's nominal quota, so it reclaims nothing",
  ]);
  const [first, second] = underQuotas({ tiers: { batch: own, premium: own } });
  assert.is(
    first,
    "of what tiers lend 1000 cpuMillis is missing; batch borrows 1000 cpuMillis, premium leaves idle 1000 cpuMillis; it is within its tier's nominal quota, and may reclaim from any tier that borrows once it has waited 30000 ms",
  );
  assert.is(
    second,
    "of what tiers lend 1000 cpuMillis is missing; batch borrows 1000 cpuMillis, premium leaves idle 1000 cpuMillis; it would go beyond its tier's nominal quota, so it reclaims nothing",
  );
});

test("who is stopped by its user's own quota is told what of it is missing", () => {
  const reasonUnder = (quota: object) => {
    const stream = new Stream().tier().pool("cloud", { unlimited: true }).user("ana").app("web");
    const core = new AllocatorCore();
    const policy = policyFromDocument({ quotas: { users: { each: quota } } });
    core.step({ kind: "policy_activated", seq: 0, atMs: 0, policy });
    const { steps } = stream.arrive(0, "r0", "ana", "web").arrive(0, "r1", "ana", "web");
    for (const [at, { event }] of steps.entries()) core.step({ ...event, seq: at + 1 });
    const [waiting] = [...core.state.waiting];
    return waitingReason(waiting!, core.state, core.nowMs, String);
  };
  assert.is(reasonUnder({ instances: 1 }), "its user has 1 instances, of 1 that it may");
  const { cpuMillis } = ONE;
  assert.is(reasonUnder({ max: { cpuMillis } }), `the quota of its user lacks ${cpuMillis} cpuMillis`);
  assert.is(
    reasonUnder({ instances: 1, max: { cpuMillis } }),
    `its user has 1 instances, of 1 that it may, and the quota of its user lacks ${cpuMillis} cpuMillis`,
  );
});

test.run();
