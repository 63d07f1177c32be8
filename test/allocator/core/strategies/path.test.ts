import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import type { ForecastBatch } from "../../../../allocator/core/forecast.ts";
import { levelIndex, lookAhead, StepPath } from "../../../../allocator/core/strategies/path.ts";

/** The definition: the largest value of the steps that overlap [t, t + start-up], both ends included. */
function neededAt(t: number, steps: readonly number[], firstStepMs: number, stepMs: number, startUpMs: number): number {
  return steps.reduce((most, value, k) => {
    const fromMs = firstStepMs + k * stepMs;
    return fromMs <= t + startUpMs && t < fromMs + stepMs ? Math.max(most, value) : most;
  }, 0);
}

test("looking ahead is the maximum over the start-up time, at every instant, and says when it changes next", () => {
  const cases = fc.tuple(
    fc.array(fc.nat(4), { maxLength: 12 }),
    fc.nat(30),
    fc.integer({ min: 1, max: 7 }),
    fc.oneof(fc.constant(0), fc.nat(40)),
  );
  fc.assert(
    fc.property(cases, ([steps, firstStepMs, stepMs, startUpMs]) => {
      const path = lookAhead(steps, firstStepMs, stepMs, startUpMs);
      const endMs = firstStepMs + steps.length * stepMs + 3;
      for (let t = 0; t <= endMs; t += 1) {
        assert.is(path.at(t), neededAt(t, steps, firstStepMs, stepMs, startUpMs), `at ${t}`);
      }
      for (let t = 0; t <= endMs; t += 1) {
        const next = path.nextChangeMs(t);
        for (let later = t + 1; later < (next ?? endMs); later += 1) assert.is(path.at(later), path.at(t), `${t} to ${later}`);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("a path is 0 before its first change, and is written and read", () => {
  const path = new StepPath([10, 20, 2 ** 40], [3, 0, 7]);
  assert.equal(
    [0, 9, 10, 19, 20, 2 ** 40 - 1, 2 ** 40].map((t) => path.at(t)),
    [0, 0, 3, 3, 0, 0, 7],
  );
  assert.equal(
    [0, 9, 10, 2 ** 40].map((t) => path.nextChangeMs(t)),
    [10, 10, 20, null],
  );
  const out = new ByteWriter();
  path.write(out);
  const read = StepPath.read(new ByteReader(out.written().slice()));
  assert.equal(
    [9, 10, 20, 2 ** 40].map((t) => read.at(t)),
    [0, 3, 0, 7],
  );
});

test("a level is answered by the smallest at or above it, else by the highest", () => {
  const batch = { levelsPpm: Uint32Array.of(500_000, 900_000, 990_000) } as ForecastBatch;
  assert.equal(
    [1, 500_000, 500_001, 900_000, 950_000, 990_000, 1_000_000].map((ppm) => levelIndex(batch.levelsPpm, ppm)),
    [0, 0, 1, 1, 2, 2, 2],
  );
});

test.run();
