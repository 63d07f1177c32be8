import { test } from "uvu";
import { story } from "../../../support/story.ts";

function karpenter(more: object = {}, rest: object = {}): string {
  return `policy ${JSON.stringify({ warm: { strategy: "ttl", ttl: "1h" }, pool: { strategy: "karpenter", ...more }, ...rest })}`;
}

test("what lacks room is gathered until nothing came for a second, and the cheapest type with room for all of it is bought", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool small elastic 2 price 3
    pool large elastic 4 price 5
    pool huge elastic 8 price 11
    ${karpenter()} -> timer at 1000
    500 arrive r0 ana web -> queue r0 (no_fit)
    600 arrive r1 ana web -> queue r1 (no_fit)
    1000 timer -> timer at 2000                                      # the last came 400 ms ago
    1100 arrive r2 ana web -> queue r2 (no_fit)
    2000 timer -> timer at 3000
    3000 timer -> resize large to 1 (pool_pending), timer at 4000    # not two of small, for 6
    4000 timer -> timer at 5000
    5000 node n0 4 of large -> launch i0 of web for ana on n0, r0 waits for it, launch i1 of web for ana on n0, r1 waits for it, launch i2 of web for ana on n0, r2 waits for it
  `);
});

test("gathering ends after its longest time in any case", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool small elastic 2 price 3
    ${karpenter({ batchMax: "3s" })} -> timer at 1000
    500 arrive r0 ana web -> queue r0 (no_fit)
    1000 timer -> timer at 2000
    1500 arrive r1 ana web -> queue r1 (no_fit)
    2000 timer -> timer at 3000
    2500 arrive r2 ana web -> queue r2 (no_fit)
    3000 timer -> timer at 4000
    3500 arrive r3 ana web -> queue r3 (no_fit)
    4000 timer -> resize small to 2 (pool_pending), timer at 5000
  `);
});

test("a type that is not to be had, or of which there may be no more, is left out: for three minutes, or for good", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 2
    pool small elastic 2 max 1 price 3
    pool large elastic 4 max 9 price 5
    ${karpenter()} -> timer at 1000
    0 arrive r0 ana web -> queue r0 (no_fit)
    1000 timer -> resize small to 1 (pool_pending), timer at 2000
    1100 failed small no_capacity
    2000 timer -> resize large to 1 (pool_pending), timer at 3000
    2100 failed large no_capacity
    3000 timer -> timer at 4000
    181099 timer -> timer at 182099
    182099 timer -> resize small to 1 (pool_pending), timer at 183099
    182100 arrive r1 ana web -> queue r1 (no_fit)
    183099 timer -> timer at 184099
    184099 timer -> resize large to 1 (pool_pending), timer at 185099   # of small there may be one
  `);
});

test("empty nodes go together, as many as the budget allows, fifteen seconds after that was found", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool small elastic 2 nodes 3 price 3
    ${karpenter({ budget: 0.5 })} -> timer at 1000
    0 node n0 2 of small
    0 node n1 2 of small
    0 node n2 2 of small
    10000 timer -> timer at 11000
    24000 timer -> timer at 25000
    25000 timer -> resize small to 1 (pool_unneeded), timer at 26000    # half of three, rounded up
  `);
});

test("what no longer holds for all of them after fifteen seconds is not done", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool small elastic 1 nodes 3 price 3
    ${karpenter({ budget: 1 })} -> timer at 1000
    0 node n0 1 of small
    0 node n1 1 of small
    0 node n2 1 of small
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    10000 timer -> timer at 11000                                    # n1 and n2 are empty
    20000 arrive r1 ana web -> launch i1 of web for ana on n1, r1 waits for it
    25000 timer -> timer at 26000
  `);
});

test("a node goes when what is on it has room on others, unless something runs on it", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool small elastic 4 nodes 2 price 3
    ${karpenter()} -> timer at 1000
    0 node n0 4 of small
    0 node n1 4 of small
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 drain n0
    2 arrive r1 ana web -> launch i1 of web for ana on n1, r1 waits for it
    2 ready i1
    3 node n0 4 of small
    10000 timer -> timer at 11000                                    # on both something runs
    11000 end r1
    20000 timer -> timer at 21000                                    # n1 has nothing to do now, and n0 has room for what is on it
    25000 timer -> timer at 26000
    35000 timer -> resize small to 1 (pool_consolidated), timer at 36000
  `);
});

const FULL = `
    tier standard 1
    user ana standard
    app web
`;

test("two nodes go for one that costs less than both together, once that is ready; what is idle moves there", () => {
  story(`
    ${FULL}
    pool small elastic 2 nodes 2 price 3
    pool large elastic 4 price 5
    ${karpenter({ budget: 1 }, { handOver: "on" })} -> timer at 1000
    0 node n0 2 of small
    0 node n1 2 of small
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 arrive r2 ana web -> launch i2 of web for ana on n1, r2 waits for it
    0 arrive r3 ana web -> launch i3 of web for ana on n1, r3 waits for it
    0 ready i0
    0 ready i1
    0 ready i2
    0 ready i3
    1 end r0
    1 end r1
    1 end r2
    1 end r3
    10000 timer -> timer at 11000
    25000 timer -> resize large to 1 (pool_consolidated), timer at 26000    # 5 instead of 6
    26000 timer -> timer at 27000
    27000 node n2 4 of large
    28000 timer -> resize small to 0 (pool_consolidated), timer at 29000
    28000 drain n1 -> launch i4 of web for ana on n2 (hand_over), launch i5 of web for ana on n2 (hand_over)
    28000 drain n0 -> launch i6 of web for ana on n2 (hand_over), launch i7 of web for ana on n2 (hand_over)
    28000 ready i4 -> stop i2 (hand_over)
  `);
});

test("not for one that costs as much as both together", () => {
  story(`
    ${FULL}
    pool small elastic 2 nodes 2 price 3
    pool large elastic 4 price 6
    ${karpenter({ budget: 1 })} -> timer at 1000
    0 node n0 2 of small
    0 node n1 2 of small
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 ana web -> launch i1 of web for ana on n0, r1 waits for it
    0 arrive r2 ana web -> launch i2 of web for ana on n1, r2 waits for it
    0 ready i0
    0 ready i1
    0 ready i2
    1 end r0
    1 end r1
    1 end r2
    10000 timer -> timer at 11000
    25000 timer -> timer at 26000
  `);
});

test("where a node of one of their own types would do for all of them, it is enough that the others go", () => {
  story(`
    ${FULL}
    app big slots 3
    pool small elastic 2 nodes 1 price 3
    pool large elastic 4 nodes 1 price 5
    ${karpenter({ budget: 1 })} -> timer at 1000
    0 node n0 2 of small
    0 node n1 4 of large
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 arrive r1 ana big -> launch i1 of big for ana on n1, r1 waits for it
    0 ready i0
    0 ready i1
    1 end r0
    1 end r1
    10000 timer -> timer at 11000
    25000 timer -> resize small to 0 (pool_consolidated), timer at 26000    # no other large one in place of both
  `);
});

test("a node that is larger than need be is replaced by a cheaper one", () => {
  story(`
    ${FULL}
    pool large elastic 4 nodes 1 price 5
    pool small elastic 2 price 3
    pool mid elastic 3 price 4
    ${karpenter()} -> timer at 1000
    0 node n0 4 of large
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 end r0
    10000 timer -> timer at 11000
    25000 timer -> resize small to 1 (pool_consolidated), timer at 26000
    30000 node n1 2 of small
    31000 timer -> resize large to 0 (pool_consolidated), timer at 32000
  `);
});

test("nodes on which something runs go, too, where that is said: they drain until it has ended", () => {
  story(`
    ${FULL}
    pool small elastic 2 nodes 2 price 3
    ${karpenter({ disrupt: "running" })} -> timer at 1000
    0 node n0 2 of small
    0 node n1 2 of small
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    0 drain n0
    0 arrive r1 ana web -> launch i1 of web for ana on n1, r1 waits for it
    0 ready i1
    0 node n0 2 of small
    10000 timer -> timer at 11000
    25000 timer -> resize small to 1 (pool_consolidated), timer at 26000
    25000 drain n1
    26000 arrive r2 ana web -> launch i2 of web for ana on n0, r2 waits for it
    27000 end r1 -> stop i1 (drained)
  `);
});

test("not for two that cost less together: one node comes, or none", () => {
  story(`
    ${FULL}
    app pair slots 2
    app rest slots 3
    pool base
    pool large elastic 4 nodes 1 max 1 price 5
    pool small elastic 2 price 1
    ${karpenter()} -> timer at 1000
    0 node n0 4 of large
    0 arrive r0 ana pair -> launch i0 of pair for ana on n0, r0 waits for it
    0 arrive r1 ana pair -> launch i1 of pair for ana on n0, r1 waits for it
    0 ready i0
    0 ready i1
    0 node n1 4 of base
    0 node n2 4 of base
    0 arrive r2 ana rest -> launch i2 of rest for ana on n1, r2 waits for it
    0 arrive r3 ana rest -> launch i3 of rest for ana on n2, r3 waits for it
    0 ready i2
    0 ready i3
    1 end r0
    1 end r1
    10000 timer -> timer at 11000
    25000 timer -> timer at 26000                                    # two slots free on two nodes back one of the pairs, but it fits on neither
  `);
});

/** So many nodes with an idle instance of one slot on each: what else was there is lost. */
function littleUsed(nodes: number, policy: string): string {
  const each = Array.from({ length: nodes }, (_, k) => k);
  const launches = each.map((k) => {
    const [web, rest] = [2 * k, 2 * k + 1];
    return `
    0 node n${k} 4 of small
    0 arrive r${web} ana web -> launch i${web} of web for ana on n${k}, r${web} waits for it
    0 arrive r${rest} ana rest -> launch i${rest} of rest for ana on n${k}, r${rest} waits for it
    0 ready i${web}
    0 ready i${rest}`;
  });
  return `
    ${FULL}
    user bob standard
    app rest slots 3
    pool small elastic 4 nodes ${nodes} price 3
    ${policy} -> timer at 1000
    ${launches.join("")}
    ${each.map((k) => `0 end r${2 * k}`).join("\n")}
    ${each.map((k) => `0 cancel r${2 * k + 1}\n0 lost i${2 * k + 1}`).join("\n")}`;
}

test("as many as can be go together: of four nodes that are used little three", () => {
  story(`
    ${littleUsed(4, karpenter({ budget: 1 }))}
    10000 timer -> timer at 11000
    25000 timer -> resize small to 1 (pool_consolidated), timer at 26000
  `);
});

const RESERVING = { controlEvery: "1s", reserve: { strategy: "last-value", margin: 1 } };

test("what is reserved has to be backed without the nodes that go, if something is on them", () => {
  story(`
    ${littleUsed(2, karpenter({}, RESERVING))}
    0 usage bob 3
    1000 tick -> reserve 4 for ana (last_value), reserve 3 for bob (last_value)
    10000 timer -> timer at 11000
    25000 timer -> timer at 26000                                    # seven, and a node has four
  `);
});

test("and if nothing is", () => {
  story(`
    ${FULL}
    pool small elastic 4 nodes 2 price 3
    ${karpenter({}, RESERVING)} -> timer at 1000
    0 node n0 4 of small
    0 node n1 4 of small
    0 usage ana 5
    1000 tick -> reserve 5 for ana (last_value)
    10000 timer -> timer at 11000
    25000 timer -> timer at 26000
    26000 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    26000 ready i0
    26001 end r0
    27000 lost i0
    28000 usage ana 4
    28000 tick -> reserve 4 for ana (last_value)
    35000 timer -> timer at 36000
    50000 timer -> resize small to 1 (pool_unneeded), timer at 51000
  `);
});

test("only empty nodes go, where that is said", () => {
  story(`
    ${FULL}
    pool large elastic 4 nodes 1 price 5
    pool small elastic 2 price 3
    ${karpenter({ consolidate: "empty" })} -> timer at 1000
    0 node n0 4 of large
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    1 end r0
    10000 timer -> timer at 11000
    25000 timer -> timer at 26000
    26000 lost i0
    36000 timer -> timer at 37000
    51000 timer -> resize large to 0 (pool_unneeded), timer at 52000
  `);
});

test("a node may go once nothing was started on it, or ended, for the time that the policy says", () => {
  story(`
    ${FULL}
    pool small elastic 2 nodes 2 price 3
    ${karpenter({ consolidateAfter: "15s" })} -> timer at 1000
    0 node n0 2 of small
    0 node n1 2 of small
    1000 timer -> timer at 2000
    2000 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    2000 ready i0
    2000 timer -> timer at 3000
    10000 timer -> timer at 11000
    20000 timer -> timer at 21000                                    # n1 has been empty for 19 s
    25000 timer -> timer at 26000
    35000 timer -> resize small to 1 (pool_unneeded), timer at 36000
  `);
});

test.run();
