import { test } from "uvu";
import { story } from "../../../support/story.ts";

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
    3100 arrive r3 bob web -> queue r3 (no_fit)
    3200 node n0 1 -> launch i3 of web for bob on n0, r3 waits for it    # it drains no more
  `);
});

test("a launch that a node refuses is tried there again a second later, then two, with whoever waits in order", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    5 failed i0 no_capacity -> timer at 1005
    6 failed i0 no_capacity
    1005 timer -> launch i1 of web for ana on n0, r0 waits for it
    1006 failed i1 launch_failed -> timer at 3006
    3006 timer -> launch i2 of web for ana on n0, r0 waits for it
    3007 ready i2
    3008 failed i2 timeout                               # too late: it is ready
    3010 end r0 -> stop i2 (nothing_kept)
  `);
});

test("a launch that fails is tried elsewhere at once; when three in a row have, the app is left alone for a while", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    app mail
    0 node n0 1
    0 node n1 1
    0 node n2 1
    0 node n3 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    5 failed i0 -> launch i1 of web for ana on n1, r0 waits for it
    6 failed i1 -> launch i2 of web for ana on n2, r0 waits for it
    7 failed i2 -> timer at 1007                         # not on n3: it is the app that fails
    8 arrive r1 bob web -> queue r1 (no_fit)
    9 arrive r2 bob mail -> launch i3 of mail for bob on n0, r2 waits for it   # other apps may: nothing is held against the node
    1007 timer -> launch i4 of web for ana on n1, r0 waits for it, launch i5 of web for bob on n2, r1 waits for it
    1008 ready i4
    1009 failed i5 -> launch i6 of web for bob on n3, r1 waits for it
    1010 ready i6
    1011 end r0 -> stop i4 (nothing_kept)
    1011 stopped i4
    1012 arrive r3 ana web -> launch i7 of web for ana on n1, r3 waits for it
  `);
});

test("nothing is evicted where the app's launch was refused: what makes room is on other nodes", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    user cem standard
    app web
    app mail
    policy keep-alive:ttl=1h
    0 node n0 1
    0 node n1 1
    0 arrive r0 cem mail -> launch i0 of mail for cem on n0, r0 waits for it
    0 ready i0
    1 arrive r1 bob mail -> launch i1 of mail for bob on n1, r1 waits for it
    1 ready i1
    2 end r0 -> timer at 3600002
    3 arrive r2 ana web -> stop i0 (evicted), queue r2 (no_fit)
    3 stopped i0 -> launch i2 of web for ana on n0, r2 waits for it
    4 failed i2 no_capacity -> no timer, timer at 1004
    5 arrive r3 cem mail -> launch i3 of mail for cem on n0, r3 waits for it
    5 ready i3
    6 end r3                                             # idle on n0, where web is not launched before 1004
    7 end r1 -> stop i1 (evicted)                        # used later than i3, but on n1
    7 stopped i1 -> launch i4 of web for ana on n1, r2 waits for it
  `);
});

test("where the platform places there is no elsewhere: an app whose launch failed is left alone, twice as long each time", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    app mail
    pool burst unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    5 failed i0 timeout -> timer at 1005
    6 arrive r1 ana web -> queue r1 (no_fit)
    7 arrive r2 ana mail -> launch i1 of mail for ana, r2 waits for it
    1005 timer -> launch i2 of web for ana, r0 waits for it, launch i3 of web for ana, r1 waits for it
    1006 failed i2 timeout -> timer at 3006
    1007 failed i3 timeout
    3006 timer -> timer at 5007
    5007 timer -> launch i4 of web for ana, r0 waits for it, launch i5 of web for ana, r1 waits for it
    5008 ready i4
    5009 ready i5
  `);
});

test("what fails six times in a row is given up: it waits five minutes a try, and nothing is started ahead for it", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    policy clairvoyant
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 failed i0 -> timer at 1000
    1000 timer -> launch i1 of web for ana, r0 waits for it
    1000 failed i1 -> timer at 3000
    3000 timer -> launch i2 of web for ana, r0 waits for it
    3000 failed i2 -> timer at 7000
    7000 timer -> launch i3 of web for ana, r0 waits for it
    7000 failed i3 -> timer at 15000
    15000 timer -> launch i4 of web for ana, r0 waits for it
    15000 failed i4 -> timer at 31000
    31000 timer -> launch i5 of web for ana, r0 waits for it
    31000 failed i5 -> timer at 331000                   # the sixth: not 32 s, but five minutes
    32000 arrive r1 ana web -> queue r1 (no_fit, given_up)
    63000 forecast concurrency ana/web 2 step 100000 -> no timer, timer at 163000    # the app is left alone no longer; but nothing is started ahead for ana
    63000 arrive r2 bob web -> launch i6 of web for bob, r2 waits for it   # for others it is
    63001 ready i6
    163000 timer -> timer at 331000
    331000 timer -> launch i7 of web for ana, r0 waits for it (given_up), timer at 631000   # one at a time: r1 waits on
    331001 failed i7
    631000 timer -> timer at 631001
    631001 timer -> launch i8 of web for ana, r0 waits for it (given_up), timer at 931001
    631002 ready i8 -> launch i9 of web for ana, r1 waits for it           # as if nothing had been
    631003 ready i9
    640000 forecast concurrency ana/web 3 step 100000 -> launch i10 of web for ana (forecast), no timer, timer at 740000
  `);
});

test("half an hour after its last failure an app that was given up is tried ahead again; a shared app is given up for all", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web shared
    policy clairvoyant
    pool cloud unlimited
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 failed i0 -> timer at 1000
    1000 timer -> launch i1 of web for ana, r0 waits for it
    1000 failed i1 -> timer at 3000
    3000 timer -> launch i2 of web for ana, r0 waits for it
    3000 failed i2 -> timer at 7000
    7000 timer -> launch i3 of web for ana, r0 waits for it
    7000 failed i3 -> timer at 15000
    15000 timer -> launch i4 of web for ana, r0 waits for it
    15000 failed i4 -> timer at 31000
    31000 timer -> launch i5 of web for ana, r0 waits for it
    31000 failed i5 -> timer at 331000
    40000 cancel r0
    50000 arrive r1 bob web -> queue r1 (no_fit, given_up)
    60000 cancel r1
    331000 timer
    1830999 forecast concurrency web 1 step 100000 -> timer at 1930999   # not yet
    1831000 forecast concurrency web 1 step 100000 -> launch i6 of web as a shadow (forecast)
  `);
});

test("nothing is kept for one that starves while its launches are given up", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    app mail
    policy {"admit": {"starvation": "30s"}}
    0 node n0 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 failed i0 -> timer at 1000
    1000 timer -> launch i1 of web for ana on n0, r0 waits for it
    1000 failed i1 -> timer at 3000
    3000 timer -> launch i2 of web for ana on n0, r0 waits for it
    3000 failed i2 -> timer at 4000
    4000 timer -> timer at 7000
    7000 timer -> launch i3 of web for ana on n0, r0 waits for it
    7000 failed i3 -> timer at 9000
    9000 timer -> timer at 15000
    15000 timer -> launch i4 of web for ana on n0, r0 waits for it
    15000 failed i4 -> timer at 19000
    19000 timer -> timer at 31000
    31000 timer -> launch i5 of web for ana on n0, r0 waits for it
    31000 failed i5 -> timer at 61000
    61000 timer -> timer at 331000                                         # it starves from now on
    62000 arrive r1 bob mail -> launch i6 of mail for bob on n0, r1 waits for it
  `);
});

test("idle instances make room elsewhere for what was refused, not where it was", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    app mail
    policy keep-alive:ttl=1h
    0 node n0 1
    0 node n1 1
    0 arrive r0 bob mail -> launch i0 of mail for bob on n0, r0 waits for it
    0 ready i0
    0 arrive r1 bob mail -> launch i1 of mail for bob on n1, r1 waits for it
    0 ready i1
    0 end r0 -> timer at 3600000
    1 arrive r2 ana web -> stop i0 (evicted), queue r2 (no_fit)
    1 stopped i0 -> launch i2 of web for ana on n0, r2 waits for it
    2 failed i2 -> no timer, timer at 1002
    3 end r1 -> stop i1 (evicted)
    3 stopped i1 -> launch i3 of web for ana on n1, r2 waits for it
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

test("a suspended instance is not resumed on a node that drains", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 50 resume 5
    policy keep-alive
    0 node n0 2
    0 node n1 1
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    50 ready i0
    60 end r0 -> timer at 600060
    70 suspended i0
    80 drain n0
    90 arrive r1 ana web -> launch i1 of web for ana on n1, r1 waits for it
    91 arrive r2 ana web -> queue r2 (no_fit)
    95 node n0 2 -> resume i0 (resume_hit), bind i0 to r2 (resume_hit)
  `);
});

test("a launch refused on a node that drains leaves nothing that backs a reservation", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 50
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}}
    0 node n0 1
    900 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    1000 tick -> reserve 1 for ana (last_value)
    1100 drain n0
    1200 failed i0 timeout -> release ana (node_lost, capacity), timer at 2200
    2200 timer
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
