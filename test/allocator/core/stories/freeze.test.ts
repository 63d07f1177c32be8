import { test } from "uvu";
import { story } from "../../../support/story.ts";

test("while it is frozen, what is idle is kept past its time, and serves; then its time begins anew", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100
    policy keep-alive:ttl=50ms
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    100 ready i0
    110 end r0 -> timer at 160
    120 freeze
    160 timer                                   # its time is over
    170 arrive r1 ana web -> bind i0 to r1 (warm_hit)
    180 end r1
    900 thaw -> timer at 950
    950 timer -> stop i0 (keep_alive_ended)
  `);
});

test("what is suspended stays so, and stops once the time is over and it is no longer frozen", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100 resume 5
    policy {"warm":{"strategy":"ttl","ttl":"50ms","suspend":"100ms"}}
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    100 ready i0
    110 end r0 -> timer at 160
    160 timer -> suspend i0 (keep_alive_ended)
    160 suspended i0 -> timer at 260
    200 freeze
    260 timer
    400 thaw -> timer at 400
    400 timer -> stop i0 (suspension_ended)
  `);
});

test("reservations stay as they are, whatever is demanded; then they follow again", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 1
    policy {"controlEvery":"1s","reserve":{"strategy":"last-value","margin":1},"guard":{"atOnce":"on"},"warm":{"strategy":"none"}}
    0 node n0 4
    0 usage ana 1 -> reserve 1 for ana (demand_above, reactive)
    10 freeze
    20 usage ana 3
    1000 tick
    1001 usage ana 2
    2000 tick
    2500 thaw
    2600 usage ana 2 -> reserve 2 for ana (demand_above, reactive)
  `);
});

test("requests are served cold, and nobody is preempted or started ahead", () => {
  story(`
    tier top 2 preempts
    tier low 1
    user ana top
    user bob low
    app web start 100
    policy {"warm":{"strategy":"warm-pool","spare":1},"admit":{"preempt":"on","grace":"0s","budget":60,"protect":"1ms"}}
    0 node n0 2
    5 freeze
    10 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    11 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    200 ready i0
    200 ready i1
    300 arrive r2 ana web -> queue r2 (no_fit)
    400 thaw -> preempt r1 on i1, stop i1 (preempted)
    401 stopped i1 -> launch i2 of web for ana on n0, r2 waits for it
  `);
});

test("pools keep their nodes", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool spare elastic 4 max 2
    policy {"pool":{"strategy":"cluster-autoscaler","unneeded":"30s","delayAfterAdd":"20s"}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    5 freeze
    10000 timer -> timer at 20000
    15000 thaw
    20000 timer -> resize spare to 1 (pool_pending), timer at 30000
  `);
});

test.run();
