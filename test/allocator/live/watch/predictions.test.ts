import { test } from "uvu";
import * as assert from "uvu/assert";
import { predictionsOf } from "../../../../allocator/live/watch/predictions.ts";
import { ratioOf } from "../../../../allocator/live/watch/ratio.ts";
import { SlidingSums } from "../../../../allocator/live/watch/sliding-sums.ts";
import type { Evidence, GateResult, Promotion } from "../../../../allocator/promotion/promotion.ts";
import { examplePromotion } from "../../../support/promotion.ts";

const [EVIDENCE] = examplePromotion().evidence as [Evidence];
const [GATE] = EVIDENCE.results as [GateResult];
const METRICS = { requests: 1000, used_cpu_core_hours: 100, used_memory_gib_hours: 200, used_gpu_hours: null };
const PRICES = { cpuCoreHour: 0.04, memoryGiBHour: 0.005, gpuHour: 2, networkMbpsHour: 0.001, violation: { standard: 0.01 } };

function promotionOf(...evidence: Partial<Evidence>[]): Promotion {
  const whole = { ...EVIDENCE, prices: PRICES, candidate: { ...EVIDENCE.candidate, metrics: METRICS } };
  return { ...examplePromotion(), evidence: evidence.map((one) => ({ ...whole, ...one })) };
}

const result = (metric: string, incumbent: number, interval: GateResult["interval"], tier: string | null = null): GateResult => ({
  ...GATE,
  metric,
  tier,
  incumbent,
  interval,
});

const bounds = (promotion: Promotion) => predictionsOf(promotion).predictions.map(({ metric, low, high }) => [metric, low, high]);

test("what the incumbent had and the difference's interval, by request, by what is used, or as it is", () => {
  const results = [
    result("sla_violations", 20, [-10, 5], "premium"),
    result("sla_violations", 40, [-20, 10], "standard"), // together 60, from −30 to 15, of 1000 requests
    result("waste_cost", 10, [-2.5, -1]), // of 100 × 0.04 + 200 × 0.005 = 5 used
    result("decisions_per_user_day_mean", 3, [-4, 2]), // never below 0
  ];
  assert.equal(bounds(promotionOf({ results })), [
    ["sla_violations", 0.03, 0.075],
    ["waste_cost", 1.5, 1.8],
    ["decisions_per_user_day_mean", 0, 5],
  ]);
});

test("of several traces the interval that holds all of theirs; what one of them cannot say is not followed", () => {
  const cold = (incumbent: number, interval: GateResult["interval"]) => ({
    results: [result("cold_fraction", incumbent, interval)],
  });
  assert.equal(bounds(promotionOf(cold(0.3, [-0.1, 0]), cold(0.5, [-0.1, 0.1]))), [["cold_fraction", 0.3 - 0.1, 0.6]]);
  const { predictions, unfollowed } = predictionsOf(promotionOf(cold(0.3, [-0.1, 0]), cold(0.5, null)));
  assert.equal([predictions, unfollowed], [[], ["cold_fraction"]]);
  const others = [result("shortage_hours", 1, [0, 1]), result("start_latency_ms_mean", 5, [0, 1], "premium")];
  assert.equal(predictionsOf(promotionOf({ results: others })).unfollowed, ["shortage_hours", "start_latency_ms_mean"]);
  const usage = {
    usage: { limit: "none", graceMs: null },
    results: [result("sla_violations", 1, [0, 1]), result("waste_cost", 10, [0, 1])],
  };
  assert.equal(bounds(promotionOf(usage)), [["waste_cost", 2, 2.2]]);
});

test("a ratio of sums varies over users, not over what they do", () => {
  // Two users, 1 of 10 and 3 of 10: 0.2; Σ (y − 0.2 x)² = 1 + 1; √(2 ÷ 1 · 2) ÷ 20 = 0.1.
  assert.equal(
    ratioOf([
      [1, 10],
      [3, 10],
      [0, 0],
    ]),
    { value: 0.2, error: 0.1, users: 2 },
  );
  assert.equal(ratioOf([[1, 10]]), { value: 0.1, error: Number.POSITIVE_INFINITY, users: 1 });
  assert.equal(ratioOf([[0, 0]]), { value: null, error: 0, users: 0 });
});

test("what is older than the window goes, a twelfth of it at a time", () => {
  const sums = new SlidingSums(120_000);
  for (const atMs of [0, 5_000, 10_000, 60_000]) sums.add(1, "decided", 1, atMs);
  const decided = (nowMs: number) => sums.byUser(nowMs).get(1)?.decided ?? 0;
  assert.equal([decided(60_000), decided(119_999), decided(120_000), decided(130_000), decided(300_000)], [4, 4, 2, 1, 0]);
});

test.run();
