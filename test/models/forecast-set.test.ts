import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ForecastBatch } from "../../allocator/core/forecast.ts";
import { ForecastSet, storeBatch } from "../../models/forecast-set.ts";
import { arbitraryBatch } from "../support/arbitrary-forecast.ts";

const BATCH: ForecastBatch = {
  target: "concurrency",
  entity: "user_app",
  issuedAtMs: 1000,
  availableAtMs: 1040,
  firstStepMs: 2000,
  stepMs: 500,
  steps: 3,
  ids: Uint32Array.of(7, 2),
  levelsPpm: Uint32Array.of(500_000, 1_000_000),
  values: Uint32Array.of(0, 0, 0, 4, 4, 0),
};

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("a batch is kept as runs of equal values, and comes out as it went in", () => {
  const stored = storeBatch(BATCH);
  assert.equal([...stored.runLengths], [3, 2, 1]);
  assert.equal([...stored.runValues], [0, 4, 0]);
  assert.equal(new ForecastSet([stored]).batch(0), BATCH);
  fc.assert(
    fc.property(arbitraryBatch(), (batch) => {
      const kept = storeBatch(batch);
      assert.equal(new ForecastSet([kept]).batch(0), batch);
      assert.ok(kept.runValues.every((value, i) => i === 0 || value !== kept.runValues[i - 1]));
      assert.ok(kept.runLengths.every((length) => length > 0));
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("a batch's digest is the SHA-256 of its canonical bytes, put together by hand", () => {
  const u32 = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => void bytes.writeUInt32LE(value, 4 * i));
    return bytes;
  };
  const bytes = Buffer.concat([
    Buffer.of(1, 1), // concurrency, user_app
    u32(1000, 0, 1040, 0, 2000, 0, 500, 0), // times: low word, high word
    u32(3), // steps
    u32(2, 7, 2), // each list behind its length
    u32(2, 500_000, 1_000_000),
    u32(3, 3, 2, 1),
    u32(3, 0, 4, 0),
  ]);
  assert.is(storeBatch(BATCH).digest, sha256(bytes));
});

test("every field counts in the digest", () => {
  const changed: readonly Partial<ForecastBatch>[] = [
    { target: "demand" },
    { entity: "app" },
    { issuedAtMs: 1001 },
    { availableAtMs: 1041 },
    { firstStepMs: 2001 },
    { stepMs: 501 },
    { steps: 4 },
    { ids: Uint32Array.of(7, 3) },
    { levelsPpm: Uint32Array.of(500_000, 1_000_001) },
    { values: Uint32Array.of(0, 0, 0, 4, 4, 1) },
    { values: Uint32Array.of(0, 0, 4, 4, 4, 0) },
    { values: Uint32Array.of(0, 0, 0, 4, 4) },
  ];
  const digests = [BATCH, ...changed.map((change) => ({ ...BATCH, ...change }))].map((batch) => storeBatch(batch).digest);
  assert.is(new Set(digests).size, changed.length + 1);
});

test("a set is named by its content: the digests of its batches, in order", () => {
  const one = storeBatch(BATCH);
  const other = storeBatch({ ...BATCH, issuedAtMs: 5, availableAtMs: 9 });
  const set = new ForecastSet([one, other]);
  assert.is(set.digest, sha256(one.digest + other.digest));
  assert.is(new ForecastSet([storeBatch({ ...BATCH }), other]).digest, set.digest);
  assert.is.not(new ForecastSet([other, one]).digest, set.digest);
  assert.is(set.count, 2);
  assert.is(set.availableAtMs(1), 9);
  assert.is(set.batchDigest(1), other.digest);
});

test("a batch that is not there is an error, not nothing", () => {
  const set = new ForecastSet([storeBatch(BATCH)]);
  for (const ask of [() => set.batch(1), () => set.availableAtMs(-1), () => set.batchDigest(2)]) {
    assert.throws(ask, (error: unknown) => error instanceof RangeError && /has 1 batches, not/.test(error.message));
  }
});

test.run();
