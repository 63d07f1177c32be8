import { test } from "uvu";
import * as assert from "uvu/assert";
import type { InstanceId, RequestId } from "../../../allocator/core/ids.ts";
import type { Instance } from "../../../allocator/core/instances.ts";
import type { ObservedInstance } from "../../../allocator/live/ports.ts";
import { reconcile } from "../../../allocator/live/reconcile.ts";

const ID = 4 as InstanceId;

function repaired(phase: Instance["phase"], found: ObservedInstance["phase"] | null, requests: readonly number[] = []): string {
  const believed = { id: ID, phase, requests: requests as RequestId[] } as unknown as Instance;
  const observed = found === null ? [] : [{ instance: ID, phase: found, node: null }];
  const { outcomes, discard } = reconcile([believed], [], observed);
  return [...outcomes.map(({ kind }) => kind), ...discard.map(() => "discard")].join(", ");
}

test("what became of an instance unseen is said: ready, put aside, ended or lost", () => {
  const cases: [Instance["phase"], ObservedInstance["phase"] | null, string][] = [
    ["starting", "starting", ""],
    ["starting", "ready", "instance_ready"],
    ["resuming", "ready", "instance_ready"],
    ["ready", "ready", ""],
    ["ready", "suspended", "instance_suspended"],
    ["suspending", "suspended", "instance_suspended"],
    ["ready", null, "instance_lost"],
    ["stopping", null, "instance_stopped"],
    ["stopping", "ready", ""],
  ];
  for (const [phase, found, expected] of cases) assert.is(repaired(phase, found), expected, `${phase}, ${found}`);
});

test("an instance that was put aside while somebody used it is lost, and what is left of it is ended", () => {
  assert.is(repaired("ready", "suspended", [1]), "instance_lost, discard");
  assert.is(repaired("resuming", "suspended", [1]), "");
});

test("what is there and nobody knows of is ended, unless it is ending", () => {
  const observed = (phase: ObservedInstance["phase"]) => [{ instance: ID, phase, node: null }];
  assert.equal(reconcile([], [], observed("ready")).discard, [ID]);
  assert.equal(reconcile([], [], observed("stopping")).discard, []);
});

test.run();
