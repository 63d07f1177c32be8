import { test } from "uvu";
import { story } from "../../../support/story.ts";

// With seed 2 ben is of every share from 10 % on, cara from 50 % on, ana from 70 % on.

test("a candidate decides for its share of the users alone; the others stay with the policy in force", () => {
  story(`
    tier standard 1
    user ana standard
    user ben standard
    app web start 100
    policy keep-alive:ttl=50ms
    pool cloud unlimited
    5 canary 0.1 keep-alive:ttl=10ms seed 2
    10 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    10 arrive r1 ben web -> launch i1 of web for ben, r1 waits for it
    110 ready i0
    110 ready i1
    120 end r0 -> timer at 170
    120 end r1 -> no timer, timer at 130
    130 timer -> stop i1 (keep_alive_ended), timer at 170
    170 timer -> stop i0 (keep_alive_ended)
  `);
});

test("a larger share takes users over at once, the first ones stay; rolled back, all are as before", () => {
  story(`
    tier standard 1
    user ana standard
    user ben standard
    user cara standard
    app web start 100
    policy keep-alive:ttl=500ms
    pool cloud unlimited
    0 canary 0.1 keep-alive:ttl=40ms seed 2
    10 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    10 arrive r1 ben web -> launch i1 of web for ben, r1 waits for it
    10 arrive r2 cara web -> launch i2 of web for cara, r2 waits for it
    110 ready i0
    110 ready i1
    110 ready i2
    120 end r0 -> timer at 620
    120 end r2
    120 end r1 -> no timer, timer at 160
    130 canary 0.5 keep-alive:ttl=40ms seed 2           # cara too, from now on; nothing new for ben
    160 timer -> stop i1 (keep_alive_ended), timer at 170
    165 roll-back                                       # cara's idle time begins anew
    170 timer -> timer at 620
    620 timer -> stop i0 (keep_alive_ended), timer at 665
    665 timer -> stop i2 (keep_alive_ended)
  `);
});

test("what is nobody's own stays with the policy in force until the candidate decides for all", () => {
  story(`
    tier standard 1
    user ben standard
    app web start 100 shared
    policy keep-alive:ttl=50ms
    pool cloud unlimited
    0 canary 0.1 keep-alive:ttl=10ms seed 2
    10 arrive r0 ben web -> launch i0 of web for ben, r0 waits for it
    110 ready i0
    120 end r0 -> timer at 170
    130 full -> no timer, timer at 140
    140 timer -> stop i0 (keep_alive_ended), timer at 170
    170 timer
  `);
});

test("both learn from everybody: taken over or rolled back, a user is not unknown", () => {
  story(`
    tier standard 1
    user ana standard
    user ben standard
    app web
    policy {"controlEvery":"10ms","reserve":{"strategy":"moving-quantile","window":"30ms","level":0.99},"warm":{"strategy":"none"}}
    pool cloud unlimited
    1 usage ana 4
    1 usage ben 4
    5 canary 0.1 reactive:margin=1,every=10ms seed 2
    10 tick -> reserve 4 for ana (moving_quantile), reserve 4 for ben (last_value)
    11 usage ana 1
    11 usage ben 1
    20 tick -> reserve 1 for ben (last_value)
    25 roll-back
    26 usage ana 1
    26 usage ben 1
    30 tick -> reserve 4 for ben (moving_quantile)      # of what was used while the candidate decided
  `);
});

test("the candidate's guard bounds its own users alone", () => {
  story(`
    tier standard 1
    user ana standard
    user ben standard
    app web
    policy {"controlEvery":"10ms","reserve":{"strategy":"last-value","margin":1},"warm":{"strategy":"none"}}
    pool cloud unlimited
    0 canary 0.1 {"controlEvery":"10ms","reserve":{"strategy":"last-value","margin":1},"guard":{"max":{"cpuMillis":2000,"memoryMiB":2048,"gpuMillis":2000,"networkKbps":2000}},"warm":{"strategy":"none"}} seed 2
    1 usage ana 4
    1 usage ben 4
    10 tick -> reserve 4 for ana (last_value), reserve 2 for ben (last_value, maximum)
  `);
});

test.run();
