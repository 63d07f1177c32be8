import { test } from "uvu";
import { story } from "../../../support/story.ts";

test("nothing is started ahead for who does not want it, nor for who may not run it; the others get theirs", () => {
  story(`
    tier standard 1
    app web start 20
    app api start 20
    user ana standard never-ahead web
    user bob standard may api
    user cem standard
    policy clairvoyant
    pool cloud unlimited
    0 forecast concurrency ana/web 1,0 step 100 -> timer at 100                 # ana does not want it
    0 forecast concurrency bob/web 1,0 step 100                                 # bob may not have it
    0 forecast concurrency cem/web 1,0 step 100 -> launch i0 of web for cem (forecast)
    0 forecast concurrency ana/api 1,0 step 100 -> launch i1 of api for ana (forecast)   # her wish was about web alone
    20 ready i0
    20 ready i1
    30 arrive r0 ana web -> launch i2 of web for ana, r0 waits for it           # a cold start, as she chose
    31 arrive r1 bob web -> reject r1 (not_permitted)
    100 timer -> stop i0 (surplus), stop i1 (surplus)
  `);
});

test("what a user with an instance of its own does not want ahead is still kept after use, as the policy says", () => {
  story(`
    tier standard 1
    app web start 20
    user ana standard never-ahead web
    policy keep-alive:ttl=50ms
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    20 ready i0
    30 end r0 -> timer at 80
    40 arrive r1 ana web -> bind i0 to r1 (warm_hit)
  `);
});

test("shadows of an app are started while anyone may be who comes for one, and bound to whoever does", () => {
  story(`
    tier standard 1
    app web start 20 shared
    app lab start 20 shared
    user ana standard never-ahead web,lab
    user bob standard may web
    policy clairvoyant
    pool cloud unlimited
    0 forecast concurrency lab 1,0 step 100 -> timer at 100                     # ana does not want it, bob may not
    0 forecast concurrency web 1,0 step 100 -> launch i0 of web as a shadow (forecast)
    20 ready i0
    30 arrive r0 bob lab -> reject r0 (not_permitted)
    40 arrive r1 ana web -> bind i0 to r1 (shadow_hit)                          # started for others; it is there
  `);
});

test("a user's part of a shared app's forecast counts only if it may be started for that user", () => {
  story(`
    tier standard 1
    app web start 20 shared
    user ana standard never-ahead web
    user bob standard
    policy clairvoyant
    pool cloud unlimited
    0 forecast concurrency ana/web 2,0 step 100
    0 forecast concurrency bob/web 1,0 step 100 -> launch i0 of web as a shadow (forecast), timer at 100
  `);
});

test("where the slot replicas says how many there are, who was refused has none", () => {
  story(`
    tier standard 1
    app web start 20
    app api start 20
    user ana standard may api
    policy hpa
    pool cloud unlimited
    0 arrive r0 ana web -> reject r0 (not_permitted)
    1 arrive r1 ana api -> launch i0 of api for ana, r1 waits for it
  `);
});

test.run();
