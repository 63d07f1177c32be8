import { test } from "uvu";
import * as assert from "uvu/assert";
import { EVENT_RANK, type EventKind } from "../../../allocator/core/events.ts";

/** The order at equal milliseconds, as METRICS.md states it; kinds on one line are told apart by sequence alone. */
const STATED: readonly (readonly EventKind[])[] = [
  ["tier_defined", "pool_defined", "user_defined", "app_defined", "policy_activated", "freeze_set", "stage_set"],
  ["node_draining", "node_lost", "instance_lost"],
  ["request_ended", "request_cancelled"],
  ["instance_stopped", "instance_suspended", "decision_failed"],
  ["node_ready", "node_shared"],
  ["instance_placed", "instance_resized"],
  ["instance_ready"],
  ["usage_observed", "source_read"],
  ["forecast_issued"],
  ["tick"],
  ["request_arrived"],
  ["timer"],
];

test("the rank of every kind of event is its place in the stated order", () => {
  const stated = STATED.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const));
  assert.equal(EVENT_RANK, Object.fromEntries(stated));
});

test.run();
