import { test } from "uvu";
import { story } from "../../../support/story.ts";

const ladder = (rungs: string) =>
  `{"controlEvery": "10ms", "feed": {"model": "clairvoyant", "targets": ["demand"]}, "reserve": {"strategy": "forecast", "level": 1, "lead": "10ms", "margin": 2, ${rungs}}}`;

test("a forecast that is over holds on for its allowed age; then the floor is reactive; of a silent user nothing is known", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${ladder(`"lastGood": "30ms", "floor": 3`)}
    10 usage ana 1
    10 tick -> reserve 3 for ana (last_value, reactive)
    15 forecast demand ana 4,2 step 10
    20 usage ana 1
    20 tick -> reserve 8 for ana (forecast, fresh)
    30 usage ana 1
    30 tick -> reserve 4 for ana (forecast, fresh)
    40 usage ana 1
    40 tick                                       # the horizon ended at 35; the age is 25
    50 usage ana 1
    50 tick -> reserve 3 for ana (last_value, reactive)
    70 tick                                       # silent: held
  `);
});

test("last good says why: the last step of the last forecast, until its age is over", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${ladder(`"lastGood": "20ms"`)}
    0 forecast demand ana 4,1 step 5
    10 tick -> reserve 2 for ana (forecast, last_good)
    20 tick
    30 tick                                       # nothing is known, what is held stays
  `);
});

test("after the last good one comes what was a season ago, where that is known", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${ladder(`"season": "30ms", "floor": 1`)}
    10 usage ana 1
    10 tick -> reserve 1 for ana (last_value, reactive)
    20 usage ana 5
    20 tick -> reserve 5 for ana (last_value, reactive)
    25 forecast demand ana 4 step 10
    30 usage ana 3
    30 tick -> reserve 8 for ana (forecast, fresh)
    40 usage ana 9
    40 tick -> reserve 5 for ana (seasonal_naive, seasonal)
    50 usage ana 9
    50 tick -> reserve 3 for ana (seasonal_naive, seasonal)
  `);
});

test("a policy without rungs holds nothing beyond a horizon", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${ladder(`"level": 1`)}
    0 forecast demand ana 4 step 10
    0 tick -> reserve 8 for ana (forecast, fresh)
    10 tick -> release ana (forecast)
  `);
});

test("the reason names the batch that spoke of the user, not the last one", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    pool default unlimited
    policy ${ladder(`"lastGood": "1h"`)}
    0 forecast demand ana 1 step 10
    5 forecast demand bob 2 step 10
    5 tick -> reserve 2 for ana (forecast, fresh), reserve 4 for bob (forecast, fresh)
    10 tick
    20 forecast demand ana 3 step 10
    20 tick -> reserve 6 for ana (forecast, fresh)
  `);
});

test.run();
