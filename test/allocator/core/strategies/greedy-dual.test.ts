import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../../../allocator/policy-document.ts";
import { policyFromText } from "../../../../allocator/policy-text.ts";
import { story } from "../../../support/story.ts";

test("how it is written", () => {
  assert.equal(policyFromText("greedy-dual").warm, { strategy: "greedy-dual", ttlMs: 600_000 });
  assert.equal(policyFromText("greedy-dual:ttl=none").warm, { strategy: "greedy-dual", ttlMs: null });
  assert.throws(() => policyFromText("greedy-dual:ttl=soon"), "warm.ttl");
  assert.throws(() => policyFromDocument({ warm: { strategy: "greedy-dual", level: 1 } }), "warm.level");
});

/** By equation 1 of the paper; a slot has 1024 MiB, so priorities are in 1024ths here. */
test("what is cheap to start again goes first; the clock is what went last, and what is not used any more falls behind it", () => {
  story(`
    tier standard 1
    user ana standard
    app a start 1000
    app b start 100
    app c start 150
    app d start 800
    app e start 10
    policy greedy-dual:ttl=none
    0 node n0 2
    0 arrive r0 ana a -> launch i0 of a for ana on n0, r0 waits for it    # a: 1000
    0 ready i0
    1 end r0
    2 arrive r1 ana b -> launch i1 of b for ana on n0, r1 waits for it    # b: 100
    2 ready i1
    3 end r1
    4 arrive r2 ana c -> stop i1 (evicted), queue r2 (no_fit)             # b, though a was used before it; the clock is 100
    4 stopped i1 -> launch i2 of c for ana on n0, r2 waits for it         # c: 100 + 150
    4 ready i2
    5 end r2
    6 arrive r3 ana d -> stop i2 (evicted), queue r3 (no_fit)             # the clock is 250
    6 stopped i2 -> launch i3 of d for ana on n0, r3 waits for it         # d: 250 + 800
    6 ready i3
    7 end r3
    8 arrive r4 ana e -> stop i0 (evicted), queue r4 (no_fit)             # a is more to start, but 1000 is less than 1050
    8 stopped i0 -> launch i4 of e for ana on n0, r4 waits for it
  `);
});

test("uses count, those of all instances of the group that are there, and those of none that is gone", () => {
  story(`
    tier standard 1
    user ana standard
    app a start 100
    app b start 250
    app c start 1
    policy greedy-dual:ttl=none
    0 node n0 3
    0 arrive r0 ana a -> launch i0 of a for ana on n0, r0 waits for it
    0 arrive r1 ana a -> launch i1 of a for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    1 end r0
    1 end r1
    2 arrive r2 ana a -> bind i1 to r2 (warm_hit)                         # a: 3 × 100
    3 end r2
    4 arrive r3 ana b -> launch i2 of b for ana on n0, r3 waits for it    # b: 250
    4 ready i2
    5 end r3
    6 arrive r4 ana c -> stop i2 (evicted), queue r4 (no_fit)             # the clock is 250
    6 stopped i2 -> launch i3 of c for ana on n0, r4 waits for it
    6 ready i3
    7 lost i1                                                             # two uses of three are gone
    7 arrive r5 ana a -> bind i0 to r5 (warm_hit)                         # a: 250 + 2 × 100
    8 end r5
    8 end r4
    9 arrive r6 ana b -> launch i4 of b for ana on n0, r6 waits for it    # b: 250 + 1 × 250: the use before is forgotten
    9 ready i4
    9 end r6
    10 arrive r7 ana c -> bind i3 to r7 (warm_hit)
    11 arrive r8 ana c -> stop i0 (evicted), queue r8 (no_fit)            # 450 before 500
  `);
});

test("size counts, and a higher tier keeps its own, whatever the priorities", () => {
  story(`
    tier low 1
    tier high 2
    user ana high
    user bob low
    app small start 100
    app large start 150 slots 2
    app other start 1000
    policy greedy-dual:ttl=none
    0 node n0 4
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it      # 100
    0 arrive r1 bob small -> launch i1 of small for bob on n0, r1 waits for it      # 100
    0 arrive r2 bob large -> launch i2 of large for bob on n0, r2 waits for it      # 150 ⁄ 2
    0 ready i0
    0 ready i1
    0 ready i2
    1 end r0
    1 end r1
    1 end r2
    2 arrive r3 ana large -> stop i2 (evicted), queue r3 (no_fit)                   # the two others together would do, too
    2 stopped i2 -> launch i3 of large for ana on n0, r3 waits for it
    2 ready i3
    3 arrive r4 bob small -> bind i1 to r4 (warm_hit)
    4 end r4                                                                        # 75 + 200; ana's small one has 100
    4 end r3
    5 arrive r5 ana other -> stop i1 (evicted), queue r5 (no_fit)
    5 stopped i1 -> launch i4 of other for ana on n0, r5 waits for it
  `);
});

test("after its time without use it stops anyway", () => {
  story(`
    tier standard 1
    user ana standard
    app a start 100
    policy greedy-dual:ttl=50ms
    0 node n0 1
    0 arrive r0 ana a -> launch i0 of a for ana on n0, r0 waits for it
    100 ready i0
    110 end r0 -> timer at 160
    160 timer -> stop i0 (keep_alive_ended)
  `);
});

test.run();
