import { test } from "uvu";
import * as assert from "uvu/assert";
import { dominantShare } from "../../../../allocator/core/admit/dominant-share.ts";
import { NO_RESOURCES, type Resources } from "../../../../allocator/core/resources.ts";

const of = (cpuMillis: number, memoryMiB: number): Resources => ({ ...NO_RESOURCES, cpuMillis, memoryMiB });

test("a dominant share is the largest share of any resource, not their sum", () => {
  // Ghodsi et al., figure 3: of 9 CPUs and 18 GB, A's three tasks hold 3 and 12, B's two hold 6 and 2.
  assert.is(dominantShare(of(3, 12), of(9, 18)), 12 / 18);
  assert.is(dominantShare(of(6, 2), of(9, 18)), 6 / 9);
});

test("what there is none of is nobody's share, and without limit everything is", () => {
  assert.is(dominantShare(of(4, 4), of(0, 16)), 0.25);
  assert.is(dominantShare(of(4, 4), NO_RESOURCES), 0);
  assert.is(dominantShare(of(4, 4), null), 0);
});

test.run();
