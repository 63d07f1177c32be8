import { test } from "uvu";
import { story } from "../../../support/story.ts";

const BOUNDED = `policy ${JSON.stringify({ admit: { starvation: "100ms" } })}`;

test("who starves has what becomes free kept for it, however small the rest is", () => {
  story(`
    tier batch 0
    tier standard 1
    user ana standard
    user bob batch
    user cem standard
    app small
    app large slots 2
    ${BOUNDED}
    0 node n0 2
    0 arrive s1 ana small -> launch i0 of small for ana on n0, s1 waits for it
    0 arrive s2 ana small -> launch i1 of small for ana on n0, s2 waits for it
    0 ready i0
    0 ready i1
    10 arrive b1 bob large -> queue b1 (no_fit), timer at 110
    20 end s1 -> stop i0 (nothing_kept)
    20 stopped i0
    30 arrive s3 cem small -> launch i2 of small for cem on n0, s3 waits for it   # not yet
    30 ready i2
    110 timer
    120 end s3 -> stop i2 (nothing_kept)
    120 stopped i2
    130 arrive s4 cem small -> queue s4 (no_fit), timer at 230                    # there is room, but not for it
    140 end s2 -> stop i1 (evicted)
    140 stopped i1 -> launch i3 of large for bob on n0, b1 waits for it
    140 ready i3
    150 end b1 -> stop i3 (evicted)
    150 stopped i3 -> launch i4 of small for cem on n0, s4 waits for it
  `);
});

test("when it is cancelled, what was kept for it is for all again", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app small
    app large slots 2
    ${BOUNDED}
    0 node n0 2
    0 arrive s1 ana small -> launch i0 of small for ana on n0, s1 waits for it
    10 arrive b1 bob large -> queue b1 (no_fit), timer at 110
    110 timer
    120 arrive s2 ana small -> queue s2 (no_fit), timer at 220
    130 cancel b1 -> launch i1 of small for ana on n0, s2 waits for it
  `);
});

test("who starves comes before a higher priority, but not before tiers that may preempt", () => {
  story(`
    tier batch 0
    tier standard 1
    tier premium 2 preempts
    user ana standard
    user bob batch
    user pia premium
    app web
    ${BOUNDED}
    0 node n0 1
    0 arrive a1 ana web -> launch i0 of web for ana on n0, a1 waits for it
    0 ready i0
    10 arrive b1 bob web -> queue b1 (no_fit), timer at 110
    20 arrive a2 ana web -> queue a2 (no_fit)
    30 arrive p1 pia web -> queue p1 (no_fit)
    110 timer -> timer at 120
    111 end a1 -> stop i0 (evicted)
    111 stopped i0 -> launch i1 of web for pia on n0, p1 waits for it
    111 ready i1
    115 end p1 -> stop i1 (evicted)
    115 stopped i1 -> launch i2 of web for bob on n0, b1 waits for it
  `);
});

test.run();
