import { test } from "uvu";
import * as assert from "uvu/assert";
import { indivisible, isInShare, nameHash } from "../../../allocator/core/rollout.ts";
import { policyFromText } from "../../../allocator/policy-text.ts";

const NAMES = Array.from({ length: 20_000 }, (_, i) => `user-${i}`);
const inShare = (share: number, seed: number) =>
  NAMES.filter((name) => isInShare({ sharePpm: share * 1_000_000, seed }, nameHash(name)));

test("a share is of about that size, and the same names every time", () => {
  for (const share of [0.01, 0.1, 0.5]) {
    const { length } = inShare(share, 7);
    const spread = Math.sqrt(NAMES.length * share * (1 - share));
    assert.ok(Math.abs(length - NAMES.length * share) < 4 * spread, `${length} of ${NAMES.length} at ${share}`);
  }
  assert.equal(inShare(0.1, 7), inShare(0.1, 7));
  assert.equal([inShare(0, 7).length, inShare(1, 7).length], [0, NAMES.length]);
});

test("who is in a share is in every larger one; another seed draws others", () => {
  const larger = new Set(inShare(0.25, 7));
  for (const name of inShare(0.1, 7)) assert.ok(larger.has(name), name);
  const other = new Set(inShare(0.1, 8));
  const both = inShare(0.1, 7).filter((name) => other.has(name)).length;
  assert.ok(both < 0.02 * NAMES.length, `${both} in both`);
});

test("what is decided for the fleet as a whole cannot be tried on a share", () => {
  const slots = (inForce: string, candidate: string) => indivisible(policyFromText(inForce), policyFromText(candidate));
  assert.equal(slots("keep-alive:ttl=10m", "hybrid-histogram"), []);
  assert.equal(slots("keep-alive", "reactive:margin=1.2"), []);
  assert.equal(slots("keep-alive", "hpa"), ["replicas", "warm"]);
  assert.equal(slots("keep-alive", "drf"), ["admit"]);
  assert.equal(slots("warm-pool", "keep-alive"), ["warm"]);
  assert.equal(slots("warm-pool", "warm-pool"), []);
  assert.equal(slots("reactive:every=5m", "reactive:every=1m"), ["controlEvery"]);
});

test.run();
