import { test } from "uvu";
import { story } from "../../support/story.ts";

test("a shadow that is ready comes before one that starts, and one that starts before a new instance", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 20 shared
    policy clairvoyant
    pool cloud unlimited
    0 forecast concurrency web 1,2 step 100 from 100 -> timer at 80
    80 timer -> launch i0 of web as a shadow (forecast), timer at 180
    100 ready i0
    180 timer -> launch i1 of web as a shadow (forecast), timer at 300
    190 arrive r0 ana web -> bind i0 to r0 (shadow_hit)
    191 arrive r1 ana web -> bind i1 to r1 (late_join)
    192 arrive r2 ana web -> launch i2 of web for ana, r2 waits for it
  `);
});

test.run();
