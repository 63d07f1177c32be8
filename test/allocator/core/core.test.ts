import { test } from "uvu";
import { story } from "../../support/story.ts";

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

test("finite capacity: the queue is tried by priority, then arrival; what does not fit is passed over", () => {
  story(`
    tier low 1
    tier high 2
    user ana low
    user bob high
    app small
    app large slots 2
    0 node n0 2
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    0 arrive r1 ana small -> launch i1 of small for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    1 arrive r2 ana small -> queue r2 (no_fit)
    2 arrive r3 bob large -> queue r3 (no_fit)
    3 arrive r4 bob small -> queue r4 (no_fit)
    4 arrive r5 ana small -> queue r5 (no_fit)
    10 end r0 -> stop i0 (evicted)                                        # r3 cannot use it, r4 can
    10 stopped i0 -> launch i2 of small for bob on n0, r4 waits for it
    20 end r1 -> bind i1 to r2 (warm_hit)
    20 ready i2
    30 end r4 -> stop i2 (evicted)
    30 stopped i2 -> launch i3 of small for ana on n0, r5 waits for it
    30 ready i3
    40 end r2 -> stop i1 (nothing_kept)                                   # one slot is not enough for r3
    40 stopped i1
    50 end r5 -> stop i3 (evicted)
    50 stopped i3 -> launch i4 of large for bob on n0, r3 waits for it
  `);
});

test("a request that ends leaves its instance to whoever waits, before the warm rule speaks", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web shared
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 arrive r1 bob web -> queue r1 (no_fit)
    2 arrive r2 ana web -> queue r2 (no_fit)
    10 end r0 -> bind i0 to r1 (warm_hit)
    20 end r1 -> bind i0 to r2 (warm_hit)
    30 end r2 -> stop i0 (nothing_kept)
  `);
});

test("evicted first is the lowest tier, then the least recently used", () => {
  story(`
    tier high 2
    tier low 1
    user ana high
    user bob low
    user cem low
    app web
    policy keep-alive
    0 node n0 3
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 arrive r2 cem web -> launch i2 of web for cem on n0, r2 waits for it
    0 ready i0
    0 ready i1
    0 ready i2
    1 end r1 -> timer at 600001
    2 end r2
    3 end r0
    10 arrive r3 ana web -> bind i1 to r3 (warm_hit)
    20 arrive r4 ana web -> stop i2 (evicted), queue r4 (no_fit)
    20 stopped i2 -> launch i3 of web for ana on n0, r4 waits for it
    30 end r3
    31 arrive r5 cem web -> stop i0 (evicted), queue r5 (no_fit)
    31 stopped i0 -> launch i4 of web for cem on n0, r5 waits for it
    32 arrive r6 bob web -> stop i1 (evicted), queue r6 (no_fit)
    32 stopped i1 -> launch i5 of web for bob on n0, r6 waits for it
  `);
});

test("shadows are evicted before anyone's instances", () => {
  story(`
    tier low 1
    user ana low
    user bob low
    app web
    app pool shared
    policy clairvoyant
    0 node n0 2
    0 forecast concurrency pool 1 step 1000 -> launch i0 of pool as a shadow on n0 (forecast), timer at 1000
    0 forecast concurrency ana/web 1 step 1000 -> launch i1 of web for ana on n0 (forecast)
    0 ready i1
    0 ready i0
    5 arrive r0 bob web -> stop i0 (evicted), queue r0 (no_fit)
    5 stopped i0 -> launch i2 of web for bob on n0, r0 waits for it
  `);
});

test("eviction is all or nothing, on one node", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app small
    app large slots 2
    policy keep-alive
    0 node n0 2
    0 node n1 2
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    0 arrive r1 ana small -> launch i1 of small for ana on n0, r1 waits for it
    0 arrive r2 ana small -> launch i2 of small for ana on n1, r2 waits for it
    0 arrive r3 ana small -> launch i3 of small for ana on n1, r3 waits for it
    0 ready i0
    0 ready i1
    0 ready i2
    0 ready i3
    1 end r0 -> timer at 600001
    2 end r2
    3 arrive r4 bob large -> queue r4 (no_fit)          # one idle on each node: two slots nowhere
    4 end r3 -> stop i2 (evicted), stop i3 (evicted)
    4 stopped i2
    4 stopped i3 -> launch i4 of large for bob on n1, r4 waits for it
  `);
});

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
    1000 tick -> reserve 1 for ana (forecast)
    1100 arrive r2 cem web -> bind i0 to r2 (warm_hit)
    1200 arrive r3 cem web -> queue r3 (no_fit)
    1300 arrive r4 ana web -> bind i1 to r4 (warm_hit)
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
    1001 tick -> reserve 3 for ana (forecast)
    2500 tick
    3000 tick -> reserve 1 for ana (forecast)
    4000 tick -> release ana (forecast)
    5000 tick
    6000 forecast demand ana 2 step 1000
    6000 tick -> reserve 2 for ana (forecast)
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
    policy keep-alive:ttl=1s -> release ana (arrival), no timer, timer at 2000
    2000 timer -> stop i0 (keep_alive_ended), timer at 600100
  `);
});

test("a user who may not run the app, and a shape that no node could ever hold, are refused", () => {
  story(`
    tier standard 1
    user ana standard may web
    app web
    app api
    app large slots 3
    user bob standard
    0 arrive r0 ana api -> reject r0 (not_permitted)
    0 arrive r1 ana web -> queue r1 (no_fit)
    0 node n0 2 -> launch i0 of web for ana on n0, r1 waits for it
    1 arrive r2 bob large -> reject r2 (cannot_fit)
    2 arrive r3 bob api -> launch i1 of api for bob on n0, r3 waits for it
    3 arrive r4 bob api -> queue r4 (no_fit)
  `);
});

test("with a lost node its requests wait again at the place of their arrival, and start anew", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 bob web -> launch i1 of web for bob on n1, r1 waits for it
    0 ready i0
    0 ready i1
    5 arrive r2 bob web -> queue r2 (no_fit)
    10 node-lost n0
    11 node-lost n0
    20 end r1 -> stop i1 (evicted)                       # bob's, idle: ana's r0 came first
    20 stopped i1 -> launch i2 of web for ana on n1, r0 waits for it
    30 node n0 1 -> launch i3 of web for bob on n0, r2 waits for it
    30 ready i2
    31 ready i0                                          # of an instance that is gone
    32 stopped i0
  `);
});

test("a lost instance's request comes before later arrivals of its own line", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 arrive r1 ana web -> queue r1 (no_fit)
    10 lost i0 -> launch i1 of web for ana on n0, r0 waits for it
  `);
});

test("the end of a request that is reported after the loss of its instance takes it out of the queue", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    10 node-lost n0
    11 end r0
    12 end r0
    20 node n0 1
  `);
});

test("capacity that is lost takes reservations with it, the lowest priority first", () => {
  story(`
    tier low 1
    tier high 2
    user ana low
    user bob high
    app web
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}}
    0 node n0 2
    0 node n1 2
    100 usage ana 2
    100 usage bob 2
    1000 tick -> reserve 2 for bob (last_value), reserve 2 for ana (last_value)
    1100 node-lost n1 -> release ana (node_lost, capacity)
    1200 node-lost n0 -> release bob (node_lost, capacity)
  `);
});

test("a node that drains takes no new instance, those on it run on, and what they give back backs nothing", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}}
    0 node n0 1
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 bob web -> launch i1 of web for bob on n1, r1 waits for it
    0 ready i0
    0 ready i1
    1000 tick -> reserve 1 for ana (last_value), reserve 1 for bob (last_value)
    1100 drain n0
    1100 drain n0
    1200 end r0 -> stop i0 (nothing_kept)
    1200 stopped i0 -> release ana (node_lost, capacity)
    1300 arrive r2 ana web -> queue r2 (no_fit)
    1400 end r1 -> stop i1 (nothing_kept)
    1400 stopped i1                                      # the slot of n1 is reserved for bob
    2000 tick
    3000 tick -> release bob (last_value), reserve 1 for ana (last_value), launch i2 of web for ana on n1, r2 waits for it
  `);
});

test("a launch that the world refuses is tried again a second later, with whoever waits in order", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    5 failed i0 no_capacity -> timer at 1005
    6 failed i0 no_capacity
    1005 timer -> launch i1 of web for ana on n0, r0 waits for it
    1006 failed i1 launch_failed -> timer at 2006
    2006 timer -> launch i2 of web for ana on n0, r0 waits for it
    2007 ready i2
    2008 failed i2 timeout                               # too late: it is ready
    2010 end r0 -> stop i2 (nothing_kept)
  `);
});

test("a request cancelled while it waits leaves the queue; while it starts or runs, its instance goes on", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 50
    policy keep-alive:ttl=100ms
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    1 arrive r1 ana web -> queue r1 (no_fit)
    2 arrive r2 ana web -> queue r2 (no_fit)
    3 cancel r1
    4 cancel r0 -> bind i0 to r2 (late_join)
    5 cancel r2
    50 ready i0 -> timer at 150
    60 arrive r3 ana web -> bind i0 to r3 (warm_hit)
    70 cancel r3
    70 cancel r3
    150 timer -> timer at 170
    170 timer -> stop i0 (keep_alive_ended)
  `);
});

test("a suspended instance is resumed before a new one is started, and takes capacity again", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 50 resume 5
    policy keep-alive
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    50 ready i0
    60 end r0 -> timer at 600060
    70 suspended i0
    80 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    90 arrive r2 ana web -> queue r2 (no_fit)
    130 ready i1
    140 end r1 -> stop i1 (evicted)
    140 stopped i1 -> resume i0 (resume_hit), bind i0 to r2 (resume_hit)
    145 ready i0
    150 end r2
  `);
});

test("an instance that grew takes what it grew by", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    0 node n0 2
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    10 resized i0 2
    20 arrive r1 ana web -> queue r1 (no_fit)
    30 resized i0 1 -> launch i1 of web for ana on n0, r1 waits for it
  `);
});

test.run();
