import { test } from "uvu";
import * as assert from "uvu/assert";
import { PanicMode, type PanicRule } from "../../../../allocator/core/strategies/panic-mode.ts";

/** That of knative/serving, pkg/autoscaler/scaling/autoscaler_test.go, newTestAutoscaler; the values below are from the same file. */
function rule(target: number, more: Partial<PanicRule> = {}): PanicRule {
  return { target, threshold: 2, stableMs: 60_000, upRate: 10, downRate: 10, ...more };
}

/** Ready instances, stable and panic concurrency, seconds → replicas, one step after the other. */
type Steps = readonly (readonly [ready: number, stable: number, panic: number, atSeconds: number, replicas: number])[];

const TABLE: readonly (readonly [name: string, rule: PanicRule, steps: Steps, panics?: boolean])[] = [
  [
    "StableModeIncreaseWithConcurrencyDefault",
    rule(10),
    [
      [1, 50, 10, 0, 5],
      [1, 100, 10, 0, 10],
    ],
    false,
  ],
  [
    "UnpanicAfterSlowIncrease",
    rule(1),
    [
      [10, 11, 25, 0, 25],
      [40, 30, 41, 30, 41],
      [55, 50, 56, 62, 50],
    ],
    false,
  ],
  [
    "ExtendPanicWindow",
    rule(1),
    [
      [10, 11, 25, 0, 25],
      [40, 30, 80, 30, 80],
      [80, 1, 1, 90, 80],
    ],
    true,
  ],
  [
    "StableModeDecrease",
    rule(10),
    [
      [8, 100, 100, 0, 10],
      [8, 50, 50, 0, 5],
    ],
    false,
  ],
  [
    "StableModeNoTrafficScaleToZero",
    rule(10),
    [
      [1, 1, 0, 0, 1],
      [1, 0, 0, 0, 0],
    ],
    false,
  ],
  [
    "PanicModeExponentialTrackAndStabilize",
    rule(1),
    [
      [1, 6, 6, 0, 6],
      [6, 36, 36, 0, 36],
      [36, 216, 216, 1, 216],
      [216, 1296, 1296, 1, 1296],
      [1296, 1296, 1296, 2, 1296],
    ],
    true,
  ],
  ["PanicModeDoublePodCount", rule(10), [[1, 50, 100, 0, 10]], true],
  ["StableModeIncreaseWithSmallScaleUpRate", rule(1, { upRate: 1.1 }), [[2, 3, 3.1, 0, 3]]],
  ["StableModeDecreaseWithSmallScaleDownRate", rule(10, { downRate: 1.1 }), [[100, 1, 1, 0, 90]], false],
  [
    "PanicThenUnPanicScaleDown",
    rule(10),
    [
      [1, 100, 100, 0, 10],
      [10, 100, 1000, 0, 100],
      [10, 1, 1, 30, 100],
      [10, 1, 1, 61, 1],
    ],
    false,
  ],
  [
    "RateLimitScaleUp",
    rule(10),
    [
      [1, 1000, 1001, 0, 10],
      [10, 1000, 1001, 0, 100],
    ],
    true,
  ],
  [
    "RateLimitScaleDown",
    rule(10),
    [
      [100, 1, 1, 0, 10],
      [10, 1, 1, 0, 1],
    ],
    false,
  ],
  ["UseOnePodAsMinimumIfEndpointsNotFound", rule(10), [[0, 1000, 888, 0, 10]], true],
];

for (const [name, given, steps, panics] of TABLE) {
  test(`as Knative's TestAutoscaler${name}`, () => {
    const mode = new PanicMode();
    const told = steps.map(([ready, stable, panic, atSeconds]) => {
      return [ready, stable, panic, atSeconds, mode.decide(ready, { stable, panic }, given, atSeconds * 1_000)];
    });
    assert.equal(told, steps);
    if (panics !== undefined) assert.is(mode.isOn, panics);
  });
}

test("as Knative's StartInPanicMode: with more than one, what there is stays until there is a history", () => {
  for (const ready of [0, 1, 2]) {
    const mode = new PanicMode();
    mode.begin(ready, 0);
    assert.is(mode.isOn, ready > 1);
    if (ready === 2) assert.is(mode.decide(2, { stable: 0, panic: 0 }, rule(10), 60_000), 2);
  }
});

test("as PanicStableLargerThanPanic and PanicStableLessThanPanic: the larger of the two counts", () => {
  for (const [stable, replicas] of [
    [50, 50],
    [20, 30],
  ] as const) {
    const mode = new PanicMode();
    mode.begin(5, 0);
    assert.is(mode.decide(5, { stable, panic: 30 }, rule(1), 5_000), replicas);
  }
});

test.run();
