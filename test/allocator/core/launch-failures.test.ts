import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../allocator/core/bytes.ts";
import type { AppId, NodeId, UserId } from "../../../allocator/core/ids.ts";
import { LaunchFailures } from "../../../allocator/core/launch-failures.ts";

const APP = 0 as AppId;
const HALF_AN_HOUR = 1_800_000;

/** The rule once more: the last failures of an owner without a success between them, none half an hour after the one before. */
function isGivenUp(told: readonly Told[], owner: UserId | null, nowMs: number): boolean {
  let count = 0;
  let lastMs = nowMs;
  for (const { of, isReady, atMs } of [...told].reverse()) {
    if (of !== owner) continue;
    if (isReady || lastMs - atMs >= HALF_AN_HOUR) break;
    lastMs = atMs;
    count += 1;
  }
  return count >= 6;
}

interface Told {
  readonly of: UserId | null;
  readonly isReady: boolean;
  readonly atMs: number;
}

test("an owner is given up after six failures in a row, until a success or half an hour: whatever happens to others", () => {
  const step = fc.record({
    of: fc.constantFrom(null, 0 as UserId, 1 as UserId),
    isReady: fc.integer({ max: 9, min: 0 }).map((die) => die === 1),
    afterMs: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 0, max: 60_000 }) },
      { weight: 1, arbitrary: fc.constantFrom(HALF_AN_HOUR - 1, HALF_AN_HOUR) },
    ),
    node: fc.constantFrom(null, 0 as NodeId, 1 as NodeId),
  });
  let seen = 0;
  const property = fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
    let failures = new LaunchFailures();
    const told: Told[] = [];
    let nowMs = 0;
    for (const { of, isReady, afterMs, node } of steps) {
      nowMs += afterMs;
      if (isReady) failures.succeeded(APP, of, node);
      else failures.failed(APP, of, node, nowMs);
      told.push({ of, isReady, atMs: nowMs });
      const out = new ByteWriter();
      failures.write(out);
      failures = LaunchFailures.read(new ByteReader(out.written()));
      const owners = [null, 0 as UserId, 1 as UserId];
      const given = owners.filter((owner) => isGivenUp(told, owner, nowMs));
      assert.equal(
        owners.filter((owner) => failures.isGivenUp(APP, owner, nowMs)),
        given,
      );
      assert.is(failures.givenUp(nowMs), given.length);
      seen += given.length;
    }
  });
  fc.assert(property, { seed: 7, numRuns: 300 });
  assert.ok(seen > 100, `${seen} seen`);
});

test("who is given up is tried every five minutes, one launch at a time; its success ends that at once", () => {
  const failures = new LaunchFailures();
  for (let i = 0; i < 6; i += 1) failures.failed(APP, 0 as UserId, null, 600_000 * i);
  const lastMs = 3_000_000;
  assert.is(failures.isPaused(APP, 0 as UserId, lastMs + 299_999), true);
  assert.is(failures.nextMs(APP, 0 as UserId, lastMs), lastMs + 300_000);
  assert.is(failures.isPaused(APP, 0 as UserId, lastMs + 300_000), false);
  failures.tried(APP, 0 as UserId, lastMs + 300_000);
  assert.is(failures.nextMs(APP, 0 as UserId, lastMs + 300_000), lastMs + 600_000);
  failures.succeeded(APP, 0 as UserId, null);
  assert.is(failures.nextMs(APP, 0 as UserId, lastMs + 300_001), null);
});

test.run();
