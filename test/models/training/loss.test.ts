/**
 * The loss of quantiles. Pinball: Koenker, Bassett, Regression quantiles, Econometrica 46 (1978): ρ(e) = e·(q − 1[e < 0]). That a
 * forecast below 0 is no error where the truth is 0: Powell, Journal of Econometrics 32 (1986), whose model is max(0, forecast).
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { lossFunction } from "../../../models/training/loss.ts";

const LEVELS_PPM = [100_000, 500_000, 900_000];

/** What was expected of two windows of two steps; in the second window 0 is at −1, its second step is not observed. */
const TRUTH = { target: [0, 2, -1, 0], counts: [1, 1, 1, 0], censored: [1, 0, 1, 0] };

const FORECAST = [-0.7, -0.3, 0.4, -0.6, 0.9, 3.5, -2.2, -1.4, -0.8, 0.1, 0.2, 0.3];

/** Loss and gradient by the forecast. */
async function lossAt(backend: "wasm" | "cpu", forecast: readonly number[], censored: readonly number[] = TRUTH.censored) {
  const { tf } = await openBackend(backend);
  const loss = lossFunction(tf, "quantile", LEVELS_PPM, 1);
  return tf.tidy(() => {
    const expected = {
      target: tf.tensor2d(TRUTH.target, [2, 2]),
      counts: tf.tensor2d(TRUTH.counts, [2, 2]),
      censored: tf.tensor2d([...censored], [2, 2]),
      weight: tf.tensor2d([1, 1], [2, 1]),
    };
    const made = tf.tensor3d([...forecast], [2, 2, 3]);
    const { value, grad } = tf.valueAndGrad((x) => loss(x as typeof made, expected))(made);
    return { value: value.dataSync()[0] as number, gradient: [...grad.dataSync()] };
  });
}

/** The same in plain numbers, from the definitions; amounts of 0 compare with max(0, forecast), 0 being at the target. */
function lossByHand(forecast: readonly number[], censored: readonly number[]): number {
  let pinball = 0;
  let huber = 0;
  forecast.forEach((raw, i) => {
    const row = Math.floor(i / 3);
    if (TRUTH.counts[row] === 0) return;
    const truth = TRUTH.target[row] as number;
    const level = (LEVELS_PPM[i % 3] as number) / 1e6;
    const error = truth - (censored[row] === 1 ? Math.max(truth, raw) : raw);
    pinball += error * (level - (error < 0 ? 1 : 0));
    if (i % 3 === 1) huber += Math.abs(error) <= 1 ? error ** 2 / 2 : Math.abs(error) - 0.5;
  });
  return pinball / 9 + (0.1 * huber) / 3;
}

for (const backend of ["wasm", "cpu"] as const) {
  test(`${backend}: a quantile below 0 is no error where the truth is 0, and one where it is not`, async () => {
    for (const censored of [TRUTH.censored, [0, 0, 0, 0]]) {
      const { value } = await lossAt(backend, FORECAST, censored);
      assert.ok(Math.abs(value - lossByHand(FORECAST, censored)) < 1e-6, `${value}, not ${lossByHand(FORECAST, censored)}`);
    }
  });
}

test("the gradient is that of finite differences", async () => {
  const step = 1e-2;
  const { gradient } = await lossAt("cpu", FORECAST);
  for (let i = 0; i < FORECAST.length; i += 1) {
    const moved = async (by: number) =>
      (
        await lossAt(
          "cpu",
          FORECAST.map((x, at) => (at === i ? x + by : x)),
        )
      ).value;
    const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
    assert.ok(Math.abs(slope - (gradient[i] as number)) < 1e-4, `${i}: ${gradient[i]}, not ${slope}`);
  }
});

test("a forecast below 0 is left alone where the truth is 0, and pulled up where it is above", async () => {
  const { gradient } = await lossAt("cpu", FORECAST);
  assert.equal(gradient.slice(0, 2).map(Math.abs), [0, 0]);
  assert.equal(gradient.slice(6, 8).map(Math.abs), [0, 0]);
  assert.ok((gradient[2] as number) > 0 && (gradient[3] as number) < 0, `${gradient}`);
});

test.run();
