import { test } from "uvu";
import { story } from "../../../support/story.ts";

test("a reservation removes queueing: its user starts at once where others wait", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}}
    0 node n0 2
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    500 end r0 -> stop i0 (nothing_kept)
    500 stopped i0
    1000 tick -> reserve 1 for ana (last_value)
    1100 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    1200 arrive r2 bob web -> queue r2 (no_fit)         # the free slot is ana's
    1300 arrive r3 ana web -> launch i2 of web for ana on n0, r3 waits for it
    1400 ready i2
    1500 end r3 -> stop i2 (nothing_kept)
    1500 stopped i2
    2000 tick -> reserve 1 for bob (last_value, capacity)
    3000 tick -> release ana (last_value), reserve 2 for bob (last_value), launch i3 of web for bob on n0, r2 waits for it
  `);
});

test("reservations rise by priority, as far as capacity can back them, and again when it can", () => {
  story(`
    tier low 1
    tier high 2
    user ana low
    user bob high
    app web
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}}
    0 node n0 3
    100 usage ana 2
    200 usage bob 2
    1000 tick -> reserve 2 for bob (last_value), reserve 1 for ana (last_value, capacity)
    1100 usage ana 2
    1200 usage bob 0
    2000 tick -> release bob (last_value), reserve 2 for ana (last_value)
    2100 usage ana 0
    3000 tick -> release ana (last_value)
    4000 tick
  `);
});

test("of a measured user that is silent nothing is known: what it holds stays", () => {
  story(`
    tier standard 1
    user ana standard
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}}
    0 node n0 3
    1000 usage ana 2
    1000 tick -> reserve 2 for ana (last_value)
    3000 tick
    3500 usage ana 1
    4000 tick -> reserve 1 for ana (last_value)
  `);
});

test("a reserved instance is not evicted, though another of the same user's is", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    app large slots 2
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 0.5}, "warm": {"strategy": "ttl", "ttl": "10m"}}
    0 node n0 2
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    100 end r0 -> timer at 600100
    200 end r1
    1000 tick -> reserve 1 for ana (last_value)
    1100 arrive r2 bob large -> queue r2 (no_fit)       # both would have to go, and one is reserved
    1200 arrive r3 bob web -> stop i0 (evicted), queue r3 (no_fit)
    1200 stopped i0 -> launch i2 of web for bob on n0, r3 waits for it
    1300 arrive r4 bob web -> queue r4 (no_fit)
    2000 tick -> release ana (last_value), reserve 1 for bob (last_value, capacity), stop i1 (evicted)
  `);
});

test("a reserved instance is not evicted even where its user's reservation would be backed elsewhere", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    app large slots 2
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 0.5}, "warm": {"strategy": "ttl", "ttl": "10m"}}
    0 node n0 2
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    100 end r0 -> timer at 600100
    200 end r1
    1000 tick -> reserve 1 for ana (last_value)
    1100 arrive r2 bob large -> queue r2 (no_fit)
  `);
});

test("nobody is evicted for a request that another's reservation would still keep out", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    user cem standard
    app web
    app large slots 2
    policy {"controlEvery": "1s", "reserve": {"strategy": "forecast"}, "warm": {"strategy": "ttl", "ttl": "10m"}, "feed": {"targets": ["demand"]}}
    0 node n0 2
    0 forecast demand cem 1 step 1000000
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    100 end r0 -> timer at 600100
    1000 tick -> reserve 1 for cem (forecast, fresh)
    1100 arrive r1 ana large -> queue r1 (no_fit)
    1200 arrive r2 ana web -> stop i0 (evicted), queue r2 (no_fit)
  `);
});

test("what a reservation covers makes room for its own user", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    app api
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}, "warm": {"strategy": "ttl", "ttl": "10m"}}
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    100 end r0 -> timer at 600100
    1000 tick -> reserve 1 for ana (last_value)
    1100 arrive r1 ana api -> stop i0 (evicted), queue r1 (no_fit)
    1100 stopped i0 -> launch i1 of api for ana on n0, r1 waits for it
  `);
});

test("a shared instance that a reservation covers stays; an older one changes hands", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    user cem standard
    app web shared
    policy {"controlEvery": "1s", "reserve": {"strategy": "forecast"}, "warm": {"strategy": "ttl", "ttl": "10m"}, "feed": {"targets": ["demand"]}}
    0 node n0 2
    0 forecast demand ana 1 step 1000000
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    100 end r0 -> timer at 600100
    200 end r1
    1000 tick -> reserve 1 for ana (forecast, fresh)
    1100 arrive r2 cem web -> bind i0 to r2 (warm_hit)
    1200 arrive r3 cem web -> queue r3 (no_fit)
    1300 arrive r4 ana web -> bind i1 to r4 (warm_hit)
  `);
});

test("what a reservation lets start has room for others who wait, where the app is shared", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web shared concurrency 3
    app api
    policy {"controlEvery": "1s", "reserve": {"strategy": "forecast"}, "feed": {"targets": ["demand"]}}
    0 node n0 2
    0 forecast demand ana 1 step 1000000
    1000 tick -> reserve 1 for ana (forecast, fresh)
    1100 arrive r0 bob api -> launch i0 of api for bob on n0, r0 waits for it
    1200 arrive r1 bob web -> queue r1 (no_fit)
    1300 arrive r2 ana web -> launch i1 of web for ana on n0, r2 waits for it, bind i1 to r1 (late_join)
  `);
});

test("and so for those ahead in the queue whom the reservation kept out", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web shared concurrency 3
    app api
    policy {"controlEvery": "1s", "reserve": {"strategy": "forecast"}, "feed": {"targets": ["demand"]}}
    0 node n0 2
    0 forecast demand ana 1 step 1000000
    1000 tick -> reserve 1 for ana (forecast, fresh)
    1100 arrive r0 bob api -> launch i0 of api for bob on n0, r0 waits for it
    1200 arrive r1 ana api -> launch i1 of api for ana on n0, r1 waits for it
    1200 ready i1
    1300 arrive r2 bob web -> queue r2 (no_fit)
    1400 arrive r3 ana web -> queue r3 (no_fit)
    1500 end r1 -> stop i1 (evicted)
    1500 stopped i1 -> launch i2 of web for ana on n0, r3 waits for it, bind i2 to r2 (late_join)
  `);
});

test("a forecast reserves at the tick whose lead window reaches the demand, and lets go when it has passed", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    policy {"controlEvery": "1s", "reserve": {"strategy": "forecast", "lead": "1s"}, "feed": {"targets": ["demand"]}}
    0 node n0 4
    0 forecast demand ana 0,0,3,1,0 step 1000
    0 tick
    1000 tick
    1001 tick -> reserve 3 for ana (forecast, fresh)
    2500 tick
    3000 tick -> reserve 1 for ana (forecast, fresh)
    4000 tick -> release ana (forecast, fresh)
    5000 tick
    6000 forecast demand ana 2 step 1000
    6000 tick -> reserve 2 for ana (forecast, fresh)
    7000 tick -> release ana (forecast)
  `);
});

test("a new policy speaks for what is idle and reserved", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}, "warm": {"strategy": "ttl", "ttl": "10m"}}
    0 node n0 2
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    100 end r0 -> timer at 600100
    1000 tick -> reserve 1 for ana (last_value)
    policy keep-alive:ttl=1s -> release ana (nothing_kept), no timer, timer at 2000
    2000 timer -> stop i0 (keep_alive_ended), timer at 600100
  `);
});

test.run();
