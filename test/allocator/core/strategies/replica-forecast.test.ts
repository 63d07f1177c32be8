import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import { holtWintersNext } from "../../../../allocator/core/strategies/holt-winters.ts";
import { lineAhead, ReplicaForecast } from "../../../../allocator/core/strategies/replica-forecast.ts";
import { story } from "../../../support/story.ts";

test("the line is that of test_linear_regression.py of the Predictive HPA", () => {
  const ages = [39_000, 29_000, 19_000, 9_000];
  const ahead = (ms: number) => lineAhead(ages, [1, 2, 3, 4], ms);
  assert.equal([ahead(0), ahead(10_000), ahead(15_000)], [5, 6, 7]);
  assert.is(lineAhead(ages, [3, 3, 3, 3], 3_600_000), 3, "rounding is not a replica");
  assert.is(lineAhead([0], [3], 0), null);
});

/** ExponentialSmoothing(…, trend="add", seasonal="add", initialization_method="estimated") of statsmodels 0.15.0. */
test("Holt-Winters is that of statsmodels, to the accuracy of its search", () => {
  const next = (series: readonly number[], [alpha, beta, gamma]: readonly number[], season: number) =>
    holtWintersNext(series, {
      alphaPpm: (alpha as number) * 1e6,
      betaPpm: (beta as number) * 1e6,
      gammaPpm: (gamma as number) * 1e6,
      season,
    });
  const rising = [1, 2, 5, 7, 4, 2, 1, 3, 6, 8, 5, 2, 2, 3, 6, 9, 5, 3, 2, 4, 7, 9, 6, 3];
  const cases = [
    // Of test_holt_winters.py, which expects 3.
    [[1, 3, 1, 1, 3, 1, 1, 3, 1, 1, 3, 1, 1], [0.9, 0.9, 0.3], 3, 3],
    [rising, [0.9, 0.9, 0.9], 6, 0.765659],
    [[...rising, 2], [0.3, 0.1, 0.2], 6, 4.071361],
    [[0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 4, 5], [0.9, 0.9, 0.9], 6, 1.528646],
    [Array.from({ length: 16 }, () => 2), [0.9, 0.9, 0.9], 6, 2],
  ] as const;
  for (const [series, coefficients, season, expected] of cases) {
    const found = next(series, coefficients, season);
    assert.ok(found !== null && Math.abs(found - expected) < 1e-4, `${found} for ${expected}`);
  }
});

test("a model speaks from as many periods on as it needs, of as many as it keeps", () => {
  const holtWinters = { alphaPpm: 900_000, betaPpm: 900_000, gammaPpm: 300_000, season: 3, seasons: 4 };
  const seasons = new ReplicaForecast({ linear: null, holtWinters }, 15_000);
  const told = [1, 3, 1, 1, 3, 1, 1, 3, 1, 1, 3, 1, 1].map((count) => seasons.predict(count));
  assert.equal(told, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3], "12 are 10 + 2 × ⌊3 ⁄ 2⌋");
  const line = new ReplicaForecast({ linear: { values: 2, aheadMs: 15_000 }, holtWinters: null }, 15_000);
  // The third is taken in before the first is let go, as there.
  assert.equal(
    [1, 2, 4, 4].map((count) => line.predict(count)),
    [0, 3, Math.ceil(7 / 3 + 1.5 * 2), Math.ceil(10 / 3 + 2)],
  );
});

test("it is forgotten when it is all nothing; a restored copy predicts the same", () => {
  const spec = {
    linear: { values: 3, aheadMs: 15_000 },
    holtWinters: { alphaPpm: 500_000, betaPpm: 100_000, gammaPpm: 500_000, season: 2, seasons: 6 },
  };
  const forecast = new ReplicaForecast(spec, 15_000);
  for (let i = 0; i < 40; i += 1) {
    const out = new ByteWriter();
    forecast.write(out);
    const copy = new ReplicaForecast(spec, 15_000);
    copy.read(new ByteReader(out.written()));
    const count = i < 20 ? i % 2 : 0;
    assert.is(copy.predict(count), forecast.predict(count));
    // Those of a season go together: at 31 the twelve from 20 on are left.
    assert.is(forecast.isForgotten, i >= 31);
  }
});

/** As `hpa`, with periods of 100 ms. */
const policy = (predict: object) =>
  JSON.stringify({
    controlEvery: "100ms",
    replicas: {
      strategy: "hpa",
      target: 0.5,
      initialization: "0s",
      scaleUp: { percent: 100, pods: 4, period: "100ms" },
      scaleDown: { stabilization: "0s", percent: 100, period: "100ms" },
      predict,
    },
  });

test("in the core: what is predicted is launched ahead, as far as the rate allows, and nothing less than what is calculated", () => {
  story(`
    tier standard 1
    user ana standard
    app web
    pool default unlimited
    policy ${policy({ linear: { values: 3, ahead: "100ms" } })}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    100 tick -> launch i1 of web for ana (replicas)      # 100 ÷ 50 × 1; one point is no line
    100 ready i1
    100 arrive r1 ana web -> bind i1 to r1 (warm_hit)
    200 tick -> launch i2 of web for ana (replicas), launch i3 of web for ana (replicas), launch i4 of web for ana (replicas), launch i5 of web for ana (replicas)    # 4, but 2, 4 goes on to 6
    200 ready i2
    200 ready i3
    200 ready i4
    200 ready i5
    210 end r0
    210 end r1
    300 tick -> stop i2 (surplus), stop i3 (surplus), stop i4 (surplus), stop i5 (surplus)     # 3 ÷ 50 × 6 is 1; 2, 4, 1 goes on to ⌈7 ⁄ 3 − 0.5 × 2⌉, which is 2
  `);
});

test.run();
