import { test } from "uvu";
import { story } from "../../../support/story.ts";

/** Kept for 50 ms after use, then suspended for 100 ms. */
const POLICY = `policy {"warm":{"strategy":"ttl","ttl":"50ms","suspend":"100ms"}}`;

test("an instance is suspended when its keep-alive ends, resumed for its user, and stopped when nobody wants it", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100 resume 5
    ${POLICY}
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    100 ready i0
    110 end r0 -> timer at 160
    160 timer -> suspend i0 (keep_alive_ended)
    160 suspended i0 -> timer at 260
    200 arrive r1 ana web -> resume i0 (resume_hit), bind i0 to r1 (resume_hit)
    205 ready i0
    210 end r1
    260 timer -> suspend i0 (keep_alive_ended)     # 210 + 50
    260 suspended i0 -> timer at 360
    360 timer -> stop i0 (suspension_ended)
    360 stopped i0
    370 arrive r2 ana web -> launch i1 of web for ana, r2 waits for it
  `);
});

test("a suspended instance holds nothing: another takes its place, and its user starts cold elsewhere", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 100 resume 5
    ${POLICY}
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 end r0 -> timer at 160
    160 timer -> suspend i0 (keep_alive_ended)
    160 suspended i0 -> timer at 260
    170 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    180 node n1 1
    190 arrive r2 ana web -> launch i2 of web for ana on n1, r2 waits for it
    260 timer -> stop i0 (suspension_ended)
  `);
});

test("of several suspended ones the last that has room where it is resumes", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 100 resume 5
    ${POLICY}
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n1, r1 waits for it
    100 ready i0
    100 ready i1
    105 end r1 -> timer at 155
    115 end r0
    155 timer -> suspend i1 (keep_alive_ended), timer at 165
    155 suspended i1
    165 timer -> suspend i0 (keep_alive_ended), timer at 255
    165 suspended i0
    170 arrive r2 bob web -> launch i2 of web for bob on n0, r2 waits for it
    180 arrive r3 ana web -> resume i1 (resume_hit), bind i1 to r3 (resume_hit)    # i0, suspended last, has no room any more
  `);
});

test("while it is being suspended nobody gets it, and whoever waits for its room gets that", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 100 resume 5
    ${POLICY}
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 end r0 -> timer at 160
    160 timer -> suspend i0 (keep_alive_ended)
    161 arrive r1 ana web -> queue r1 (no_fit)
    162 suspended i0 -> resume i0 (resume_hit), bind i0 to r1 (resume_hit), timer at 262
  `);
});

test("what the world will not suspend stops; for what it will not resume there is a cold start elsewhere", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100 resume 5
    ${POLICY}
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    100 ready i0
    110 end r0 -> timer at 160
    160 timer -> suspend i0 (keep_alive_ended)
    160 failed i0 unsupported -> stop i0 (refused)
    160 failed i0 unsupported                      # told twice
    160 stopped i0
    170 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    270 ready i1
    280 end r1 -> timer at 330
    330 timer -> suspend i1 (keep_alive_ended)
    330 suspended i1 -> timer at 430
    340 arrive r2 ana web -> resume i1 (resume_hit), bind i1 to r2 (resume_hit)
    341 failed i1 no_capacity -> stop i1 (refused), launch i2 of web for ana on n0, r2 waits for it
  `);
});

test("what a forecast wants is resumed before it is launched, for its user as for a shared app", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100 resume 5
    app api start 100 resume 5 shared
    policy {"feed":{"model":"clairvoyant","every":"1s","step":"100ms","targets":["concurrency"]},"warm":{"strategy":"forecast","level":1,"suspend":"1s"}}
    pool cloud unlimited
    0 forecast concurrency ana/web 1,0,0,2 step 100 -> launch i0 of web for ana (forecast), timer at 100
    90 ready i0
    100 timer -> suspend i0 (surplus), timer at 200
    100 suspended i0
    200 timer -> resume i0 (forecast), launch i1 of web for ana (forecast), timer at 400
    205 ready i0
    500 arrive r0 ana api -> launch i2 of api for ana, r0 waits for it
    600 ready i2
    610 end r0 -> suspend i2 (surplus)
    610 suspended i2
    620 forecast concurrency api 1 step 100 -> resume i2 (forecast)
    621 arrive r1 ana api -> bind i2 to r1 (late_join)
  `);
});

test("shadows, and what is on a node that drains, stop", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100 resume 5 shared
    policy {"feed":{"model":"clairvoyant","every":"1s","step":"100ms","targets":["concurrency"]},"warm":{"strategy":"forecast","level":1,"suspend":"1s"}}
    0 node n0 1
    0 forecast concurrency web 1,0 step 100 -> launch i0 of web as a shadow on n0 (forecast), timer at 100
    90 ready i0
    100 timer -> stop i0 (surplus)
    100 stopped i0
    110 arrive r0 ana web -> launch i1 of web for ana on n0, r0 waits for it
    210 ready i1
    220 drain n0
    230 end r0 -> stop i1 (surplus)
  `);
});

test.run();
