import { test } from "uvu";
import { story } from "../../../support/story.ts";

const SLOT = `"pool":{"strategy":"cluster-autoscaler","unneeded":"30s","delayAfterAdd":"20s"}`;

test("who has no room waits for a node that a pool can be given; who would have none there either is refused", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    app huge slots 5
    pool spare elastic 4 max 2
    policy {${SLOT}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    0 arrive r1 ana huge -> reject r1 (cannot_fit)
    10000 timer -> resize spare to 1 (pool_pending), timer at 20000
    12000 node n0 4 of spare -> launch i0 of web for ana on n0, r0 waits for it
  `);
});

test("as many nodes as the waiting need and those on their way do not give, at most as many as the pool may have", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool spare elastic 4 max 3
    policy {${SLOT}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    1 arrive r1 ana web -> queue r1 (no_fit)
    2 arrive r2 ana web -> queue r2 (no_fit)
    10000 timer -> resize spare to 2 (pool_pending), timer at 20000
    11000 arrive r3 ana web -> queue r3 (no_fit)                    # has room on what is coming
    20000 timer -> timer at 30000
    21000 arrive r4 ana web -> queue r4 (no_fit)
    21001 arrive r5 ana web -> queue r5 (no_fit)
    21002 arrive r6 ana web -> queue r6 (no_fit)
    30000 timer -> resize spare to 3 (pool_pending), timer at 40000 # it may have no more
    40000 timer -> timer at 50000
  `);
});

test("of two pools the one that costs less for what it takes in grows; where that is full, the other", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool dear elastic 2 max 5 price 3
    pool cheap elastic 4 max 1 price 5
    policy {${SLOT}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    1 arrive r1 ana web -> queue r1 (no_fit)
    10000 timer -> resize cheap to 1 (pool_pending), timer at 20000   # 5 for two, not 6
    11000 arrive r2 ana web -> queue r2 (no_fit)
    20000 timer -> resize dear to 1 (pool_pending), timer at 30000
  `);
});

test("an empty node goes once it has been unneeded for longer than the time, and not soon after a pool grew", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool spare elastic 4 nodes 1 max 3
    policy {${SLOT}} -> timer at 10000
    0 node n0 4 of spare
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    1 ready i1
    2 arrive r2 ana web -> queue r2 (no_fit)
    10000 timer -> resize spare to 2 (pool_pending), timer at 20000
    11000 node n1 4 of spare -> launch i2 of web for ana on n1, r2 waits for it
    11000 ready i2
    12000 end r2 -> stop i2 (nothing_kept)
    12000 stopped i2
    20000 timer -> timer at 30000       # unneeded since now
    30000 timer -> timer at 40000
    40000 timer -> timer at 50000
    50000 timer -> timer at 60000       # for 30 s, which is not longer
    60000 timer -> resize spare to 1 (pool_unneeded), timer at 70000
    60000 drain n1
    60000 node-lost n1
  `);
});

test("while a node is on its way none is let go: the platform would call off the one that comes", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    app huge slots 4
    pool spare elastic 4 nodes 2 max 3
    policy {${SLOT}} -> timer at 10000
    0 node n0 4 of spare
    0 node n1 4 of spare
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    1 ready i1
    2 arrive r2 ana web -> launch i2 of web for ana on n1, r2 waits for it
    2 ready i2
    3 arrive r3 ana huge -> queue r3 (no_fit)
    10000 timer -> resize spare to 3 (pool_pending), timer at 20000
    11000 end r2 -> stop i2 (evicted)
    11000 stopped i2 -> launch i3 of huge for ana on n1, r3 waits for it
    11000 ready i3
    12000 end r3 -> stop i3 (nothing_kept)
    12000 stopped i3
    20000 timer -> timer at 30000                              # n1 is unneeded since now
    30000 timer -> timer at 40000
    40000 timer -> timer at 50000
    50000 timer -> timer at 60000
    60000 timer -> timer at 70000                              # for long enough
    65000 node n2 4 of spare
    70000 timer -> timer at 80000                              # n2 would go first, and is unneeded since now
  `);
});

test("while the platform has not taken a node away that it was asked to, no other is let go in its place", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4
    pool spare elastic 4 nodes 2 max 3
    policy {"warm":{"strategy":"ttl","ttl":"1h"},${SLOT}} -> timer at 10000
    0 node n0 4 of spare
    0 node n1 4 of spare
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    10000 timer -> timer at 20000
    20000 timer -> timer at 30000
    30000 timer -> timer at 40000
    40000 timer -> timer at 50000
    50000 timer -> resize spare to 1 (pool_unneeded), timer at 60000
    60000 timer -> timer at 70000                              # n1 is still there
    70000 timer -> timer at 80000
    75000 drain n1
    75000 node-lost n1
    80000 timer -> timer at 90000
  `);
});

const TWO_NODES = `
    tier standard 1
    user ana standard
    app big slots 3
    app web concurrency 2
    pool spare elastic 4 nodes 2 max 3
    policy {"warm":{"strategy":"ttl","ttl":"1h"},${SLOT}} -> timer at 10000
    0 node n0 4 of spare
    0 node n1 4 of spare
    0 arrive r0 ana big -> launch i0 of big for ana on n0, r0 waits for it
    0 ready i0
    1 arrive r1 ana big -> launch i1 of big for ana on n1, r1 waits for it
    1 ready i1
    2 arrive r2 ana web -> launch i2 of web for ana on n0, r2 waits for it
    2 ready i2
    3 end r2
    4 lost i1 -> launch i3 of big for ana on n1, r1 waits for it
    4 ready i3
    5 cancel r1
    6 lost i3
    7 lost i2
`;

test("what runs on a node that leaves ends there, takes nothing more, and stops", () => {
  story(`
    ${TWO_NODES}
    8 drain n0                                                 # somebody else's doing: the pool is to have one less
    9 arrive r3 ana web -> launch i4 of web for ana on n1, r3 waits for it
    9 ready i4
    10 node n0 4 of spare                                      # and now one more again
    10000 timer -> timer at 20000                              # i4 would have room on n0: n1 is unneeded since now
    20000 timer -> timer at 30000
    30000 timer -> timer at 40000
    40000 timer -> timer at 50000
    50000 timer -> resize spare to 1 (pool_unneeded), timer at 60000
    50000 drain n1
    50001 arrive r4 ana web -> launch i5 of web for ana on n0, r4 waits for it
    50002 end r3 -> stop i4 (drained)
    50002 stopped i4
    50002 node-lost n1
  `);
});

test("a node stays while what is on it has room nowhere else; then what is idle there stops", () => {
  story(`
    ${TWO_NODES}
    8 arrive r3 ana web -> launch i4 of web for ana on n0, r3 waits for it
    8 ready i4
    9 arrive r4 ana web -> bind i4 to r4 (warm_hit)
    10 arrive r5 ana web -> launch i5 of web for ana on n1, r5 waits for it
    10 ready i5
    11 end r5
    10000 timer -> timer at 20000                              # n0 is full
    20000 timer -> timer at 30000
    30000 timer -> timer at 40000
    40000 timer -> timer at 50000
    50000 timer -> timer at 60000
    50001 end r3
    50002 end r4
    50003 lost i4                                              # now i5 would have room there
    60000 timer -> timer at 70000
    70000 timer -> timer at 80000
    80000 timer -> timer at 90000
    90000 timer -> timer at 100000
    100000 timer -> resize spare to 1 (pool_unneeded), timer at 110000
    100000 drain n1 -> stop i5 (drained)
    100000 stopped i5
    100000 node-lost n1
  `);
});

test("a node stays while there is room elsewhere for what is on it in all, but not on one node", () => {
  story(`
    tier standard 1
    user ana standard
    app big slots 3
    app mid slots 2
    pool spare elastic 4 nodes 3 max 3
    policy {"pool":{"strategy":"cluster-autoscaler","unneeded":"5s","threshold":"0.75"}} -> timer at 10000
    0 node n0 4 of spare
    0 node n1 4 of spare
    0 node n2 4 of spare
    0 arrive r0 ana big -> launch i0 of big for ana on n0, r0 waits for it
    1 arrive r1 ana big -> launch i1 of big for ana on n1, r1 waits for it
    2 arrive r2 ana mid -> launch i2 of mid for ana on n2, r2 waits for it
    10000 timer -> timer at 20000
    20000 timer -> timer at 30000
  `);
});

test("of two nodes one with nothing on it goes, whatever its pool", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool spare elastic 4 nodes 1 max 3
    pool other elastic 4 nodes 1 max 3
    policy {"pool":{"strategy":"cluster-autoscaler","unneeded":"5s"}} -> timer at 10000
    0 node n0 4 of spare
    0 node n1 4 of other
    1 arrive r1 ana web -> launch i0 of web for ana on n0, r1 waits for it
    10000 timer -> timer at 20000
    20000 timer -> resize other to 0 (pool_unneeded), timer at 30000
  `);
});

test("a reservation that only the node backs keeps it", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool spare elastic 4 nodes 2 max 3
    policy {"controlEvery":"1s","reserve":{"strategy":"last-value","margin":"2"},"pool":{"strategy":"cluster-autoscaler","unneeded":"5s"}} -> timer at 10000
    0 node n0 4 of spare
    0 node n1 4 of spare
    0 usage ana 3
    1000 tick -> reserve 6 for ana (last_value)
    10000 timer -> timer at 20000
    20000 timer -> timer at 30000
  `);
});

test("nodes that do not come in time are called off, and the pool is left alone for a while", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool spare elastic 1 max 3
    policy {"pool":{"strategy":"cluster-autoscaler","every":"4m"}} -> timer at 240000
    0 arrive r0 ana web -> queue r0 (no_fit)
    240000 timer -> resize spare to 1 (pool_pending), timer at 480000
    480000 timer -> timer at 720000
    720000 timer -> timer at 960000
    960000 timer -> timer at 1200000
    1200000 timer -> resize spare to 0 (pool_late), timer at 1440000     # 16 min are longer than 15
    1440000 timer -> timer at 1680000
    1680000 timer -> resize spare to 1 (pool_pending), timer at 1920000  # 5 min have passed
  `);
});

test("a pool that the world refuses to grow is left alone for five minutes, then for ten", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool spare elastic 1 max 3
    policy {"pool":{"strategy":"cluster-autoscaler","every":"5m"}} -> timer at 300000
    0 arrive r0 ana web -> queue r0 (no_fit)
    300000 timer -> resize spare to 1 (pool_pending), timer at 600000
    300001 failed spare no_capacity
    600000 timer -> timer at 900000
    900000 timer -> resize spare to 1 (pool_pending), timer at 1200000
    900001 failed spare no_capacity
    1200000 timer -> timer at 1500000
    1500000 timer -> timer at 1800000
    1800000 timer -> resize spare to 1 (pool_pending), timer at 2100000
  `);
});

test("a node that the platform takes back is one less: the pool is asked for another when what ran there waits again", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool spare elastic 1 max 1
    policy {"pool":{"strategy":"cluster-autoscaler"}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    10000 timer -> resize spare to 1 (pool_pending), timer at 20000
    12000 node n0 1 of spare -> launch i0 of web for ana on n0, r0 waits for it
    12000 ready i0
    15000 node-lost n0
    20000 timer -> resize spare to 1 (pool_pending), timer at 30000
    22000 node n1 1 of spare -> launch i1 of web for ana on n1, r0 waits for it
  `);
});

test("nothing shrinks within the delay after a pool grew, whatever has been unneeded", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool spare elastic 1 max 3
    policy {"pool":{"strategy":"cluster-autoscaler","unneeded":"0s","delayAfterAdd":"30s"}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    10000 timer -> resize spare to 1 (pool_pending), timer at 20000
    10001 cancel r0
    10002 node n0 1 of spare
    20000 timer -> timer at 30000
    30000 timer -> timer at 40000
    40000 timer -> resize spare to 0 (pool_unneeded), timer at 50000
  `);
});

test("under another policy nothing scans any more; replicas that find no room have a pool grow as requests do", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool spare elastic 2 max 3
    policy {"controlEvery":"15s","replicas":{"strategy":"hpa","min":2},${SLOT}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    10000 timer -> resize spare to 2 (pool_pending), timer at 20000
    policy keep-alive:ttl=10ms
    20000 timer
  `);
});

test.run();
