import { test } from "uvu";
import { story } from "../../../support/story.ts";

/** A policy with quotas, in a script: slots of a tier are its nominal quota; what else a document may say is added. */
function quotas(tiers: Record<string, object>, rest: object = {}, other: object = {}): string {
  return `policy ${JSON.stringify({ quotas: { tiers, ...rest }, ...other })}`;
}

function slots(count: number): object {
  return { cpuMillis: count * 1000 };
}

function whole(count: number): object {
  return { ...slots(count), memoryMiB: count * 1024, gpuMillis: count * 1000, networkKbps: count * 1000 };
}

const NO_GRACE = { grace: "0s", protect: "1ms" };

test("a tier borrows what another leaves idle, and gives it back when that asks: what began last, and after its grace", () => {
  story(`
    tier batch 0
    tier premium 0
    user bob batch
    user ana premium
    app web
    ${quotas({ batch: { nominalQuota: slots(1) }, premium: { nominalQuota: slots(2) } }, { grace: "30ms", protect: "1ms" })}
    0 node n0 3
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    5 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it (borrowed)
    5 ready i1
    6 arrive r2 bob web -> launch i2 of web for bob on n0, r2 waits for it (borrowed)
    6 ready i2
    7 arrive r3 bob web -> queue r3 (no_fit, cohort)           # nobody has any left to lend
    10 arrive r4 ana web -> queue r4 (no_fit, cohort), timer at 40
    40 timer -> preempt r2 on i2, stop i2 (reclaimed)          # of equal priority: it was premium's all along
    41 stopped i2 -> launch i3 of web for ana on n0, r4 waits for it, timer at 42
    41 ready i3
    42 timer
    50 end r4 -> stop i3 (evicted)                             # ana leaves it idle again, and r2 waits at its old place
    50 stopped i3 -> launch i4 of web for bob on n0, r2 waits for it (borrowed), timer at 51
  `);
});

test("what is a tier's own is never reclaimed: not more than what is borrowed goes, and not for who would borrow", () => {
  story(`
    tier batch 0
    tier premium 9 preempts
    user bob batch
    user ana premium
    app web
    ${quotas({ batch: { nominalQuota: slots(2) }, premium: { nominalQuota: slots(1) } }, NO_GRACE, { admit: { preempt: "on", grace: "0s", protect: "1ms" } })}
    0 node n0 3
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    0 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    0 ready i1
    0 arrive r2 bob web -> launch i2 of web for bob on n0, r2 waits for it (borrowed)
    0 ready i2
    5 arrive r3 ana web -> preempt r2 on i2, stop i2 (reclaimed), queue r3 (no_fit, cohort)
    5 stopped i2 -> launch i3 of web for ana on n0, r3 waits for it, timer at 6
    5 ready i3
    6 timer
    9 arrive r4 ana web -> queue r4 (no_fit, cohort)           # its priority is higher, and its tier may preempt: but not beyond its own quota
    9 end r0 -> stop i0 (evicted)
    9 stopped i0 -> launch i4 of web for bob on n0, r2 waits for it, timer at 10  # who stays within its own comes before who would borrow
  `);
});

test("whom its quota stops does not keep another from having room made", () => {
  story(`
    tier gold 9
    tier silver 0
    user ana gold
    user bob silver
    user cem silver
    app web
    ${quotas({ gold: { nominalQuota: slots(1), borrowingLimit: slots(0) }, silver: { nominalQuota: slots(1) } }, {}, { warm: { strategy: "ttl", ttl: "1h" } })}
    0 node n0 2
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    0 arrive r1 cem web -> launch i1 of web for cem on n0, r1 waits for it
    0 ready i1
    1 arrive r2 ana web -> queue r2 (no_fit, quota)
    2 arrive r3 bob web -> queue r3 (no_fit, cohort)
    9 end r1 -> stop i1 (evicted)
    9 stopped i1 -> launch i2 of web for bob on n0, r3 waits for it, timer at 60009
  `);
});

test("a tier borrows no more than its borrowing limit, and lends no more than its lending limit", () => {
  story(`
    tier batch 0
    tier premium 1
    user bob batch
    user ana premium
    app web
    ${quotas({ batch: { nominalQuota: slots(1), borrowingLimit: slots(1) }, premium: { nominalQuota: slots(4), lendingLimit: slots(3) } }, NO_GRACE)}
    0 node n0 9
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it (borrowed)
    0 arrive r2 bob web -> queue r2 (no_fit, quota)            # there is room on the node, and quota to lend: but its own limit
    ${quotas({ batch: { nominalQuota: slots(1) }, premium: { nominalQuota: slots(4), lendingLimit: slots(1) } }, NO_GRACE)}
    1 arrive r3 bob web -> queue r3 (no_fit, cohort)           # of premium's four, three are for premium alone
    ${quotas({ batch: { nominalQuota: slots(1) }, premium: { nominalQuota: slots(4), lendingLimit: slots(1) } }, { ...NO_GRACE, cohort: slots(1) })} -> launch i2 of web for bob on n0, r2 waits for it (borrowed), timer at 2
    2 timer                                                    # what is nobody's own any may borrow; r3 waits on
    3 arrive r4 ana web -> launch i3 of web for ana on n0, r4 waits for it, timer at 4
  `);
});

test("what could never be within a quota is refused, and what no quota names is not bounded", () => {
  story(`
    tier batch 0
    user bob batch
    app big slots 3
    app lean cores 1 gib 50
    ${quotas({ batch: { nominalQuota: slots(1), borrowingLimit: slots(1) } }, { cohort: slots(5) })}
    0 node n0 cores 9 gib 90
    0 arrive r0 bob big -> reject r0 (cannot_fit)              # no GPU
    0 node n1 9
    1 arrive r1 bob big -> reject r1 (cannot_fit, quota)
    2 arrive r2 bob lean -> launch i0 of lean for bob on n0, r2 waits for it
  `);
});

test("reservations are held of a tier's own quota alone, since what is reserved cannot be reclaimed", () => {
  story(`
    tier batch 0
    tier premium 1
    user bob batch
    user cem batch
    app web
    ${quotas(
      { batch: { nominalQuota: whole(3) }, premium: { nominalQuota: whole(3) } },
      {},
      { controlEvery: "10ms", reserve: { strategy: "last-value", margin: 1 } },
    )}
    0 node n0 9
    0 usage bob 2
    0 usage cem 4
    10 tick -> reserve 2 for bob (last_value), reserve 1 for cem (last_value, quota)
    ${quotas(
      { batch: { nominalQuota: whole(2) }, premium: { nominalQuota: whole(3) } },
      {},
      { controlEvery: "10ms", reserve: { strategy: "last-value", margin: 1 } },
    )} -> release cem (quota_lowered, quota)
  `);
});

test("idle instances make room for anyone, of a quota as of a node", () => {
  story(`
    tier batch 0
    tier premium 1
    user bob batch
    user ana premium
    app web
    ${quotas({ batch: { nominalQuota: slots(1) }, premium: { nominalQuota: slots(1) } }, { reclaimWithinCohort: "never" }, { warm: { strategy: "ttl", ttl: "1h" } })}
    0 node n0 9
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 end r0 -> timer at 3600001
    2 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it
    2 ready i1
    3 arrive r2 bob web -> stop i0 (evicted), queue r2 (no_fit, cohort)   # premium's is idle, and so lent
    3 stopped i0 -> launch i2 of web for bob on n0, r2 waits for it (borrowed)
    4 arrive r3 ana web -> queue r3 (no_fit, cohort)           # and nothing is taken back by force
    5 ready i2
    6 end r2 -> stop i2 (evicted)
    6 stopped i2 -> launch i3 of web for ana on n0, r3 waits for it
  `);
});

test("within its budget a tier reclaims, and not from what was just started", () => {
  story(`
    tier batch 0
    tier premium 1
    user bob batch
    user ana premium
    app web
    ${quotas({ batch: { nominalQuota: slots(0) }, premium: { nominalQuota: slots(2) } }, { grace: "0s", protect: "20ms", budget: 1 })}
    0 node n0 2
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it (borrowed)
    0 ready i0
    0 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it (borrowed)
    0 ready i1
    5 arrive r2 ana web -> queue r2 (no_fit, cohort), timer at 20
    20 timer -> preempt r1 on i1, stop i1 (reclaimed)
    20 stopped i1 -> launch i2 of web for ana on n0, r2 waits for it, timer at 40
    20 ready i2
    40 timer
    41 arrive r3 ana web -> queue r3 (no_fit, cohort), timer at 3600020   # an hour after the last
  `);
});

test("under quotas a tier preempts its own requests only: what another has borrowed is not for preempting", () => {
  story(`
    tier batch 0
    tier premium 9 preempts
    user bob batch
    user ana premium
    app web
    ${quotas({ batch: { nominalQuota: slots(0) }, premium: { nominalQuota: slots(1) } }, { reclaimWithinCohort: "never" }, { admit: { preempt: "on", grace: "0s", protect: "1ms" } })}
    0 node n0 1
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it (borrowed)
    0 ready i0
    5 arrive r1 ana web -> queue r1 (no_fit, cohort)           # nothing is reclaimed, and bob is not of its tier
    6 arrive r2 ana web tier batch -> queue r2 (no_fit, cohort)
    9 end r0 -> stop i0 (evicted)
    9 stopped i0 -> launch i1 of web for ana on n0, r1 waits for it
    9 ready i1
    10 end r1 -> bind i1 to r2 (warm_hit)
    12 arrive r3 ana web -> preempt r2 on i1, stop i1 (preempted), queue r3 (no_fit, cohort)   # its own, of lower priority
  `);
});

test("while something is being reclaimed nobody borrows what becomes free meanwhile, whatever the priority", () => {
  story(`
    tier batch 0
    tier premium 1
    tier urgent 9
    user bob batch
    user ana premium
    user cem urgent
    app web
    app wide slots 2
    ${quotas({ batch: { nominalQuota: slots(0) }, premium: { nominalQuota: slots(2) } }, NO_GRACE)}
    0 node n0 2
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it (borrowed)
    0 ready i0
    0 arrive r1 bob web -> launch i1 of web for bob on n0, r1 waits for it (borrowed)
    0 ready i1
    5 arrive r2 ana wide -> preempt r1 on i1, stop i1 (reclaimed), preempt r0 on i0, stop i0 (reclaimed), queue r2 (no_fit, cohort)
    6 stopped i1
    7 arrive r3 cem web -> queue r3 (no_fit)                    # there is room for one, and it comes first of the queue
    8 stopped i0 -> launch i2 of wide for ana on n0, r2 waits for it, timer at 9
  `);
});

test("elastic pools grow for who lacks room, not for whom a quota stops", () => {
  story(`
    tier batch 0
    user bob batch
    app web
    pool spare elastic 1 max 5
    ${quotas({ batch: { nominalQuota: slots(2) } }, {}, { pool: { strategy: "cluster-autoscaler" } })} -> timer at 10000
    0 arrive r0 bob web -> queue r0 (no_fit)
    0 arrive r1 bob web -> queue r1 (no_fit)
    0 arrive r2 bob web -> queue r2 (no_fit)
    10000 timer -> resize spare to 2 (pool_pending), timer at 20000
  `);
});

test("a user who comes into another tier takes along what it holds", () => {
  story(`
    tier batch 0
    tier premium 1
    user bob batch
    user ana premium
    app web
    ${quotas({ batch: { nominalQuota: slots(1), borrowingLimit: slots(0) }, premium: { nominalQuota: slots(2) } })}
    0 node n0 9
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 arrive r1 bob web -> queue r1 (no_fit, quota)
    user bob premium -> launch i1 of web for bob on n0, r1 waits for it
    1 arrive r2 ana web -> launch i2 of web for ana on n0, r2 waits for it (borrowed)   # of what batch has left idle now
  `);
});

test.run();
