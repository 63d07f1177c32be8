import { test } from "uvu";
import { story } from "../../../support/story.ts";

const POLICY =
  '{"controlEvery": "10ms", "feed": {"model": "clairvoyant", "targets": ["demand"]}, "reserve": {"strategy": "forecast", "level": 1, "lead": "learned", "leadQuantile": 0.9}}';

test("the lead window is the control interval and a quantile of what launches took; until one is measured, a minute", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 15
    pool default unlimited
    policy ${POLICY}
    0 forecast demand ana 0,0,0,0,0,2 step 10              # 2 from 50 to 60
    0 tick -> reserve 2 for ana (forecast, fresh)          # a minute and 10 ms reach there
    1 arrive r0 bob web -> launch i0 of web for bob, r0 waits for it
    16 ready i0                                            # 15 ms: until 20 + 10 + 15 = 45 at the next tick
    20 tick -> release ana (forecast, fresh)
    30 tick -> reserve 2 for ana (forecast, fresh)
  `);
});

test("an instance that was lost before it was ready teaches nothing, nor does a resumption", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web start 15
    pool default unlimited
    policy ${POLICY}
    0 forecast demand ana 0,0,0,0,0,2 step 10
    1 arrive r0 bob web -> launch i0 of web for bob, r0 waits for it
    5 lost i0 -> launch i1 of web for bob, r0 waits for it
    10 tick -> reserve 2 for ana (forecast, fresh)
    25 ready i1                                            # 20 ms
    30 tick
  `);
});

test.run();
