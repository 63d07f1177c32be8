import { test } from "uvu";
import { story } from "../../../support/story.ts";

const DRF = `policy ${JSON.stringify({ admit: { strategy: "drf" } })}`;

/**
 * Ghodsi et al., Dominant Resource Fairness, NSDI 2011, §4.1 and figure 3: 9 CPUs and 18 GB; user A's tasks need 1 CPU and 4 GB, user
 * B's 3 CPUs and 1 GB. A gets 3 tasks and B 2, each two thirds of its dominant resource.
 */
test("the paper's example: three tasks of A, two of B", () => {
  story(`
    tier standard 1
    user A standard
    user B standard
    app a cores 1 gib 4
    app b cores 3 gib 1
    ${DRF}
    0 arrive a1 A a -> queue a1 (no_fit)
    0 arrive a2 A a -> queue a2 (no_fit)
    0 arrive a3 A a -> queue a3 (no_fit)
    0 arrive a4 A a -> queue a4 (no_fit)
    0 arrive b1 B b -> queue b1 (no_fit)
    0 arrive b2 B b -> queue b2 (no_fit)
    0 arrive b3 B b -> queue b3 (no_fit)
    1 node n0 cores 9 gib 18 -> launch i0 of a for A on n0, a1 waits for it, launch i1 of b for B on n0, b1 waits for it, launch i2 of a for A on n0, a2 waits for it, launch i3 of b for B on n0, b2 waits for it, launch i4 of a for A on n0, a3 waits for it
  `);
});

test("what ends leaves its place to the user with the smallest share, whoever came first", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web
    ${DRF}
    0 node n0 3
    0 arrive a1 ana web -> launch i0 of web for ana on n0, a1 waits for it
    0 arrive a2 ana web -> launch i1 of web for ana on n0, a2 waits for it
    0 arrive a3 ana web -> launch i2 of web for ana on n0, a3 waits for it
    0 ready i0
    0 ready i1
    0 ready i2
    1 arrive a4 ana web -> queue a4 (no_fit)
    2 arrive b1 bob web -> queue b1 (no_fit)
    3 end a1 -> stop i0 (evicted)                        # a4 could have had it, and came first
    3 stopped i0 -> launch i3 of web for bob on n0, b1 waits for it
    4 arrive b2 bob web -> queue b2 (no_fit)
    5 end a2 -> stop i1 (evicted)                        # one each: ties go by id
    5 stopped i1 -> launch i4 of web for ana on n0, a4 waits for it
  `);
});

test("between tiers the higher priority comes first", () => {
  story(`
    tier low 1
    tier high 2
    user ana high
    user bob low
    app web
    ${DRF}
    0 arrive b1 bob web -> queue b1 (no_fit)
    0 arrive a1 ana web -> queue a1 (no_fit)
    0 arrive a2 ana web -> queue a2 (no_fit)
    1 node n0 2 -> launch i0 of web for ana on n0, a1 waits for it, launch i1 of web for ana on n0, a2 waits for it
  `);
});

test("with weights, tiers share: three to one", () => {
  story(`
    tier low 1
    tier high 2
    user ana high
    user bob low
    app web
    policy ${JSON.stringify({ admit: { strategy: "drf", weights: { high: 3 } } })}
    0 arrive a1 ana web -> queue a1 (no_fit)
    0 arrive a2 ana web -> queue a2 (no_fit)
    0 arrive a3 ana web -> queue a3 (no_fit)
    0 arrive a4 ana web -> queue a4 (no_fit)
    0 arrive b1 bob web -> queue b1 (no_fit)
    0 arrive b2 bob web -> queue b2 (no_fit)
    1 node n0 4 -> launch i0 of web for bob on n0, b1 waits for it, launch i1 of web for ana on n0, a1 waits for it, launch i2 of web for ana on n0, a2 waits for it, launch i3 of web for ana on n0, a3 waits for it
  `);
});

test.run();
