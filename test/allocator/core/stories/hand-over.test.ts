import { test } from "uvu";
import { story } from "../../../support/story.ts";

const POLICY = `policy {"warm":{"strategy":"ttl","ttl":"500ms"},"handOver":"on"}`;

test("a node drains: a replacement starts, the next requests go there once it is ready, and what runs on the old one ends on it", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100 concurrency 2
    ${POLICY}
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 drain n0 -> launch i1 of web for ana on n1 (hand_over)
    150 arrive r1 ana web -> bind i0 to r1 (warm_hit)        # the old one serves until the new one can
    160 end r1
    210 ready i1 -> timer at 710
    220 arrive r2 ana web -> bind i1 to r2 (warm_hit)        # from now on the new one
    300 end r0 -> stop i0 (hand_over)                        # it has run what it had
    300 stopped i0
    310 end r2
  `);
});

test("an idle instance is replaced too, and stops when its user's next requests have where to go", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100
    ${POLICY}
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 end r0 -> timer at 610
    120 drain n0 -> launch i1 of web for ana on n1 (hand_over)
    220 ready i1 -> stop i0 (hand_over)
    230 arrive r1 ana web -> bind i1 to r1 (warm_hit)
  `);
});

test("without room there is no replacement until a node comes; who waits comes first", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 100
    ${POLICY}
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 drain n0
    120 arrive r1 bob web -> queue r1 (no_fit)
    130 node n1 1 -> launch i1 of web for bob on n1, r1 waits for it
    140 node n2 1 -> launch i2 of web for ana on n2 (hand_over)
  `);
});

test("while somebody waits, room that is too small for that is not given to a replacement", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 100
    app lab slots 2
    ${POLICY}
    0 node n0 1
    0 node n1 2
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 bob web -> launch i1 of web for bob on n1, r1 waits for it
    100 ready i0
    100 ready i1
    105 arrive r2 bob lab asks 2 -> queue r2 (no_fit)
    110 drain n0                                             # one slot of n1 is free, but r2 waits for two
    120 cancel r2
    130 tick -> launch i2 of web for ana on n1 (hand_over)
  `);
});

test("a replacement that fails leaves all as it was; the next change of capacity tries again", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100
    ${POLICY}
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 drain n0 -> launch i1 of web for ana on n1 (hand_over)
    120 failed i1
    130 end r0 -> timer at 630
    140 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    150 tick                                                 # not so soon where it was just refused
    1150 tick -> launch i2 of web for ana on n1 (hand_over)
    1160 lost i0 -> bind i2 to r1 (late_join)                # the old one is gone early: the new one takes what it ran
    1250 ready i2
    1260 end r1
  `);
});

test("nobody is given a replacement that it does not want ahead, and a policy that does not say so gives none", () => {
  story(`
    tier standard 1
    app web start 100
    user ana standard never-ahead web
    ${POLICY}
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 drain n0
  `);
  story(`
    tier standard 1
    app web start 100
    user ana standard
    policy keep-alive:ttl=500ms
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 drain n0
  `);
});

test("what a forecast wants counts the replacement instead of the one that it replaces", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100
    policy {"feed":{"model":"clairvoyant","every":"1s","step":"1s","targets":["concurrency"]},"warm":{"strategy":"forecast","level":1},"handOver":"on"}
    0 node n0 1
    0 node n1 2
    0 forecast concurrency ana/web 1,0 step 1000 -> launch i0 of web for ana on n0 (forecast), timer at 1000
    100 ready i0
    110 drain n0 -> launch i1 of web for ana on n1 (hand_over)
    210 ready i1 -> stop i0 (hand_over)
    1000 timer -> stop i1 (surplus)
  `);
});

test.run();
