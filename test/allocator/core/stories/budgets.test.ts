import { test } from "uvu";
import { story } from "../../../support/story.ts";

/** Reservations follow demand every 10 ms, within this budget. */
const reactive = (budget: object) =>
  JSON.stringify({
    controlEvery: "10ms",
    reserve: { strategy: "last-value", margin: 1 },
    warm: { strategy: "none" },
    budget,
  });
const slots = (count: number) => ({
  cpuMillis: count * 1000,
  memoryMiB: count * 1024,
  gpuMillis: count * 1000,
  networkKbps: count * 1000,
});
// Of a slot an hour: 1 for its core, and nothing for the rest.
const prices = { cpuCoreHour: 1 };

test("reservations stay within what may be held in all, the higher tier's first, and say so", () => {
  story(`
    tier high 2
    tier low 1
    user ana low
    user ben high
    app web
    policy ${reactive({ held: slots(5) })}
    pool cloud unlimited
    1 usage ana 4
    1 usage ben 3
    10 tick -> reserve 3 for ben (last_value), reserve 2 for ana (last_value, budget)
  `);
});

test("requests are served beyond it, and what is held ahead of them makes way, the lower tier's first", () => {
  story(`
    tier high 2
    tier low 1
    user ana low
    user ben high
    user cara low
    app web start 100
    policy ${reactive({ held: slots(5) })}
    pool cloud unlimited
    1 usage ana 2
    1 usage ben 3
    10 tick -> reserve 3 for ben (last_value), reserve 2 for ana (last_value)
    11 arrive r0 cara web -> launch i0 of web for cara, r0 waits for it
    11 usage ana 2
    11 usage ben 3
    20 tick -> reserve 1 for ana (over_budget, budget), reserve 1 for cara (last_value)
  `);
});

test("what is held costs no more an hour than that", () => {
  story(`
    tier standard 1
    user ana standard
    user ben standard
    app web
    policy ${reactive({ perHour: 3, prices })}
    pool cloud unlimited
    1 usage ana 2
    1 usage ben 2
    10 tick -> reserve 2 for ana (last_value), reserve 1 for ben (last_value, budget)
  `);
});

test("what is left of a day's, held until midnight, spends it; then there is a day's again", () => {
  // 24 a day are one slot held all day. From noon on, when nothing was held before, two; the next day one.
  story(`
    tier standard 1
    user ana standard
    app web
    policy ${reactive({ perDay: 24, prices })}
    pool cloud unlimited
    43199990 usage ana 5
    43200000 tick -> reserve 2 for ana (last_value, budget)
    64800000 usage ana 5
    64800000 tick
    86400000 usage ana 5
    86400000 tick -> reserve 1 for ana (over_budget, budget)
  `);
});

test("nothing is started ahead of requests beyond it", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 100
    policy {"feed":{"model":"clairvoyant","every":"1m","step":"1m"},"warm":{"strategy":"forecast"},"budget":{"held":{"cpuMillis":2000}}}
    pool cloud unlimited
    0 forecast concurrency ana/web 3,3 step 200 -> launch i0 of web for ana (forecast), launch i1 of web for ana (forecast), timer at 400
    1 arrive r0 ana web -> bind i0 to r0 (late_join)
    1 arrive r1 ana web -> bind i1 to r1 (late_join)
    1 arrive r2 ana web -> launch i2 of web for ana, r2 waits for it
  `);
});

test.run();
