import { test } from "uvu";
import { story } from "../../../support/story.ts";

const POLICY = JSON.stringify({
  controlEvery: "1m",
  feed: { model: "clairvoyant", every: "10m", step: "1m" },
  warm: { strategy: "joint", level: 1 },
});

test("a forecast that rises makes the instance larger, then has a second one started; one that falls takes both back", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4 concurrency 4
    pool cloud unlimited
    policy ${POLICY}
    0 forecast concurrency ana/web 1,2,2,4,4,6,6,6,5,3,1,1 step 60000 from 0 -> launch i0 of web for ana (joint), timer at 120000
    0 ready i0                                                          # nothing is known of its requests: as large as the app says
    50000 arrive r0 ana web -> bind i0 to r0 (warm_hit)
    60000 tick -> resize i0 to 2000m 2048MiB (joint)
    60000 resized i0 2
    70000 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    120000 timer -> timer at 240000
    120000 tick -> resize i0 to 4000m 4096MiB (joint)                   # four are expected in the next minute
    120000 resized i0 4
    190000 arrive r2 ana web -> bind i0 to r2 (warm_hit)
    191000 arrive r3 ana web -> bind i0 to r3 (warm_hit)
    240000 timer -> launch i1 of web at 2000m 2048MiB for ana (joint), timer at 480000   # six: two more than i0 may take
    240000 tick
    240500 ready i1
    300000 tick
    300500 arrive r4 ana web -> bind i1 to r4 (warm_hit)
    300600 arrive r5 ana web -> bind i1 to r5 (warm_hit)
    360000 tick
    480000 timer -> timer at 540000
    480000 tick
    485000 end r5
    486000 end r4
    540000 timer -> stop i1 (surplus), timer at 600000                  # three: one instance is enough
    540000 stopped i1
    540000 tick
    550000 end r0
    551000 end r1
    552000 end r2
    600000 timer -> timer at 720000
    600000 tick -> resize i0 to 1000m 1024MiB (joint)                   # one
    600000 resized i0 1
    600001 end r3
  `);
});

test("where a node has no room for a larger instance it stays as it is, and the next request has one of its own elsewhere", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web slots 4 concurrency 4
    app one
    policy ${POLICY}
    0 node n0 4
    0 node n1 4
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 forecast concurrency ana/web 1,1,2 step 60000 from 0 -> timer at 60000
    59000 tick -> resize i0 to 1000m 1024MiB (joint)
    59000 resized i0 1
    59001 arrive r1 bob one -> launch i1 of one for bob on n0, r1 waits for it
    59001 arrive r2 bob one -> launch i2 of one for bob on n0, r2 waits for it
    59001 arrive r3 bob one -> launch i3 of one for bob on n0, r3 waits for it
    60000 timer -> timer at 180000
    60000 tick                                                          # two are expected, and n0 is full
    60001 arrive r4 ana web -> launch i4 of web at 1000m 1024MiB for ana on n1, r4 waits for it
  `);
});

test("what asks for more than requests did makes its instance larger at once; from then on each may ask for as much", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4 concurrency 4
    pool cloud unlimited
    policy ${POLICY}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    1 forecast concurrency ana/web 2,2,2,2,3,3 step 60000 from 0 -> timer at 180000
    60000 tick -> resize i0 to 2000m 2048MiB (joint)
    60000 resized i0 2
    70000 arrive r1 ana web asks 2 -> resize i0 to 3000m 3072MiB (resized), bind i0 to r1 (warm_hit)
    70000 resized i0 3
    120000 tick -> resize i0 to 4000m 4096MiB (joint)                   # two of two slots
    120000 resized i0 4
    180000 timer -> launch i1 of web at 2000m 2048MiB for ana (joint), timer at 360000   # three of them are too many for one
  `);
});

test("what a request asked for counts until two control intervals in which others came are over", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4 concurrency 4
    pool cloud unlimited
    policy ${POLICY}
    0 arrive r0 ana web asks 2 -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    1 forecast concurrency ana/web 1 step 600000 from 0 -> timer at 600000
    60000 tick -> resize i0 to 2000m 2048MiB (joint)
    60000 resized i0 2
    61000 end r0
    62000 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    120000 tick
    121000 end r1
    180000 tick -> resize i0 to 1000m 1024MiB (joint)                   # nobody came in the last one: it is not counted
    180000 resized i0 1
    240000 tick
  `);
});

test("the instance that runs most is filled first", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4 concurrency 4
    pool cloud unlimited
    policy ${POLICY}
    0 forecast concurrency ana/web 6 step 600000 from 0 -> launch i0 of web for ana (joint), launch i1 of web for ana (joint), timer at 600000
    0 ready i0
    0 ready i1
    1 arrive r0 ana web -> bind i1 to r0 (warm_hit)
    60000 tick -> resize i0 to 2000m 2048MiB (joint)                    # i1 is to take four
    60000 resized i0 2
  `);
});

test("who waits for room for an instance of its app's shape has one as large as it asks as soon as a forecast speaks", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web slots 4 concurrency 4
    app one
    policy ${POLICY}
    0 node n0 4
    0 arrive r0 bob one -> launch i0 of one for bob on n0, r0 waits for it
    0 arrive r1 bob one -> launch i1 of one for bob on n0, r1 waits for it
    0 ready i0
    0 ready i1
    0 arrive r2 ana web -> queue r2 (no_fit)
    1 forecast concurrency ana/web 4 step 600000 from 0 -> launch i2 of web at 1000m 1024MiB for ana on n0, r2 waits for it, timer at 600000
    1 ready i2
    2 end r0 -> stop i0 (surplus)
    2 stopped i0
    3 end r1 -> stop i1 (surplus)
    3 stopped i1
    60000 tick -> resize i2 to 4000m 4096MiB (joint)
  `);
});

test("where no forecast speaks instances are as large as the app says, or as they are, and kept for the floor", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4 concurrency 4
    pool cloud unlimited
    policy ${JSON.stringify({ controlEvery: "1m", feed: { model: "nlinear", step: "1m" }, warm: { strategy: "joint", floor: "5m" } })}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    60000 tick
    70000 end r0 -> timer at 370000
    80000 forecast concurrency ana/web 1 step 60000 from 80000 -> no timer, timer at 140000
    120000 tick -> resize i0 to 1000m 1024MiB (joint)
    120000 resized i0 1
    140000 timer -> stop i0 (surplus), timer at 370000                  # none is expected any more
    140000 stopped i0
    200000 arrive r1 ana web -> launch i1 of web for ana, r1 waits for it
    200000 ready i1
    210000 end r1
  `);
});

test.run();
