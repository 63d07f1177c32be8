import { test } from "uvu";
import { story } from "../../../support/story.ts";

/** A policy with quotas of users, in a script. */
function users(quotas: object, other: object = {}): string {
  return `policy ${JSON.stringify({ quotas: { users: quotas }, ...other })}`;
}

function whole(count: number): object {
  return { cpuMillis: count * 1000, memoryMiB: count * 1024, gpuMillis: count * 1000, networkKbps: count * 1000 };
}

const KEPT = { warm: { strategy: "ttl", ttl: "1h" } };

test("nobody has more instances than its quota, however much room there is; whose instance ends has the next one started", () => {
  story(`
    tier all 0
    user ana all
    user bob all
    app web
    ${users({ each: { instances: 2 } })}
    0 node n0 9
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 arrive r2 ana web -> queue r2 (no_fit, user_quota)
    1 arrive r3 bob web -> launch i2 of web for bob on n0, r3 waits for it   # whom the first in the queue does not keep waiting
    5 ready i0
    9 end r0 -> bind i0 to r2 (warm_hit)
  `);
});

test("what is idle of one's own makes way, whatever the app; nobody else's does, which would help nothing", () => {
  story(`
    tier all 0
    user ana all
    user bob all
    app web
    app desk
    ${users({ named: { ana: { instances: 1 } } }, KEPT)}
    0 node n0 9
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    1 end r0 -> timer at 3600001
    2 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    2 ready i1
    3 end r1
    4 arrive r2 ana desk -> stop i1 (evicted), queue r2 (no_fit, user_quota)
    5 stopped i1 -> launch i2 of desk for ana on n0, r2 waits for it
    6 arrive r3 ana web -> queue r3 (no_fit, user_quota)       # it runs: nothing of hers is idle, and bob's stays
  `);
});

test("where capacity is missing, too, what is one's own goes first: so nothing of another's goes that need not", () => {
  story(`
    tier all 0
    user ana all
    user bob all
    app web
    app desk
    ${users({ each: { instances: 1 } }, KEPT)}
    0 node n0 2
    0 arrive r0 bob web -> launch i0 of web for bob on n0, r0 waits for it
    0 ready i0
    1 end r0 -> timer at 3600001
    2 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    2 ready i1
    3 end r1
    4 arrive r2 ana desk -> stop i1 (evicted), queue r2 (no_fit, user_quota)
    5 stopped i1 -> launch i2 of desk for ana on n0, r2 waits for it
  `);
});

test("a name says more than a role, and a role more than what is for everyone: each key by itself", () => {
  story(`
    tier all 0
    user ana all as intern
    user cem all as intern
    user bob all
    app web
    ${users({
      each: { instances: 2, max: { cpuMillis: 2000 } },
      roles: { intern: { instances: 1 } },
      named: { cem: { max: { cpuMillis: "unlimited" }, instances: 3 } },
    })}
    0 node n0 9
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 ana web -> queue r1 (no_fit, user_quota)
    0 arrive r2 bob web -> launch i1 of web for bob on n0, r2 waits for it
    0 arrive r3 bob web -> launch i2 of web for bob on n0, r3 waits for it
    0 arrive r4 bob web -> queue r4 (no_fit, user_quota)
    0 arrive r5 cem web -> launch i3 of web for cem on n0, r5 waits for it
    0 arrive r6 cem web -> launch i4 of web for cem on n0, r6 waits for it
    0 arrive r7 cem web -> launch i5 of web for cem on n0, r7 waits for it
    0 arrive r8 cem web -> queue r8 (no_fit, user_quota)
    user ana all -> launch i6 of web for ana on n0, r1 waits for it   # an intern no more
  `);
});

test("an amount bounds what is held together, and what could never be within it is refused", () => {
  story(`
    tier all 0
    user ana all
    app big slots 3
    app web
    ${users({ each: { max: { cpuMillis: 2000 } } })}
    0 node n0 9
    0 arrive r0 ana big -> reject r0 (cannot_fit, user_quota)
    0 arrive r1 ana web -> launch i0 of web for ana on n0, r1 waits for it
    0 arrive r2 ana web -> launch i1 of web for ana on n0, r2 waits for it
    0 arrive r3 ana web -> queue r3 (no_fit, user_quota)
    ${users({ each: { max: { cpuMillis: 3000 } } })} -> launch i2 of web for ana on n0, r3 waits for it
  `);
});

test("no more is reserved for a user than its quota, and what is beyond a lower one is let go at once", () => {
  const reserve = { controlEvery: "10ms", reserve: { strategy: "last-value", margin: 1 } };
  story(`
    tier all 0
    user bob all
    app web
    ${users({ each: { max: whole(3) } }, reserve)}
    0 node n0 9
    0 usage bob 4
    10 tick -> reserve 3 for bob (last_value, user_quota)
    ${users({ each: { max: whole(1) } }, reserve)} -> reserve 1 for bob (quota_lowered, user_quota)
  `);
});

test("an instance of a shared app that changes hands is in the quota of who has it now, and leaves room in the other's", () => {
  story(`
    tier all 0
    user ana all
    user bob all
    app web shared
    app desk
    ${users({ each: { instances: 1 } }, KEPT)}
    0 node n0 9
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 end r0 -> timer at 3600001
    2 arrive r1 bob web -> bind i0 to r1 (warm_hit)
    3 arrive r2 ana desk -> launch i1 of desk for ana on n0, r2 waits for it
    4 arrive r3 bob desk -> queue r3 (no_fit, user_quota)      # what he took of her is his
  `);
});

test("whose shared instance another takes may have another at once, also while stops are under way", () => {
  story(`
    tier all 0
    user ana all
    user bob all
    user cem all
    app web shared
    app desk
    app lab
    ${users({ each: { instances: 1 } }, KEPT)}
    0 node n0 9
    0 arrive r0 cem desk -> launch i0 of desk for cem on n0, r0 waits for it
    0 ready i0
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 ready i1
    1 end r0 -> timer at 3600001
    1 end r1
    2 arrive r2 cem lab -> stop i0 (evicted), queue r2 (no_fit, user_quota)
    3 arrive r3 ana desk -> queue r3 (no_fit, user_quota)      # hers could make way, but one stop at a time
    4 arrive r4 bob web -> bind i1 to r4 (warm_hit), launch i2 of desk for ana on n0, r3 waits for it
    5 stopped i0 -> launch i3 of lab for cem on n0, r2 waits for it
  `);
});

test("a pool does not grow for whom its own quota stops, and counts who is ahead of it", () => {
  story(`
    tier all 0
    user ana all
    user bob all
    app web
    pool spare elastic 1 max 9
    ${users({ each: { instances: 1 } }, { pool: { strategy: "cluster-autoscaler", unneeded: "30s", delayAfterAdd: "20s" } })} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    0 arrive r1 ana web -> queue r1 (no_fit)
    0 arrive r2 bob web -> queue r2 (no_fit)
    10000 timer -> resize spare to 2 (pool_pending), timer at 20000
  `);
});

test.run();
