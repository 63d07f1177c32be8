import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../../allocator/core/random.ts";
import { type ArimaFit, fitArima, fitOrder, kpss } from "../../../../allocator/core/strategies/arima.ts";

/** Luteinizing hormone in blood samples at ten minutes' intervals (Diggle, Time Series, 1990, table A.1): `lh` of R's datasets. */
const LH = [
  2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2.0, 1.9, 1.7, 2.2, 1.8, 3.2, 3.2, 2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3.0, 2.3,
  2.0, 2.0, 2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4, 1.8, 1.7, 1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3.0, 2.9,
];

function near(found: number, expected: number, precision: number, what = ""): void {
  assert.ok(Math.abs(found - expected) <= precision, `${what}: ${found}, not ${expected}`);
}

test("published: R's documentation of arima, lh with order (3, 0, 0) by conditional sum of squares", () => {
  const fit = fitOrder(LH, { p: 3, d: 0, q: 0 }) as ArimaFit;
  [0.6578, -0.0658, -0.2348].forEach((coefficient, i) => {
    near(fit.ar[i]!, coefficient, 0.00005, `ar${i + 1}`);
  });
  near(fit.mean, 2.3918, 0.00005, "mean");
  near(fit.variance, 0.1905, 0.00005, "variance");
});
test("worked by hand: an autoregression of first order is least squares on the value before", () => {
  // Each half the one before, about 0: φ = ½ without error.
  const fit = fitOrder([8, 4, 2, 1, 0.5, 0.25, 0.125], { p: 1, d: 0, q: 0 }) as ArimaFit;
  near(fit.ar[0]!, 0.5, 1e-9, "φ");
  near(fit.mean, 0, 1e-9, "μ");
  near(fit.next, 0.0625, 1e-9, "next");
});

/** A process whose coefficients are known, with normal innovations. */
function process(count: number, ar: number, ma: number, mean: number, seed = 1): number[] {
  const random = new RandomStream(seed, "arma");
  let before = 0;
  let noise = 0;
  return Array.from({ length: count }, () => {
    const now = random.normal();
    before = ar * before + now + ma * noise;
    noise = now;
    return mean + before;
  });
}

test("known coefficients are found again: autoregression, moving average and both", () => {
  for (const [ar, ma] of [
    [0.7, 0],
    [0, 0.5],
    [0, -0.8],
    [0.6, 0.4],
    [-0.5, 0.3],
  ] as const) {
    const fit = fitOrder(process(4_000, ar, ma, 20), { p: ar === 0 ? 0 : 1, d: 0, q: ma === 0 ? 0 : 1 }) as ArimaFit;
    if (ar !== 0) near(fit.ar[0]!, ar, 0.05, "φ");
    if (ma !== 0) near(fit.ma[0]!, ma, 0.05, "θ");
    near(fit.mean, 20, 0.25, "μ");
    near(fit.variance, 1, 0.06, "σ²");
  }
});

test("the order: few values of noise are a mean; a strong swing is an autoregression; a walk is differenced", () => {
  assert.equal(fitArima(process(30, 0, 0, 100))?.order, { p: 0, d: 0, q: 0 });
  const inTurn = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 250 : 350) + (i % 5));
  const swing = fitArima(inTurn) as ArimaFit;
  assert.ok(swing.order.p > 0);
  near(swing.next, 252, 6, "next");
  let level = 0;
  const walk = process(200, 0, 0, 0.3).map((step) => {
    level += step;
    return level;
  });
  const trend = fitArima(walk) as ArimaFit;
  assert.is(trend.order.d, 1);
  near(trend.next, walk.at(-1)!, 3, "a walk goes on from where it is");
});

test("trap: the unit of the values does not decide the order", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const series = process(25, 0.5, 0, 10, seed);
    const scaled = fitArima(series.map((value) => value * 3_600_000)) as ArimaFit;
    const plain = fitArima(series) as ArimaFit;
    assert.equal(scaled.order, plain.order);
    near(scaled.next / 3_600_000, plain.next, 1e-6, "next");
  }
});

test("KPSS by hand: 1, 2, 3 has the partial sums −1, −1, 0 and the variance 2 ⁄ 3: 2 ⁄ (9 · 2 ⁄ 3)", () => {
  near(kpss([1, 2, 3]), 1 / 3, 1e-12);
  assert.is(kpss([7, 7, 7]), 0);
});

test("what is constant goes on so; what is too short says nothing", () => {
  assert.is(fitArima(new Array(10).fill(300))?.next, 300);
  assert.is(fitArima([1, 2]), null);
  assert.is(fitOrder([1, 2, 4], { p: 2, d: 0, q: 2 }), null);
});

test("whatever the series, a number comes out or nothing", () => {
  const random = new RandomStream(2, "series");
  for (let run = 0; run < 300; run += 1) {
    const base = random.below(3) === 0 ? 0 : random.below(100_000_000);
    const series = Array.from({ length: random.below(33) }, () => base + random.below(run % 7 === 0 ? 2 : 50_000_000));
    const fit = fitArima(series);
    assert.ok(fit === null ? series.length < 4 : Number.isFinite(fit.next), JSON.stringify(series));
  }
});

test.run();
