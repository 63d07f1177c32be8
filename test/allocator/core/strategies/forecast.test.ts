import { test } from "uvu";
import { story } from "../../../support/story.ts";

const RESERVE = `{"controlEvery": "10ms", "feed": {"model": "rnn", "step": "1s", "targets": ["demand"]},
  "reserve": {"strategy": "forecast", "level": "tier", "lead": "10ms", "floor": 2}}`.replace("\n", "");
const WARM = `{"feed": {"model": "rnn", "step": "1s"}, "warm": {"strategy": "forecast", "level": "tier", "floor": "50ms"}}`;

test("each user has the level of the tier; a level between two is the higher", () => {
  story(`
    tier premium 2 level 0.9
    tier standard 1 level 0.7
    tier patient 0 level 0.5
    user ana premium
    user bob standard
    user cem patient
    pool default unlimited
    policy ${RESERVE}
    10 forecast demand ana 1|2|3 levels 0.5,0.8,0.9 step 20
    10 forecast demand bob 1|2|3 levels 0.5,0.8,0.9 step 20
    10 forecast demand cem 1|2|3 levels 0.5,0.8,0.9 step 20
    10 tick -> reserve 3 for ana (forecast, fresh), reserve 2 for bob (forecast, fresh), reserve 1 for cem (forecast, fresh)
  `);
});

test("where a violation has a price, each user has the level at which it and holding cost least", () => {
  // Of ana 1 + 5 × .5, 2 + 5 × .2 and 3 + 5 × .1 the second is the least, of bob 10 + 5 × .5 the first.
  const five = `{"cpuMillis": 5000, "memoryMiB": 5120, "gpuMillis": 5000, "networkKbps": 5000}`;
  const priced = RESERVE.replace(`"level": "tier"`, `"level": "tier", "violation": ${five}`).replace(
    `"step": "1s"`,
    `"step": "1s", "levels": [0.5, 0.8, 0.9]`,
  );
  story(`
    tier standard 1 level 0.9
    user ana standard
    user bob standard
    pool default unlimited
    policy ${priced}
    10 forecast demand ana 1|2|3 levels 0.5,0.8,0.9 step 20
    10 forecast demand bob 10|20|30 levels 0.5,0.8,0.9 step 20
    10 tick -> reserve 2 for ana (forecast, fresh), reserve 10 for bob (forecast, fresh)
  `);
});

test("before the first forecast and beyond the last one's horizon the reservation is reactive", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${RESERVE}
    10 usage ana 3
    10 tick -> reserve 6 for ana (last_value, reactive)
    15 forecast demand ana 1 step 20
    20 usage ana 5
    20 tick -> reserve 1 for ana (forecast, fresh)
    30 usage ana 4
    30 tick
    35 usage ana 4
    40 tick -> reserve 8 for ana (last_value, reactive)
  `);
});

test("a user that no forecast speaks of is served reactively beside those that it speaks of", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    pool default unlimited
    policy ${RESERVE}
    5 forecast demand ana 1 step 1000
    10 usage ana 3
    10 usage bob 3
    10 tick -> reserve 1 for ana (forecast, fresh), reserve 6 for bob (last_value, reactive)
  `);
});

test("until a forecast speaks of an app and user, an idle instance is kept for a while; then as the forecast says", () => {
  story(`
    tier standard 1 level 0.8
    user ana standard
    app web start 10
    pool default unlimited
    policy ${WARM}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    10 ready i0
    20 end r0 -> timer at 70
    70 timer -> stop i0 (keep_alive_ended)
    71 stopped i0
    80 arrive r1 ana web -> launch i1 of web for ana, r1 waits for it
    90 ready i1
    95 end r1 -> timer at 145
    100 forecast concurrency ana/web 0|0 levels 0.5,0.9 step 100 -> stop i1 (surplus)
    101 stopped i1
  `);
});

test("what was held ahead goes with the horizon; after it the floor keeps again", () => {
  story(`
    tier standard 1 level 0.8
    user ana standard
    app web start 0
    pool default unlimited
    policy ${WARM}
    0 forecast concurrency ana/web 0|1 levels 0.5,0.9 step 100 -> launch i0 of web for ana (forecast), timer at 100
    0 ready i0
    100 timer -> stop i0 (surplus)
    100 stopped i0
    150 arrive r0 ana web -> launch i1 of web for ana, r0 waits for it
    150 ready i1
    160 end r0 -> timer at 210
    210 timer -> stop i1 (keep_alive_ended)
  `);
});

test("by arrivals one instance is held in the steps that are likely enough, from a start-up before them", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 10
    pool default unlimited
    policy {"feed": {"model": "rnn", "step": "1s", "targets": ["arrival"]}, "warm": {"strategy": "arrival", "chance": 0.1}}
    0 forecast arrival ana/web 99999,100000,0,900000 step 100 -> timer at 90
    90 timer -> launch i0 of web for ana (forecast), timer at 200
    100 ready i0
    200 timer -> stop i0 (surplus), timer at 290
    200 stopped i0
    290 timer -> launch i1 of web for ana (forecast), timer at 400
  `);
});

test("by arrivals as many instances stay as were needed at once lately", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 0
    pool default unlimited
    policy {"feed": {"model": "rnn", "step": "1s", "targets": ["arrival"]}, "warm": {"strategy": "arrival", "chance": 0.1}}
    0 forecast arrival ana/web 900000,900000 step 100 -> launch i0 of web for ana (forecast), timer at 200
    0 ready i0
    10 arrive r0 ana web -> bind i0 to r0 (warm_hit)
    11 arrive r1 ana web -> launch i1 of web for ana, r1 waits for it
    11 ready i1
    20 end r0
    21 end r1
    100 forecast arrival ana/web 900000,900000 step 100
    200 timer -> timer at 300
    200 forecast arrival ana/web 900000,900000 step 100 -> stop i0 (surplus)
    200 stopped i0
    300 forecast arrival ana/web 0,0 step 100 -> stop i1 (surplus)
  `);
});

test.run();
