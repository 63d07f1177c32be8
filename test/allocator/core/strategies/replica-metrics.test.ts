import { test } from "uvu";
import * as assert from "uvu/assert";
import { isUnready, type PodSample, replicasFromUse } from "../../../../allocator/core/strategies/replica-metrics.ts";

/** Thousandths of a core used, `null` where not reported; `!` before it: the pod is unready. Each asks for one core. */
function pods(...uses: readonly (number | null | `!${number}`)[]): PodSample[] {
  return uses.map((use) => {
    const unready = typeof use === "string";
    return { use: unready ? Number(use.slice(1)) : use, request: 1000, unready };
  });
}

function replicas(current: number, percent: number, samples: readonly PodSample[]): number | null {
  return replicasFromUse(current, samples, { percent, tolerance: 0.1 });
}

/**
 * Facts of Kubernetes' own table of tests (pkg/controller/podautoscaler/replica_calculator_test.go, CPU at the tolerance of 0.1):
 * name, current replicas, target in per cent, pods, replicas expected.
 */
const KUBERNETES: readonly (readonly [name: string, current: number, percent: number, samples: PodSample[], expected: number])[] =
  [
    ["ScaleUp", 3, 30, pods(300, 500, 700), 5],
    ["ScaleUpUnreadyLessScale", 3, 30, pods("!300", 500, 700), 4],
    ["ScaleUpUnreadyNoScale", 3, 30, pods(400, "!500", "!700"), 3],
    ["ScaleUpIgnoresFailedPods", 2, 30, pods(500, 700), 4],
    ["ScaleDown", 5, 50, pods(100, 300, 500, 250, 250), 3],
    ["ScaleDownExcludeUnreadyPods", 5, 50, pods(100, 300, 500, "!250", "!250"), 2],
    ["MissingMetrics", 4, 100, pods(400, 95, null, null), 3],
    ["MissingMetricsNoChangeEq", 2, 100, pods(1000, null), 2],
    ["MissingMetricsNoChangeGt", 2, 100, pods(1900, null), 2],
    ["MissingMetricsNoChangeLt", 2, 100, pods(600, null), 2],
    ["MissingMetricsUnreadyChange", 3, 50, pods("!100", 450, null), 3],
    ["MissingMetricsUnreadyScaleUp", 3, 50, pods("!100", 2000, null), 4],
    ["MissingMetricsUnreadyScaleDown", 4, 50, pods("!100", 100, 100, null), 3],
  ];

for (const [name, current, percent, samples, expected] of KUBERNETES) {
  test(`as Kubernetes' own test expects: ${name}`, () => assert.is(replicas(current, percent, samples), expected));
}

test("requests of different size count by their size: Kubernetes' test Tolerance", () => {
  const samples = [1010, 1030, 1020].map((use, i) => ({ use, request: [900, 1000, 1100][i] as number, unready: false }));
  assert.is(replicas(3, 100, samples), 3);
});

test("worked by hand: ⌈ratio × ready⌉, utilisation in whole per cent", () => {
  // 4 pods at 0.9 each: 90 ÷ 60 = 1.5, and 6.
  assert.is(replicas(4, 60, pods(900, 900, 900, 900)), 6);
  // 10 pods at 0.6309: 63 % and not 63.09: 63 ÷ 70 = 0.9, the edge of the tolerance, and no change; 62 ÷ 70 × 10 = 8.857, so 9.
  assert.is(replicas(10, 70, pods(...Array<number>(10).fill(630.9))), 10);
  assert.is(replicas(10, 70, pods(...Array<number>(10).fill(629))), 9);
});

test("the edges of the tolerance, as floating point has them: 1 − 0.9 is within 0.1, 1.1 − 1 is not", () => {
  assert.is(replicas(10, 100, pods(...Array<number>(10).fill(900))), 10);
  assert.is(replicas(10, 100, pods(...Array<number>(10).fill(1100))), 11);
  assert.is(replicas(10, 100, pods(...Array<number>(10).fill(1090))), 10);
});

test("trap: the count that is scaled is that of the ready pods, not the present replicas", () => {
  // Two of five are starting: 0.3 of what the three could use, half the target: ⌈0.6 × 3⌉, not ⌈0.6 × 5⌉.
  assert.is(replicas(5, 50, pods(300, 300, 300, "!0", "!0")), 2);
});

test("trap: pods that are not counted do not decide alone; without any that is, nothing is known", () => {
  assert.is(replicas(3, 50, pods("!900", "!900", "!900")), null);
  assert.is(replicas(3, 50, pods(null, null)), null);
  assert.is(replicas(0, 50, []), null);
});

test("trap: an unready pod counts as using nothing, which is more than leaving it out", () => {
  // Four at 40 ÷ 30 alone would be ⌈1.33 × 4⌉ = 6; with the fifth at nothing 32 ÷ 30 is within the tolerance.
  assert.is(replicas(5, 30, pods(400, 400, 400, 400, "!0")), 5);
  assert.is(replicas(4, 30, pods(400, 400, 400, 400)), 6);
});

test("trap: careful counting never turns the direction round", () => {
  // 40 ÷ 30 asks for more; with two unready at nothing 13 ÷ 30 would ask for fewer. Neither.
  assert.is(replicas(3, 30, pods(400, "!0", "!0")), 3);
  // Less is asked for; with the missing at all they ask for it would be more. Neither.
  assert.is(replicas(2, 50, pods(100, null)), 2);
});

test("use of nothing asks for nothing: the limits make it the least number", () => {
  assert.is(replicas(4, 80, pods(0, 0, 0, 0)), 0);
});

const RULE = { windowMs: 15_000, initializationMs: 300_000, readinessDelayMs: 30_000 };

test("in its first five minutes a pod counts from a whole window after it got ready", () => {
  const ready = (sinceMs: number) => ({ startedMs: 1_000, isReady: true, sinceMs });
  assert.ok(isUnready(ready(10_000), RULE, 24_999));
  assert.not(isUnready(ready(10_000), RULE, 25_000));
  assert.ok(isUnready({ startedMs: 1_000, isReady: false, sinceMs: 1_000 }, RULE, 25_000));
  // Ready late, but the initialization is over: it counts at once.
  assert.ok(isUnready(ready(300_000), RULE, 300_999));
  assert.not(isUnready(ready(300_000), RULE, 301_000));
});

test("later a pod that is not ready counts, unless it never was ready", () => {
  const notReady = (sinceMs: number) => ({ startedMs: 0, isReady: false, sinceMs });
  assert.ok(isUnready(notReady(0), RULE, 400_000));
  assert.ok(isUnready(notReady(29_999), RULE, 400_000));
  assert.not(isUnready(notReady(30_000), RULE, 400_000));
  assert.ok(isUnready({ startedMs: null, isReady: false, sinceMs: 0 }, RULE, 400_000), "no node");
});

test.run();
