import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseDurationMs, policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";

function refusal(document: unknown): string[] {
  try {
    policyFromDocument(document);
  } catch (error) {
    assert.instance(error, PolicyError);
    return (error as PolicyError).issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  }
  throw new Error(`accepted: ${JSON.stringify(document)}`);
}

test("a document with everything", () => {
  const document = {
    name: "evening",
    controlEvery: "1m",
    feed: { model: "clairvoyant", every: "5m", step: "10s", horizon: "1h", targets: ["demand", "concurrency"] },
    reserve: { strategy: "forecast", level: 0.99, margin: "1.1", lead: "2m" },
    warm: { strategy: "forecast", level: 0.9 },
    place: { strategy: "first-fit" },
    admit: { strategy: "priority" },
  };
  assert.equal(policyFromDocument(document), {
    name: "evening",
    controlEveryMs: 60_000,
    feed: {
      model: "clairvoyant",
      everyMs: 300_000,
      stepMs: 10_000,
      horizonMs: 3_600_000,
      targets: ["demand", "concurrency"],
    },
    reserve: { strategy: "forecast", levelPpm: 990_000, factorPpm: 1_100_000, leadMs: 120_000 },
    warm: { strategy: "forecast", levelPpm: 900_000 },
    place: { strategy: "first-fit" },
    admit: { strategy: "priority" },
  });
});

test("a feed for instances that are sized by it, too, counts requests", () => {
  const document = { controlEvery: "1m", feed: { model: "clairvoyant" }, warm: { strategy: "joint", level: 0.9 } };
  const { feed, warm } = policyFromDocument(document);
  assert.is(feed?.countsRequests, true);
  assert.equal(warm, { strategy: "joint", levelPpm: 900_000, everyMs: 60_000 });
});

test("every strategy of the slot warm may suspend what it does not keep; without it nothing of that is in the policy", () => {
  const warm = (section: object) => policyFromDocument({ warm: section }).warm;
  assert.equal(warm({ strategy: "ttl", ttl: "1m", suspend: "30m" }), { strategy: "ttl", ttlMs: 60_000, suspendMs: 1_800_000 });
  assert.equal(warm({ strategy: "ttl", ttl: "1m" }), { strategy: "ttl", ttlMs: 60_000 });
  assert.equal(warm({ strategy: "expected-cost", suspend: "1ms" }), { strategy: "expected-cost", waitMs: 600_000, suspendMs: 1 });
  assert.is(warm({ strategy: "hybrid-histogram", suspend: "1h" }).suspendMs, 3_600_000);
  assert.equal(refusal({ warm: { strategy: "ttl", suspend: "0s" } }), [
    'warm.suspend: expected a duration of at least 1 ms, such as 90s, 10m or 1h, found "0s"',
  ]);
  assert.equal(refusal({ warm: { suspend: "1m" } }), [
    'warm.suspend: expected nothing else with strategy "none", found "suspend"',
  ]);
});

test("a feed of a model that is fitted, and what stands in where it has not spoken", () => {
  const document = {
    controlEvery: "1m",
    feed: { model: "3fa4", step: "10m", targets: ["demand", "concurrency"], levels: [0.95, 0.5, 0.5], seed: 7 },
    reserve: { strategy: "forecast", level: "tier" },
    warm: { strategy: "forecast", level: "tier", floor: "1m" },
  };
  const { feed, reserve, warm } = policyFromDocument(document);
  assert.equal(feed, {
    model: "3fa4",
    everyMs: 600_000,
    stepMs: 600_000,
    horizonMs: null,
    targets: ["demand", "concurrency"],
    fitted: { latencyMs: 1_000, levelsPpm: [500_000, 950_000], seed: 7 },
  });
  assert.equal(reserve, { strategy: "forecast", levelPpm: "tier", factorPpm: 1_000_000, leadMs: 60_000, floorPpm: 1_200_000 });
  assert.equal(warm, { strategy: "forecast", levelPpm: "tier", floorMs: 60_000 });
});

test("an empty document keeps nothing and reserves nothing", () => {
  assert.equal(policyFromDocument({}), {
    name: "custom",
    controlEveryMs: null,
    feed: null,
    reserve: { strategy: "none" },
    warm: { strategy: "none" },
    place: { strategy: "first-fit" },
    admit: { strategy: "priority" },
  });
});

test("durations are exact, whatever their decimals", () => {
  const cases: [text: string, ms: number | null][] = [
    ["0s", 0],
    ["1ms", 1],
    ["90s", 90_000],
    ["10m", 600_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
    ["2.01s", 2_010],
    ["0.001s", 1],
    ["0.0001s", null],
    ["1.5ms", null],
    ["10", null],
    ["10 m", null],
    ["-1s", null],
    ["1e3s", null],
    ["", null],
    ["99999999999999999d", null],
    ["1.0000000000s", null],
  ];
  for (const [text, ms] of cases) assert.is(parseDurationMs(text), ms, text);
  for (let ms = 0; ms < 3_000; ms += 1) assert.is(parseDurationMs(`${(ms / 1000).toFixed(3)}s`), ms);
});

test("handing over is said or not there, and not beside replicas", () => {
  assert.is(policyFromDocument({ handOver: "on" }).handOver, true);
  assert.not("handOver" in policyFromDocument({ handOver: "off" }));
  assert.equal(refusal({ handOver: "always" }), ['handOver: expected one of on, off, found "always"']);
  assert.equal(refusal({ handOver: "on", controlEvery: "15s", replicas: { strategy: "hpa" } }), [
    "handOver: expected off, because the replicas slot says how many instances there are, found on",
  ]);
});

test("each kind of mistake is named with its path, all of them at once", () => {
  const cases: [document: unknown, issues: string[]][] = [
    [
      null,
      [
        "(document): expected a mapping with name, controlEvery, feed, reserve, warm, size, replicas, place, admit, quotas, guard, budget, handOver, pool, found null",
      ],
    ],
    [
      [],
      [
        "(document): expected a mapping with name, controlEvery, feed, reserve, warm, size, replicas, place, admit, quotas, guard, budget, handOver, pool, found []",
      ],
    ],
    [
      "x",
      [
        `(document): expected a mapping with name, controlEvery, feed, reserve, warm, size, replicas, place, admit, quotas, guard, budget, handOver, pool, found "x"`,
      ],
    ],
    [
      { nam: "x" },
      [
        `nam: expected one of name, controlEvery, feed, reserve, warm, size, replicas, place, admit, quotas, guard, budget, handOver, pool, found "nam"`,
      ],
    ],
    [{ name: "" }, [`name: expected a name, found ""`]],
    [{ name: 5 }, ["name: expected a name, found 5"]],
    [{ controlEvery: 5 }, ["controlEvery: expected a duration of at least 1 ms, such as 90s, 10m or 1h, found 5"]],
    [{ warm: null }, ["warm: expected a mapping with strategy, ttl, level, chance, floor, found null"]],
    [
      { warm: { strategy: "ttl", ttl: "x" } },
      [`warm.ttl: expected a duration of at least 0 ms, such as 90s, 10m or 1h, found "x"`],
    ],
    [
      { warm: { strategy: "hot" } },
      [
        `warm.strategy: expected one of none, ttl, forecast, arrival, joint, hybrid-histogram, expected-cost, greedy-dual, warm-pool, found "hot"`,
      ],
    ],
    [
      { feed: { model: "rnn" }, warm: { strategy: "joint" }, size: { strategy: "vpa" } },
      [
        `controlEvery: expected a duration, because the size slot acts on ticks, found nothing`,
        `controlEvery: expected a duration, because instances are resized on ticks, found nothing`,
        `size: expected nothing, because warm says how large instances are, found "vpa"`,
      ],
    ],
    [{ warm: { ttl: "1m" } }, [`warm.ttl: expected nothing else with strategy "none", found "ttl"`]],
    [{ place: { strategy: "best" } }, [`place.strategy: expected one of first-fit, best-fit, dot-product, found "best"`]],
    [
      { admit: { order: 1 } },
      [`admit.order: expected one of strategy, weights, starvation, preempt, grace, budget, protect, found "order"`],
    ],
    [{ feed: { model: "Oracle!" } }, [`feed.model: expected a kind of model, or the id of a trained one, found "Oracle!"`]],
    [{ feed: { latency: "1s" } }, [`feed.latency: expected nothing of the kind with model "clairvoyant", found "1s"`]],
    [
      { feed: { model: "rnn", every: "7m", seed: -1, levels: [0.5, 1], latency: 3, adapt: 2 } },
      [
        'feed.every: expected a multiple of step (300000 ms), found "7m"',
        "feed.seed: expected a whole number of at least 0, found -1",
        "feed.adapt: expected a number from 0 (not at all) to 1, found 2",
        "feed.latency: expected a duration of at least 0 ms, such as 90s, 10m or 1h, found 3",
        "feed.levels: expected a list of numbers between 0 and 1, found [0.5,1]",
      ],
    ],
    [{ feed: { model: "rnn", adaptMost: 1 } }, ["feed.adaptMost: expected nothing without adapt, found 1"]],
    [{ feed: { model: "rnn", adapt: 0.1, adaptMost: 0 } }, ["feed.adaptMost: expected a number above 0, up to 100, found 0"]],
    [{ feed: { targets: ["all"] } }, [`feed.targets: expected a list of "demand" and "concurrency", found ["all"]`]],
    [
      { reserve: { strategy: "last-value" } },
      ["controlEvery: expected a duration, because the reserve slot acts on ticks, found nothing"],
    ],
    [
      { controlEvery: "1m", reserve: { strategy: "last-value", margin: 1001 } },
      ["reserve.margin: expected a number from 0 to 1000, found 1001"],
    ],
    [
      { controlEvery: "1m", feed: { targets: ["demand"] }, reserve: { strategy: "forecast", level: 1.2, lead: "0s" } },
      [
        "reserve.level: expected a number from 0 to 1, found 1.2",
        `reserve.lead: expected a duration of at least 1 ms, such as 90s, 10m or 1h, found "0s"`,
      ],
    ],
    [
      { warm: { strategy: "forecast" } },
      [`feed.targets: expected a feed with target "concurrency", which the warm slot needs, found none`],
    ],
    [
      { feed: { model: "rnn", targets: ["concurrency"] }, warm: { strategy: "arrival", chance: 2, level: 1 } },
      [
        `warm.level: expected chance, floor with strategy "arrival", found "level"`,
        "warm.chance: expected a number from 0 to 1, found 2",
        `feed.targets: expected a feed with target "arrival", which the warm slot needs, found none`,
      ],
    ],
    [
      { controlEvery: "1m", feed: {}, reserve: { strategy: "forecast" } },
      [`feed.targets: expected a feed with target "demand", which the reserve slot needs, found none`],
    ],
    [
      { name: null, controlEvery: "soon", warm: { strategy: "ttl", ttl: 7, level: "high" } },
      [
        'controlEvery: expected a duration of at least 1 ms, such as 90s, 10m or 1h, found "soon"',
        `warm.level: expected ttl with strategy "ttl", found "level"`,
        "warm.ttl: expected a duration of at least 0 ms, such as 90s, 10m or 1h, found 7",
      ],
    ],
    [
      { controlEvery: "1m", reserve: { strategy: "last-value", margin: NaN } },
      ["reserve.margin: expected a number from 0 to 1000, found NaN"],
    ],
  ];
  for (const [document, issues] of cases) assert.equal(refusal(document), issues);
});

test("a key of the prototype is no value", () => {
  assert.is(policyFromDocument(Object.create({ name: "inherited" })).name, "custom");
});

test.run();
