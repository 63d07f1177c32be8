import { test } from "uvu";
import { story } from "../../../support/story.ts";

test("headroom: what is held and waits, and some more, so that the next finds room", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool spare elastic 4 max 9
    policy {"pool":{"strategy":"headroom","spare":"0.5","shrinkAfter":"30s"}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    1 arrive r1 ana web -> queue r1 (no_fit)
    10000 timer -> resize spare to 2 (pool_pending), timer at 20000       # one for those that wait, one for half as much again
    12000 node n0 4 of spare -> launch i0 of web for ana on n0, r0 waits for it, launch i1 of web for ana on n0, r1 waits for it
    13000 node n1 4 of spare
    14000 arrive r2 ana web -> launch i2 of web for ana on n1, r2 waits for it
    20000 timer -> resize spare to 3 (pool_headroom), timer at 30000      # 6 × 1.5 are more than 8
  `);
});

test("it shrinks by what has not been needed for so long, and keeps what is to spare", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool spare elastic 4 nodes 3 max 9
    policy {"pool":{"strategy":"headroom","spare":"0.5","shrinkAfter":"30s"}} -> timer at 10000
    0 node n0 4 of spare
    0 node n1 4 of spare
    0 node n2 4 of spare
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    1 ready i1
    2 arrive r2 ana web -> launch i2 of web for ana on n1, r2 waits for it
    2 ready i2
    10000 timer -> timer at 20000                                         # 9 needed
    11000 end r2 -> stop i2 (nothing_kept)
    11000 stopped i2
    20000 timer -> timer at 30000                                         # 6 are, but 9 were
    30000 timer -> timer at 40000
    40000 timer -> resize spare to 2 (pool_unneeded), timer at 50000
    40000 drain n2
    40000 node-lost n2
    50000 timer -> timer at 60000                                         # one would be too few for 6
  `);
});

test("while the platform has not taken a node away that it was asked to, no other is let go in its place", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool spare elastic 4 nodes 3 max 9
    policy {"pool":{"strategy":"headroom","spare":"0","shrinkAfter":"10s"}} -> timer at 10000
    0 node n0 4 of spare
    0 node n1 4 of spare
    0 node n2 4 of spare
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    10000 timer -> resize spare to 1 (pool_unneeded), timer at 20000
    20000 timer -> timer at 30000                                         # n1 and n2 are still there
    25000 drain n2
    25000 node-lost n2
    30000 timer -> timer at 40000                                         # and so is n1
    35000 drain n1
    35000 node-lost n1
    40000 timer -> timer at 50000
  `);
});

test("predictive: what forecasts say until a node asked for now would be ready, by how long nodes took", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web slots 2
    pool spare elastic 4 max 9 provision 15000
    policy {"feed":{"targets":["demand"]},"pool":{"strategy":"predictive","margin":"2"}} -> timer at 10000
    0 forecast demand ana 0,0,1,3 step 20000 from 0
    10000 timer -> timer at 20000                                         # 15 s and the next scan: until 35 s, nothing
    20000 timer -> resize spare to 1 (pool_ahead, fresh), timer at 30000  # 1 × 2 from 40 s on
    30000 timer -> timer at 40000
    40000 timer -> resize spare to 2 (pool_ahead, fresh), timer at 50000  # 3 × 2 from 60 s on
    45000 node n0 4 of spare                                              # took 25 s
    50000 timer -> timer at 60000
    51000 forecast demand ana/bob 0,0,0,0 step 20000 from 51000
  `);
});

test("what is missing is ordered where it costs least, and the dearest pool shrinks first", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool cheap elastic 2 max 1 price 2
    pool dear elastic 2 max 9 price 3
    policy {"controlEvery":"1s","reserve":{"strategy":"last-value","margin":"1"},"pool":{"strategy":"headroom","spare":"0","shrinkAfter":"0s"}} -> timer at 10000
    0 arrive r0 ana web -> queue r0 (no_fit)
    0 arrive r1 ana web -> queue r1 (no_fit)
    0 arrive r2 ana web -> queue r2 (no_fit)
    10000 timer -> resize cheap to 1 (pool_pending), resize dear to 1 (pool_headroom), timer at 20000  # 2 for two of them; for the third 3
    10001 cancel r0
    10001 cancel r1
    10001 cancel r2
    10002 tick
    10003 node n0 2 of cheap
    10004 node n1 2 of dear
    10005 usage ana 1
    10006 tick -> reserve 1 for ana (last_value)
    20000 timer -> resize dear to 0 (pool_unneeded), timer at 30000
  `);
});

test("a node to which something would move stays: else nowhere would be left for that", () => {
  story(`
    tier standard 1
    user ana standard
    app big slots 3
    app mid slots 2
    pool spare elastic 4 nodes 2 max 3
    pool fixed
    policy {"pool":{"strategy":"headroom","spare":"0","shrinkAfter":"0s","threshold":"0.75"}} -> timer at 10000
    0 node n0 4 of spare
    0 arrive r0 ana mid -> launch i0 of mid for ana on n0, r0 waits for it
    0 arrive r1 ana mid -> launch i1 of mid for ana on n0, r1 waits for it
    1 node n1 4 of spare
    1 arrive r2 ana mid -> launch i2 of mid for ana on n1, r2 waits for it
    2 node n2 4 of fixed
    2 arrive r3 ana big -> launch i3 of big for ana on n2, r3 waits for it
    3 node n3 6 of fixed
    3 arrive r4 ana big -> launch i4 of big for ana on n3, r4 waits for it
    4 ready i1
    5 cancel r1 -> stop i1 (nothing_kept)
    5 stopped i1
    10000 timer -> resize spare to 1 (pool_unneeded), timer at 20000   # i2 would be on n0, and i0 could not go to n3 with it
  `);
});

test("without a forecast, what was held one season ago; never less than what is held and waits now", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool spare elastic 4 nodes 0 max 9 provision 300000
    policy {"pool":{"strategy":"predictive","every":"5m","season":"20m","shrinkAfter":"0s"}} -> timer at 300000
    299000 arrive r0 ana web -> queue r0 (no_fit)
    299000 arrive r1 ana web -> queue r1 (no_fit)
    299000 arrive r2 ana web -> queue r2 (no_fit)
    300000 timer -> resize spare to 2 (pool_pending), timer at 600000
    301000 cancel r0
    301000 cancel r1
    301000 cancel r2
    302000 node n0 4 of spare
    302000 node n1 4 of spare
    600000 timer -> resize spare to 0 (pool_unneeded), timer at 900000
    600000 drain n1
    600000 node-lost n1
    600000 drain n0
    600000 node-lost n0
    900000 timer -> timer at 1200000
    1200000 timer -> resize spare to 2 (pool_ahead, seasonal), timer at 1500000  # 6 at 300 s: again at 1,500 s, and nodes take 2 s
  `);
});

test.run();
