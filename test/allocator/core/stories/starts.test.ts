import { test } from "uvu";
import { story } from "../../../support/story.ts";

test("a warm hit: the instance waits for its user until its keep-alive ends", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100
    policy keep-alive:ttl=50ms
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    100 ready i0
    150 end r0 -> timer at 200
    180 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    190 end r1
    200 timer -> timer at 240           # used since: its time is later
    240 timer -> stop i0 (keep_alive_ended)
    240 stopped i0
    241 arrive r2 ana web -> launch i1 of web for ana, r2 waits for it
  `);
});

test("an arrival at the instant at which a keep-alive ends comes before the timer and is still served", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    policy keep-alive:ttl=50ms
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    10 end r0 -> timer at 60
    60 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    60 timer
    70 end r1 -> timer at 120
    120 timer -> stop i0 (keep_alive_ended)
  `);
});

test("a keep-alive of 0 lasts for the instant in which the request ends", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    policy keep-alive:ttl=0s
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    10 end r0 -> timer at 10
    10 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    10 timer
    20 end r1 -> timer at 20
    20 timer -> stop i0 (keep_alive_ended)
    20 arrive r2 ana web -> launch i1 of web for ana, r2 waits for it
  `);
});

test("without a warm rule an instance stops with its request", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    policy reactive
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    10 end r0 -> stop i0 (nothing_kept)
    10 arrive r1 ana web -> launch i1 of web for ana, r1 waits for it
    10 stopped i0
  `);
});

test("before any policy nothing is kept", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    10 end r0 -> stop i0 (nothing_kept)
  `);
});

test("of several idle instances the most recently used serves; the others grow old", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    policy keep-alive:ttl=100ms
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana, r1 waits for it
    0 ready i0
    0 ready i1
    10 end r1 -> timer at 110
    20 end r0
    30 arrive r2 ana web -> bind i0 to r2 (warm_hit)
    31 arrive r3 ana web -> bind i1 to r3 (warm_hit)
    40 end r2
    50 end r3
    60 arrive r4 ana web -> bind i1 to r4 (warm_hit)
    110 timer -> timer at 120           # i1 is in use
    120 timer -> timer at 140           # i0 was used until 40
    140 timer -> stop i0 (keep_alive_ended)
  `);
});

test("instances stay with their user", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    policy keep-alive:ttl=100ms
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    10 end r0 -> timer at 110
    20 arrive r1 bob web -> launch i1 of web for bob, r1 waits for it
    20 arrive r2 ana web -> bind i0 to r2 (warm_hit)
  `);
});

test("a shared app's idle instance changes hands", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web shared
    policy keep-alive:ttl=100ms
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    10 end r0 -> timer at 110
    20 arrive r1 bob web -> bind i0 to r1 (warm_hit)
  `);
});

test("an instance takes as many requests as its app says, starting or ready, and stops with the last", () => {
  story(`
    tier standard 1
    user ana standard
    app web concurrency 2 start 10
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    1 arrive r1 ana web -> bind i0 to r1 (late_join)
    2 arrive r2 ana web -> launch i1 of web for ana, r2 waits for it
    10 ready i0
    12 ready i1
    13 arrive r3 ana web -> bind i1 to r3 (warm_hit)
    20 end r0
    21 arrive r4 ana web -> bind i0 to r4 (warm_hit)
    30 end r1
    31 end r4 -> stop i0 (nothing_kept)
  `);
});

test("a shadow is bound when it is ready, joined while it starts, and launched in time before the step that needs it", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 20 shared
    policy clairvoyant
    pool cloud unlimited
    0 forecast concurrency web 1,2,0 step 100 from 100 -> timer at 80
    80 timer -> launch i0 of web as a shadow (forecast), timer at 180     # 100 − 20: ready for the first step
    100 ready i0
    110 arrive r0 ana web -> bind i0 to r0 (shadow_hit)
    150 end r0
    180 timer -> launch i1 of web as a shadow (forecast), timer at 300
    185 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    190 arrive r2 ana web -> bind i1 to r2 (late_join)
    200 ready i1
    250 end r1
    260 arrive r3 ana web -> bind i0 to r3 (warm_hit)
    300 timer                                                              # nothing more is needed, but both are in use
    310 end r3 -> stop i0 (surplus)
    320 end r2 -> stop i1 (surplus)
  `);
});

test("a forecast for a user's app prewarms for that user; idle surplus stops, least recently used first", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 20
    policy clairvoyant
    pool cloud unlimited
    0 forecast concurrency ana/web 3,3,1 step 100 -> launch i0 of web for ana (forecast), launch i1 of web for ana (forecast), launch i2 of web for ana (forecast), timer at 200
    20 ready i0
    20 ready i1
    20 ready i2
    30 arrive r0 bob web -> launch i3 of web for bob, r0 waits for it
    40 arrive r1 ana web -> bind i2 to r1 (warm_hit)
    50 end r1
    60 arrive r2 ana web -> bind i2 to r2 (warm_hit)
    70 end r2
    200 timer -> stop i0 (surplus), stop i1 (surplus), timer at 300
    300 timer -> stop i2 (surplus)
  `);
});

test("of instances that start, the one that is ready first is joined, as long as it has room", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100 concurrency 3
    policy clairvoyant
    pool cloud unlimited
    0 forecast concurrency ana/web 1,2 step 190 -> launch i0 of web for ana (forecast), timer at 90
    90 timer -> launch i1 of web for ana (forecast), timer at 380
    91 arrive r0 ana web -> bind i0 to r0 (late_join)
    92 arrive r1 ana web -> bind i0 to r1 (late_join)
    93 arrive r2 ana web -> bind i0 to r2 (late_join)
    94 arrive r3 ana web -> bind i1 to r3 (late_join)
  `);
});

test("a start-up longer than the lead is made up as far as it can be", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 150
    policy clairvoyant
    pool cloud unlimited
    0 forecast concurrency ana/web 0,1 step 100 -> launch i0 of web for ana (forecast), timer at 200
    100 arrive r0 ana web -> bind i0 to r0 (late_join)
    150 ready i0
    200 timer
    220 end r0 -> stop i0 (surplus)
  `);
});

test.run();
