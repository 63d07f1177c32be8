import { test } from "uvu";
import { story } from "../../../support/story.ts";

const policy = (bias: number) =>
  `{"controlEvery": "10ms", "feed": {"model": "rnn", "step": "1s", "targets": ["demand"]}, "reserve": {"strategy": "forecast", "level": 0.9, "lead": "10ms", "bias": ${bias}}}`;

test("forecasts that are too low are raised: by the exponential means of what was demanded and of what the median foretold", () => {
  // Demanded 4 where 2 was foretold, at rate 0.5 from 2: 3, 3.5 of 2. So × 1.5, × 1.75; 8 foretold at 0.9.
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${policy(0.5)}
    0 forecast demand ana 2|8,2|8,2|8,2|8 levels 0.5,0.9 step 10
    0 tick -> reserve 8 for ana (forecast, fresh)
    10 usage ana 4
    10 tick -> reserve 12 for ana (forecast, fresh)
    20 usage ana 4
    20 tick -> reserve 14 for ana (forecast, fresh)
  `);
});

test("a correction is at most doubling and halving", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${policy(1)}
    0 forecast demand ana 2|8,2|8,2|8,2|8 levels 0.5,0.9 step 10
    0 tick -> reserve 8 for ana (forecast, fresh)
    10 usage ana 9
    10 tick -> reserve 16 for ana (forecast, fresh)
    20 usage ana 0
    20 tick -> reserve 4 for ana (forecast, fresh)
  `);
});

test("a step of several control intervals is compared by the largest of them, when it is over", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${policy(1)}
    0 forecast demand ana 4|8,4|8,4|8 levels 0.5,0.9 step 20
    0 tick -> reserve 8 for ana (forecast, fresh)
    10 usage ana 6
    10 tick
    20 usage ana 1
    20 tick -> reserve 12 for ana (forecast, fresh)
  `);
});

test("a step is compared with what was foretold of it, though the next forecast has come meanwhile", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${policy(1)}
    0 forecast demand ana 2|8 levels 0.5,0.9 step 10
    0 tick -> reserve 8 for ana (forecast, fresh)
    10 usage ana 3
    10 forecast demand ana 6|8 levels 0.5,0.9 step 10
    10 tick -> reserve 12 for ana (forecast, fresh)
  `);
});

test("nothing is learned where no level is near the median, and of a step in which the user was silent", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    pool default unlimited
    policy ${policy(1)}
    0 usage bob 1
    0 forecast demand ana 2|8,2|8 levels 0.3,0.9 step 10
    0 forecast demand bob 2|8,2|8 levels 0.5,0.9 step 10
    0 tick -> reserve 8 for ana (forecast, fresh), reserve 8 for bob (forecast, fresh)
    10 usage ana 4
    10 tick
  `);
});

test.run();
