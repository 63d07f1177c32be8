import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../allocator/core/core.ts";
import { policyFromText } from "../../../allocator/policy-text.ts";
import { waitingReason } from "../../../sim/why/waiting-reason.ts";
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
  return waitingReason(waiting!, core.state, String).split("; ").slice(-2);
}

const NO_NODE = "no node is ready";

test("who waits for a node is told what pools have to do with it", () => {
  assert.equal(reasons("cluster-autoscaler", 2, 5), [NO_NODE, "no pool has been asked for a node yet"]);
  assert.equal(reasons("cluster-autoscaler", 2, 10_000), [NO_NODE, "nodes on their way that are large enough: 1"]);
  const lacks = "node 0, which comes nearest, lacks 1000 cpuMillis and 1024 memoryMiB";
  assert.equal(reasons("cluster-autoscaler", 1, 5, true), [lacks, "the pools that could help have as many nodes as they may"]);
  assert.equal(reasons("keep-alive", 2, 5), [NO_NODE, "a pool could be given a node, but no slot pool asks for it"]);
});

test.run();
