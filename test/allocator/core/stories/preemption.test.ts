import { test } from "uvu";
import { story } from "../../../support/story.ts";

/** A policy that preempts, in a script: `grace`, `protect` and `budget` as a document has them. */
function preempting(grace: string, protect: string, budget = 60): string {
  return `policy ${JSON.stringify({ admit: { preempt: "on", grace, protect, budget } })}`;
}

test("after its grace, who may preempt takes the instance of what began last among the lowest priority", () => {
  story(`
    tier batch 0
    tier standard 1
    tier premium 2 preempts
    user bob batch
    user cem standard
    user ana premium
    app web
    ${preempting("30ms", "20ms")}
    0 node n0 3
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    5 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    5 ready i1
    6 arrive r2 cem web -> launch i2 of web for cem on n0, r2 waits for it
    6 ready i2
    10 arrive r3 ana web -> queue r3 (no_fit), timer at 40
    39 tick                                                   # its grace is not over
    40 timer -> preempt r1 on i1, stop i1 (preempted)         # not r2, though it began later: its priority is higher
    40 stopped i1 -> launch i3 of web for ana on n0, r3 waits for it
    40 ready i3
    90 end r3 -> stop i3 (evicted)                            # r1 still waits, at the place of its arrival
    90 stopped i3 -> launch i4 of web for bob on n0, r1 waits for it
  `);
});

test("on a node on which others took room or places, as much goes as it takes to have one", () => {
  const told = (shrunk: string) => `
    tier batch 0
    tier premium 2 preempts
    user bob batch
    user ana premium
    app web
    ${preempting("0s", "1ms")}
    0 shared n0 3
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    1 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    1 ready i1
    2 shared n0 3 ${shrunk}
    9 arrive r2 ana web -> preempt r1 on i1, stop i1 (preempted), preempt r0 on i0, stop i0 (preempted), queue r2 (no_fit)
    9 stopped i1
    9 stopped i0 -> launch i2 of web for ana on n0, r2 waits for it
  `;
  story(told("places 1"));
  story(told("offers 1"));
});

test("nothing is taken where a node would have room but what is reserved for others leaves none", () => {
  story(`
    tier batch 0
    tier premium 2 preempts
    user bob batch
    user cem premium
    user ana premium
    app small
    app large slots 2
    policy {"controlEvery": "1s", "reserve": {"strategy": "last-value", "margin": 1}, "admit": {"preempt": "on", "grace": "0s", "protect": "1ms", "budget": 60}}
    0 node n0 2
    0 node n1 1
    100 usage cem 2
    1000 tick -> reserve 2 for cem (last_value)
    1100 arrive r0 bob small -> launch i0 of small for bob on n0, r0 waits for it
    1100 ready i0
    1200 arrive r1 ana large -> queue r1 (no_fit)              # without r0, n0 would have two slots free, and the ledger one
  `);
});

test("only tiers that may preempt do, only from lower priorities, and only where the policy says so", () => {
  story(`
    tier standard 1
    tier urgent 2
    tier premium 2 preempts
    user bob standard
    user cem urgent
    user ana premium
    app web
    ${preempting("0s", "1ms")}
    0 node n0 1
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    1 arrive r1 cem web -> queue r1 (no_fit)                  # its tier may not
    2 cancel r1
    3 arrive r2 ana web -> preempt r0 on i0, stop i0 (preempted), queue r2 (no_fit)
    3 stopped i0 -> launch i1 of web for ana on n0, r2 waits for it
    3 ready i1
    4 arrive r3 ana web -> queue r3 (no_fit)                  # r2 is of its own priority
    5 end r2 -> bind i1 to r3 (warm_hit)
    6 end r3 -> stop i1 (evicted)
    6 stopped i1 -> launch i2 of web for bob on n0, r0 waits for it
    6 ready i2
    policy keep-alive:ttl=0s
    7 arrive r4 ana web -> queue r4 (no_fit)
  `);
});

test("who got its instance a moment ago keeps it: nothing is preempted twice in a row", () => {
  story(`
    tier batch 0
    tier premium 2 preempts
    user bob batch
    user ana premium
    app web
    ${preempting("0s", "50ms")}
    0 node n0 1
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    10 arrive r1 ana web -> queue r1 (no_fit), timer at 50
    50 timer -> preempt r0 on i0, stop i0 (preempted)
    50 stopped i0 -> launch i1 of web for ana on n0, r1 waits for it
    50 ready i1
    60 end r1 -> stop i1 (evicted)
    60 stopped i1 -> launch i2 of web for bob on n0, r0 waits for it
    60 ready i2
    61 arrive r2 ana web -> queue r2 (no_fit), timer at 110
    110 timer -> preempt r0 on i2, stop i2 (preempted)
  `);
});

test("a tier that has used its budget up waits until an hour after the first of those preemptions", () => {
  story(`
    tier batch 0
    tier premium 2 preempts
    user bob batch
    user ana premium
    app web
    ${preempting("0s", "1ms", 1)}
    0 node n0 2
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    0 ready i0
    0 ready i1
    10 arrive r2 ana web -> preempt r1 on i1, stop i1 (preempted), queue r2 (no_fit)
    10 stopped i1 -> launch i2 of web for ana on n0, r2 waits for it
    10 ready i2
    20 arrive r3 ana web -> queue r3 (no_fit), timer at 3600010
    3600010 timer -> preempt r0 on i0, stop i0 (preempted)
  `);
});

test("preemption is all or nothing, on one node, and takes what is idle first", () => {
  story(`
    tier batch 0
    tier premium 2 preempts
    user bob batch
    user ana premium
    app small
    app large slots 2
    policy {"warm": {"strategy": "ttl", "ttl": "1h"}, "admit": {"preempt": "on", "grace": "0s", "protect": "1ms"}}
    0 node n0 2
    0 node n1 2
    0 arrive r0 ana small -> launch i0 of small for ana on n0, r0 waits for it
    1 arrive r1 bob small -> launch i1 of small for bob on n0, r1 waits for it
    2 arrive r2 bob small -> launch i2 of small for bob on n1, r2 waits for it
    3 arrive r3 bob small -> launch i3 of small for bob on n1, r3 waits for it
    3 ready i0
    3 ready i1
    3 ready i2
    3 ready i3
    4 end r2 -> timer at 3600004
    5 arrive r4 ana large -> stop i2 (evicted), preempt r3 on i3, stop i3 (preempted), queue r4 (no_fit)
    5 stopped i2                                              # not enough yet for r4, and not for r3, which is behind
    6 arrive r5 bob small -> queue r5 (no_fit)
    7 stopped i3 -> launch i4 of large for ana on n1, r4 waits for it
    8 ready i4
    9 end r1 -> bind i1 to r3 (warm_hit)
  `);
});

test("of what the first node would give, the most valuable is spared if the rest suffices", () => {
  story(`
    tier batch 0
    tier standard 1
    tier premium 2 preempts
    user bob batch
    user cem standard
    user ana premium
    app small
    app large slots 2
    ${preempting("0s", "1ms")}
    0 node n0 3
    0 arrive r0 bob small -> launch i0 of small for bob on n0, r0 waits for it
    1 arrive r1 cem large -> launch i1 of large for cem on n0, r1 waits for it
    2 arrive r2 ana large -> preempt r1 on i1, stop i1 (preempted), queue r2 (no_fit)   # the small one would not be enough
    2 stopped i1 -> launch i2 of large for ana on n0, r2 waits for it
  `);
});

test("what a reservation covers is not preempted", () => {
  story(`
    tier batch 0
    tier premium 2 preempts
    user bob batch
    user cem batch
    user ana premium
    app web
    policy ${JSON.stringify({
      controlEvery: "1m",
      reserve: { strategy: "last-value", margin: 1 },
      admit: { preempt: "on", grace: "0s", protect: "1ms" },
    })}
    0 node n0 2
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    1 tick -> reserve 1 for bob (last_value)
    2 arrive r1 cem web -> launch i1 of web for cem on n0, r1 waits for it
    2 ready i1
    3 arrive r2 ana web -> preempt r1 on i1, stop i1 (preempted), queue r2 (no_fit)     # r0 is held for bob
    3 stopped i1 -> launch i2 of web for ana on n0, r2 waits for it
    4 arrive r3 ana web -> queue r3 (no_fit)
  `);
});

test("an instance that starts is taken, too; refused meanwhile, it is over, and nobody waits for its end", () => {
  story(`
    tier batch 0
    tier premium 2 preempts
    user bob batch
    user ana premium
    app web concurrency 2
    ${preempting("0s", "1ms")}
    0 node n0 1
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 arrive r1 bob web -> bind i0 to r1 (late_join)
    1 arrive r2 ana web -> preempt r0 on i0, preempt r1 on i0, stop i0 (preempted), queue r2 (no_fit)
    2 failed i0 -> launch i1 of web for ana on n0, r2 waits for it
  `);
});

test("when the first of a line is cancelled, the next one's own grace counts", () => {
  story(`
    tier batch 0
    tier premium 2 preempts
    user bob batch
    user ana premium
    app web
    ${preempting("30ms", "1ms")}
    0 node n0 1
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    10 arrive r1 ana web -> queue r1 (no_fit), timer at 40
    20 arrive r2 ana web -> queue r2 (no_fit)
    40 cancel r1
    40 timer -> timer at 50
    50 timer -> preempt r0 on i0, stop i0 (preempted)
  `);
});

test.run();
