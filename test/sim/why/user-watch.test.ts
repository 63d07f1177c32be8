import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import type { ForecastBatch } from "../../../allocator/core/forecast.ts";
import { State } from "../../../allocator/core/state.ts";
import { UserWatch } from "../../../sim/why/user-watch.ts";

const batch = (issuedAtMs: number, ids: readonly number[], target: ForecastBatch["target"] = "demand"): ForecastBatch => ({
  ...{ target, entity: "user", issuedAtMs, availableAtMs: issuedAtMs, firstStepMs: issuedAtMs, stepMs: 60_000, steps: 1 },
  ids: Uint32Array.from(ids),
  levelsPpm: Uint32Array.of(500_000),
  values: new Uint32Array(4 * ids.length),
});
const issued = (batchIndex: number, batch: ForecastBatch): AllocatorEvent => {
  return {
    kind: "forecast_issued",
    seq: batchIndex,
    atMs: batch.issuedAtMs,
    setDigest: `set${batchIndex}`,
    batchIndex,
    batchDigest: "",
    batch,
  };
};

test("a reason's batch index counts from the run's first forecast, also where the watch began later", () => {
  const watch = new UserWatch(1, null, 5);
  const state = new State();
  watch.onStep(issued(0, batch(1_000, [1])), [], state);
  watch.onStep(issued(1, batch(2_000, [1])), [], state);
  assert.equal(watch.seen(5), { set: "set0", index: 0, issuedAtMs: 1_000 });
  assert.equal(watch.seen(6), { set: "set1", index: 1, issuedAtMs: 2_000 });
  assert.equal([watch.seen(4), watch.seen(7)], [null, null]);
});

test("the latest forecast is one of demand that speaks of the user", () => {
  const watch = new UserWatch(1, null, 0);
  const own = batch(1_000, [0, 1]);
  const state = new State();
  for (const one of [own, batch(2_000, [0]), batch(3_000, [1], "concurrency")]) watch.onStep(issued(0, one), [], state);
  assert.is(watch.forecast, own);
});

test.run();
