import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import type { ScalingRules } from "../../../../allocator/core/policy.ts";
import { ScalingHistory, type ScalingLimits } from "../../../../allocator/core/strategies/scaling-history.ts";

const SECOND_MS = 1_000;
const NOW_MS = 1_000 * SECOND_MS;

/** As Kubernetes' tests write them: 0 pods or 0 per cent is no such policy. */
function rules(pods: number, podsS: number, percent: number, percentS: number, stabilizationS: number): ScalingRules {
  const policies = [
    { unit: "pods" as const, value: pods, periodMs: podsS * SECOND_MS },
    { unit: "percent" as const, value: percent, periodMs: percentS * SECOND_MS },
  ];
  return { stabilizationMs: stabilizationS * SECOND_MS, policies: policies.filter(({ value }) => value > 0) };
}

const UP = rules(4, 15, 100, 15, 0);
const DOWN = rules(0, 0, 100, 15, 300);
const DEFAULTS: ScalingLimits = { least: 1, most: 1000, up: UP, down: DOWN };
/** Scale-down without stabilization, so that only the rates are seen. */
const unheld = (down: ScalingRules): ScalingRules => ({ ...down, stabilizationMs: 0 });

/** Changes of the last `overS` seconds, each in the middle of its share of them. */
function after(changes: readonly number[], overS: number, sign: 1 | -1, current: number): ScalingHistory {
  const history = new ScalingHistory();
  const share = overS / changes.length;
  let replicas = current - sign * changes.reduce((sum, change) => sum + change, 0);
  const limits = { least: 0, most: 1e6, up: rules(1e6, 600, 0, 0, 0), down: rules(1e6, 600, 0, 0, 0) };
  changes.forEach((change, i) => {
    const atMs = NOW_MS - (overS - share * (i + 1) + share / 2) * SECOND_MS;
    replicas = history.decide(replicas, replicas + sign * change, limits, atMs);
  });
  assert.is(replicas, current);
  return history;
}

type Case = readonly [
  name: string,
  changes: readonly number[],
  limits: Partial<ScalingLimits>,
  current: number,
  desired: number,
  expected: number,
];

/** Facts of Kubernetes' own table of tests (pkg/controller/podautoscaler/horizontal_test.go, TestScalingWithRules). */
const KUBERNETES: readonly Case[] = [
  ["desired within range", [], { least: 3, most: 8 }, 5, 7, 7],
  ["desired below the least", [], { least: 2, most: 8 }, 3, 1, 2],
  ["the most is the limit", [], { most: 10 }, 20, 1000, 10],
  ["desired is more than the most", [], { least: 100, most: 150 }, 100, 1000, 150],
  ["a policy of 1 % up", [], { most: 2000, up: rules(0, 0, 1, 60, 0) }, 3, 1000, 4],
  ["a policy of 20 pods down", [], { least: 3, most: 2000, down: rules(20, 60, 0, 0, 0) }, 1000, 3, 980],
  ["up by default", [], {}, 10, 50, 20],
  ["up, pods allow more than per cent", [], { up: rules(100, 60, 100, 60, 0) }, 10, 500, 110],
  ["up, per cent allows more than pods", [], { up: rules(2, 60, 100, 60, 0) }, 10, 500, 20],
  ["up, pods that allow it", [], { up: rules(100, 60, 0, 0, 0) }, 10, 50, 50],
  ["up, pods that do not", [], { up: rules(30, 60, 0, 0, 0) }, 10, 50, 40],
  ["up, per cent that does not", [], { up: rules(0, 0, 200, 60, 0) }, 10, 50, 30],
  ["down, pods allow more than per cent", [], { down: rules(20, 60, 1, 60, 300) }, 100, 2, 80],
  ["down, pods allow a little more", [], { down: rules(2, 60, 1, 60, 300) }, 100, 2, 98],
  ["down to the least by pods", [], { down: rules(100, 60, 0, 0, 300) }, 10, 0, 1],
  ["down to the least by per cent", [], { least: 5, down: rules(0, 0, 100, 60, 300) }, 10, 2, 5],
  ["down, pods that do not allow it", [], { down: rules(5, 60, 0, 0, 300) }, 10, 2, 5],
  ["down, per cent that just allows it", [], { down: rules(0, 0, 50, 60, 300) }, 10, 5, 5],
  ["up, a large pods policy after changes", [1, 5, 9], { most: 200, up: rules(300, 60, 0, 0, 0) }, 100, 500, 200],
  ["up, never below what is there", [1, 5, 9], { up: rules(5, 120, 0, 0, 0) }, 100, 500, 100],
  ["up, pods from the start of the period", [1, 5, 9], { up: rules(150, 120, 0, 0, 0) }, 100, 500, 235],
  ["up, per cent of the start of the period", [1, 5, 9], { up: rules(0, 0, 200, 120, 0) }, 100, 500, 255],
  ["down, after changes, by default", [-1, -5, -9], {}, 10, 5, 5],
  ["down, pods spent", [-1, -5, -9], { down: rules(5, 120, 0, 0, 300) }, 100, 2, 100],
  ["down, per cent of the start of the period", [-2, -4, -6], { down: rules(0, 0, 50, 120, 300) }, 100, 0, 56],
  ["down, never above what is there", [-10, -10, -10], { down: rules(0, 0, 10, 120, 300) }, 100, 0, 100],
  ["down, per cent below nothing", [-10, -10, -10], { down: rules(0, 0, 1000, 120, 300) }, 10, 5, 5],
];

for (const [name, changes, limits, current, desired, expected] of KUBERNETES) {
  test(`the rates, as Kubernetes' own test expects: ${name}`, () => {
    const sign = changes.some((change) => change < 0) ? -1 : 1;
    const history = after(changes.map(Math.abs), 120, sign, current);
    const down = unheld(limits.down ?? DOWN);
    assert.is(history.decide(current, desired, { ...DEFAULTS, ...limits, down }, NOW_MS), expected);
  });
}

/** Facts of TestNormalizeDesiredReplicas of the same file: recommendations by their age in minutes, what is desired, what results. */
const STABILIZED: readonly (readonly [
  name: string,
  recommended: readonly (readonly [count: number, minutes: number])[],
  expected: number,
])[] = [
  ["no recommendations", [], 3],
  [
    "more was recommended lately",
    [
      [4, 2],
      [5, 1],
    ],
    5,
  ],
  [
    "less was recommended lately",
    [
      [1, 2],
      [2, 1],
    ],
    3,
  ],
  [
    "more was recommended long ago",
    [
      [10, 10],
      [9, 9],
    ],
    3,
  ],
  [
    "both",
    [
      [10, 10],
      [9, 9],
      [5, 2],
      [4, 1],
    ],
    5,
  ],
];

for (const [name, recommended, expected] of STABILIZED) {
  test(`the downward window, as Kubernetes' own test expects: ${name}`, () => {
    const history = new ScalingHistory();
    for (const [count, minutes] of recommended) history.remember(count, NOW_MS - minutes * 60 * SECOND_MS);
    assert.is(history.decide(10, 3, DEFAULTS, NOW_MS), expected);
  });
}

test("trap: what was recommended exactly a window ago does not hold any more", () => {
  for (const [ageMs, expected] of [
    [300_000, 3],
    [299_999, 8],
  ] as const) {
    const history = new ScalingHistory();
    history.remember(8, NOW_MS - ageMs);
    assert.is(history.decide(10, 3, DEFAULTS, NOW_MS), expected);
  }
});

test("trap: a change of exactly a period ago is no change of this period", () => {
  const history = new ScalingHistory();
  assert.is(history.decide(10, 100, DEFAULTS, 0), 20);
  assert.is(history.decide(20, 100, DEFAULTS, 14_999), 20, "the doubling of this period is done");
  assert.is(history.decide(20, 100, DEFAULTS, 15_000), 40);
});

test("trap: what is held is the most of the window, not the present number; and upward the least", () => {
  const history = new ScalingHistory();
  history.remember(6, NOW_MS - 60_000);
  assert.is(history.decide(10, 2, DEFAULTS, NOW_MS), 6);
  const slowly = { ...DEFAULTS, up: { ...UP, stabilizationMs: 60_000 } };
  const upward = new ScalingHistory();
  upward.remember(3, NOW_MS - 30_000);
  assert.is(upward.decide(2, 9, slowly, NOW_MS), 3);
});

test("small numbers grow by four pods, large ones double", () => {
  assert.is(new ScalingHistory().decide(1, 100, DEFAULTS, 0), 5);
  assert.is(new ScalingHistory().decide(4, 100, DEFAULTS, 0), 8);
  assert.is(new ScalingHistory().decide(5, 100, DEFAULTS, 0), 10);
});

test("a period of other limits: both ways count", () => {
  // Six more and then two fewer within the period: it began at 10, so 14 are the most by pods and 20 by per cent.
  const history = new ScalingHistory();
  const free = { ...DEFAULTS, down: unheld(DOWN) };
  assert.is(history.decide(10, 16, free, 0), 16);
  assert.is(history.decide(16, 14, free, 5_000), 14);
  assert.is(history.decide(14, 100, free, 10_000), 20);
});

test("where nothing is known nothing changes but what is outside the limits", () => {
  const history = new ScalingHistory();
  assert.is(history.decide(4, null, DEFAULTS, 0), 4);
  assert.is(history.decide(4, null, { ...DEFAULTS, least: 6 }, 0), 6);
  assert.is(history.decide(4, null, { ...DEFAULTS, most: 3 }, 0), 3);
});

test("read back it goes on as before", () => {
  const history = after([1, 5, 9], 120, 1, 100);
  history.remember(90, NOW_MS - 1);
  const out = new ByteWriter();
  history.write(out);
  const copy = new ScalingHistory();
  copy.read(new ByteReader(out.written()));
  for (const [desired, atMs] of [
    [500, NOW_MS],
    [10, NOW_MS + 20_000],
    [10, NOW_MS + 400_000],
  ] as const) {
    assert.is(copy.decide(100, desired, DEFAULTS, atMs), history.decide(100, desired, DEFAULTS, atMs));
  }
});

test.run();
