import { test } from "uvu";
import * as assert from "uvu/assert";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { PolicyError } from "../../allocator/policy-issue.ts";
import { policyFromText } from "../../allocator/policy-text.ts";

function refusal(document: unknown): string[] {
  try {
    policyFromDocument(document);
  } catch (error) {
    assert.instance(error, PolicyError);
    return (error as PolicyError).issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  }
  throw new Error(`accepted: ${JSON.stringify(document)}`);
}

test("every key of the slot", () => {
  const { replicas } = policyFromDocument({
    controlEvery: "30s",
    replicas: {
      strategy: "hpa",
      target: 0.5,
      tolerance: 0.05,
      min: 2,
      max: "10",
      initialization: "1m",
      readinessDelay: "5s",
      scaleUp: { stabilization: "1m", pods: 2, period: "1m" },
      scaleDown: { percent: 10, period: "2m" },
    },
  });
  assert.equal(replicas, {
    strategy: "hpa",
    everyMs: 30_000,
    targetPpm: 500_000,
    tolerancePpm: 50_000,
    least: 2,
    most: 10,
    initializationMs: 60_000,
    readinessDelayMs: 5_000,
    up: { stabilizationMs: 60_000, policies: [{ unit: "pods", value: 2, periodMs: 60_000 }] },
    down: { stabilizationMs: 300_000, policies: [{ unit: "percent", value: 10, periodMs: 120_000 }] },
  });
});

test("a slot that is not filled is not there: other policies are written as ever", () => {
  for (const replicas of [undefined, { strategy: "none" }]) assert.not("replicas" in policyFromDocument({ replicas }));
});

test("what does not go together, or is no number of replicas", () => {
  const hpa = { strategy: "hpa" };
  const cases: readonly (readonly [unknown, readonly string[]])[] = [
    [{ replicas: hpa }, ["controlEvery: expected a duration, because the replicas slot acts on ticks, found nothing"]],
    [
      { controlEvery: "15s", replicas: hpa, warm: { strategy: "ttl" } },
      ["warm: expected none, because the replicas slot says what is kept, found ttl"],
    ],
    [{ replicas: { strategy: "none", min: 2 } }, [`replicas.min: expected nothing else with strategy "none", found "min"`]],
    [
      { controlEvery: "15s", replicas: { ...hpa, target: 0, min: 0, max: 1.5 } },
      [
        "replicas.min: expected a whole number from 1 to 1000000, found 0",
        "replicas.target: expected a number from 0.01 to 10, found 0",
        "replicas.max: expected a whole number from 1 to 1000000, found 1.5",
      ],
    ],
    [
      { controlEvery: "15s", replicas: { ...hpa, min: 5, max: 4 } },
      ["replicas.max: expected a whole number from 5 to 1000000, found 4"],
    ],
    [
      { controlEvery: "15s", replicas: { ...hpa, scaleUp: { pods: 0 }, scaleDown: { speed: 1 } } },
      [
        "replicas.scaleUp: expected pods or percent above 0, found nothing",
        `replicas.scaleDown.speed: expected one of stabilization, pods, percent, period, found "speed"`,
      ],
    ],
  ];
  for (const [document, issues] of cases) assert.equal(refusal(document), issues);
});

test("as a preset", () => {
  const { replicas } = policyFromText("hpa:target=0.6,min=2,max=20,every=30s,stabilization=10m");
  assert.ok(replicas?.strategy === "hpa");
  const { targetPpm, least, most, everyMs, down } = replicas;
  assert.equal([targetPpm, least, most, everyMs, down.stabilizationMs], [600_000, 2, 20, 30_000, 600_000]);
});

test("what hpa predicts by: with defaults, as presets, and what is wrong", () => {
  const read = (predict: unknown) => {
    const { replicas } = policyFromDocument({ controlEvery: "15s", replicas: { strategy: "hpa", predict } });
    return replicas?.strategy === "hpa" ? replicas.predict : undefined;
  };
  const linear = { values: 6, aheadMs: 10_000 };
  const holtWinters = { alphaPpm: 900_000, betaPpm: 900_000, gammaPpm: 900_000, season: 6, seasons: 4 };
  assert.equal(read({ linear: {}, holtWinters: {} }), { linear, holtWinters });
  const ofPreset = (text: string) => (policyFromText(text).replicas as { predict?: unknown }).predict;
  assert.equal(ofPreset("phpa-linear:values=9,ahead=1m"), { linear: { values: 9, aheadMs: 60_000 }, holtWinters: null });
  assert.equal(ofPreset("phpa-holt-winters:alpha=0.5,season=2,seasons=6"), {
    linear: null,
    holtWinters: { ...holtWinters, alphaPpm: 500_000, season: 2, seasons: 6 },
  });
  assert.not("predict" in (policyFromText("hpa").replicas ?? {}));
  assert.throws(() => policyFromText("phpa-holt-winters:season=2"), "seasons: expected a whole number from 6 to 100");
  const refused = (predict: unknown) => refusal({ controlEvery: "15s", replicas: { strategy: "hpa", predict } });
  assert.equal(refused({}), ["replicas.predict: expected linear or holtWinters, found nothing"]);
  assert.equal(refused({ linear: { values: 1, season: 2 }, holtWinters: { season: 97, alpha: 2 } }), [
    `replicas.predict.linear.season: expected one of values, ahead, found "season"`,
    "replicas.predict.linear.values: expected a whole number from 2 to 10000, found 1",
    "replicas.predict.holtWinters.season: expected a whole number from 2 to 96, found 97",
    "replicas.predict.holtWinters.alpha: expected a number from 0 to 1, found 2",
  ]);
});

test("every key of knative", () => {
  const { replicas } = policyFromDocument({
    controlEvery: "1s",
    replicas: {
      strategy: "knative",
      target: 0.5,
      min: 1,
      max: 5,
      window: "30s",
      panicWindow: 0.2,
      panicThreshold: 3,
      upRate: 10,
      downRate: 1.5,
      grace: "0s",
    },
  });
  assert.equal(replicas, {
    strategy: "knative",
    everyMs: 1_000,
    targetPpm: 500_000,
    least: 1,
    most: 5,
    stableMs: 30_000,
    panicMs: 6_000,
    thresholdPpm: 3_000_000,
    upRatePpm: 10_000_000,
    downRatePpm: 1_500_000,
    graceMs: 0,
  });
});

test("windows of knative are whole numbers of ticks, and its keys are not those of hpa", () => {
  const refused = (more: object) => refusal({ controlEvery: "4s", replicas: { strategy: "knative", panicWindow: 0.2, ...more } });
  assert.equal(refused({ window: "62s" }), ['replicas.window: expected a whole number of ticks of 4000 ms, found "62s"']);
  assert.equal(refused({ panicWindow: 0.1 }), [
    "replicas.panicWindow: expected a share of the window that is a whole number of ticks of 4000 ms, found 0.1",
  ]);
  assert.equal(refused({ tolerance: 0.1, max: 0 }), [
    'replicas.tolerance: expected target, min, max, window, panicWindow, panicThreshold, upRate, downRate, grace with strategy "knative", found "tolerance"',
    "replicas.max: expected a whole number from 1 to 1000000, found 0",
  ]);
});

test.run();
