import fc from "fast-check";
import type { ForecastBatch, ForecastEntity, ForecastTarget } from "../../allocator/core/forecast.ts";

const AMOUNT = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const TIME_MS = fc.oneof(fc.nat(1000), fc.maxSafeNat());

/** Batches with values of every size, and long runs of equal ones. */
export function arbitraryBatch(): fc.Arbitrary<ForecastBatch> {
  const run = fc.tuple(fc.integer({ min: 1, max: 9 }), AMOUNT);
  return fc.record(
    {
      target: fc.constantFrom<ForecastTarget>("demand", "concurrency", "arrival"),
      entity: fc.constantFrom<ForecastEntity>("user", "user_app", "app", "pool"),
      issuedAtMs: TIME_MS,
      availableAtMs: TIME_MS,
      firstStepMs: TIME_MS,
      stepMs: TIME_MS,
      steps: fc.nat(100),
      ids: fc.array(AMOUNT, { maxLength: 6 }).map((ids) => Uint32Array.from(ids)),
      levelsPpm: fc.array(fc.nat(1_000_000), { maxLength: 3 }).map((levels) => Uint32Array.from(levels)),
      values: fc
        .array(run, { maxLength: 8 })
        .map((runs) => Uint32Array.from(runs.flatMap(([length, value]) => new Array<number>(length).fill(value)))),
    },
    { noNullPrototype: true },
  );
}
