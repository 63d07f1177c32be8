import { test } from "uvu";
import { story } from "../../../support/story.ts";

const slots = (count: number) =>
  `{"cpuMillis": ${count * 1000}, "memoryMiB": ${count * 1024}, "gpuMillis": ${count * 1000}, "networkKbps": ${count * 1000}}`;

/** The slot `reserve` without a margin, so that a guardrail is all that stands between what was and what is held. */
const lastValue = (guard: string) =>
  `{"controlEvery": "10ms", "reserve": {"strategy": "last-value", "margin": 1}, "guard": ${guard}}`;

test("allocateResources: predicted above what is reserved, it is raised; predicted below, the rest is given back, after the hold", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    pool default unlimited
    policy {"controlEvery": "10ms", "feed": {"model": "rnn", "step": "1s", "targets": ["demand"]}, "reserve": {"strategy": "forecast", "level": 1, "lead": "10ms"}, "guard": {"hold": "20ms", "margin": ${slots(1)}}}
    0 forecast demand ana 2,5,1,1,1,1 step 10
    0 tick -> reserve 3 for ana (forecast, fresh)
    10 tick -> reserve 6 for ana (forecast, fresh)
    20 tick                                       # 1 predicted, 6 held
    30 tick
    40 tick -> reserve 2 for ana (forecast, hold, fresh)
  `);
});

test("hold: what is held falls to the most that was wanted meanwhile; what rises again begins the hold anew", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${lastValue(`{"hold": "20ms"}`)}
    10 usage ana 5
    10 tick -> reserve 5 for ana (last_value)
    20 usage ana 1
    20 tick
    30 usage ana 5
    30 tick
    40 usage ana 1
    40 tick
    50 usage ana 3
    50 tick
    60 usage ana 2
    60 tick -> reserve 3 for ana (last_value, hold)
  `);
});

test("rate: no more than the share a control interval; from nothing, all at once", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${lastValue(`{"raise": 0.5}`)}
    10 usage ana 4
    10 tick -> reserve 4 for ana (last_value)
    20 usage ana 9
    20 tick -> reserve 6 for ana (last_value, rate)
    30 usage ana 9
    30 tick -> reserve 9 for ana (last_value)
    40 usage ana 1
    40 tick -> reserve 1 for ana (last_value)
  `);
});

test("minimum and maximum: a user that has demanded anything keeps the one, and none has more than the other", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    pool default unlimited
    policy ${lastValue(`{"min": ${slots(2)}, "max": ${slots(4)}}`)}
    10 usage ana 1
    10 tick -> reserve 2 for ana (last_value, minimum)
    20 usage ana 3
    20 tick -> reserve 3 for ana (last_value)
    30 usage ana 9
    30 tick -> reserve 4 for ana (last_value, maximum)
    40 usage ana 0
    40 tick -> reserve 2 for ana (last_value, minimum)
  `);
});

test("the fixed margin is added to what is wanted, but not to nothing", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${lastValue(`{"margin": ${slots(1)}}`)}
    10 usage ana 1
    10 tick -> reserve 2 for ana (last_value)
    20 usage ana 0
    20 tick -> release ana (last_value)
  `);
});

test("hysteresis: a change of no more than the share is not made, up or down, unless demand is above what is held", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy {"controlEvery": "10ms", "reserve": {"strategy": "last-value", "margin": 2}, "guard": {"hysteresis": 0.2}}
    10 usage ana 5
    10 tick -> reserve 10 for ana (last_value)
    20 usage ana 4
    20 tick                                       # 8 is 20 % less
    30 usage ana 6
    30 tick                                       # 12 is 20 % more
    40 usage ana 3
    40 tick -> reserve 6 for ana (last_value)
  `);
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy ${lastValue(`{"hysteresis": 0.2}`)}
    10 usage ana 6
    10 tick -> reserve 6 for ana (last_value)
    20 usage ana 7
    20 tick -> reserve 7 for ana (last_value)
    30 usage ana 6
    30 tick
  `);
});

test("at once: use above the reservation raises it when it is seen, within rate, maximum and capacity", () => {
  story(`
    tier standard 1
    user ana standard
    policy ${lastValue(`{"atOnce": "on", "raise": 0.5, "max": ${slots(7)}}`)}
    0 node n0 8
    8 usage ana 4 -> reserve 4 for ana (demand_above, reactive)
    10 tick
    13 usage ana 5 -> reserve 5 for ana (demand_above, reactive)
    15 usage ana 9 -> reserve 6 for ana (demand_above, rate, reactive)
    17 usage ana 9                                # 4 grew to 6 in this interval
    20 tick -> reserve 7 for ana (last_value, maximum)
  `);
});

test("at once: a request's demand is held from its arrival, as far as there is capacity", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    app large slots 3
    policy ${lastValue(`{"atOnce": "on", "hold": "1h"}`)}
    0 node n0 2
    5 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it, reserve 1 for ana (demand_above, reactive)
    5 ready i0
    6 end r0 -> stop i0 (nothing_kept)
    6 stopped i0
    7 usage ana 3 -> reserve 2 for ana (demand_above, capacity, reactive)
    10 tick
    20 tick
  `);
});

test.run();
