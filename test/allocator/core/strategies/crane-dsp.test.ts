import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import type { UserId } from "../../../../allocator/core/ids.ts";
import { Ledger } from "../../../../allocator/core/ledger.ts";
import type { CraneDspSpec } from "../../../../allocator/core/policy.ts";
import { RandomStream } from "../../../../allocator/core/random.ts";
import { NO_RESOURCES, type Resources } from "../../../../allocator/core/resources.ts";
import { CraneDsp } from "../../../../allocator/core/strategies/crane-dsp.ts";
import {
  bestEstimator,
  ESTIMATORS,
  estimatePeriod,
  predictionError,
} from "../../../../allocator/core/strategies/dsp-estimate.ts";
import { findPeriod } from "../../../../allocator/core/strategies/dsp-period.ts";
import { DspSeries } from "../../../../allocator/core/strategies/dsp-series.ts";
import { Fourier } from "../../../../allocator/core/strategies/fourier.ts";
import { policyFromDocument } from "../../../../allocator/policy-document.ts";
import { policyFromText } from "../../../../allocator/policy-text.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const A_DAY = 288;

function spec(text: string): CraneDspSpec {
  const { reserve } = policyFromText(text, "usage");
  if (reserve.strategy !== "crane-dsp") throw new Error(reserve.strategy);
  return reserve;
}

test("how it is written", () => {
  const whole = { strategy: "crane-dsp", stepMs: 5 * MINUTE_MS, historyMs: 15 * DAY_MS, refitMs: 12 * HOUR_MS, seed: 1 };
  assert.equal(spec("crane-dsp"), whole);
  assert.equal(spec("crane-dsp:step=1m,seed=7"), { ...whole, stepMs: MINUTE_MS, seed: 7 });
  const refused = (reserve: object) => () =>
    policyFromDocument({ controlEvery: "5m", reserve: { strategy: "crane-dsp", ...reserve } });
  assert.throws(refused({ history: "47h" }), "reserve.history: expected a duration of at least 172800000 ms");
  assert.throws(refused({ step: "7m" }), "reserve.step: expected a duration of which an hour is a multiple");
  assert.throws(refused({ level: 1 }), "reserve.level");
});

test("the transform is that of its definition, of any length, and its inverse brings the signal back", () => {
  for (const n of [1, 2, 7, 12, 30, 49, 64]) {
    const random = new RandomStream(n, "signal");
    const re = Float64Array.from({ length: n }, () => random.float() - 0.5);
    const im = Float64Array.from({ length: n }, () => random.float() - 0.5);
    const fourier = new Fourier(n);
    const found = fourier.forward(re, im);
    for (let k = 0; k < n; k += 1) {
      let [sumRe, sumIm] = [0, 0];
      for (let t = 0; t < n; t += 1) {
        const [c, s] = [Math.cos((2 * Math.PI * k * t) / n), -Math.sin((2 * Math.PI * k * t) / n)];
        sumRe += re[t]! * c - im[t]! * s;
        sumIm += re[t]! * s + im[t]! * c;
      }
      assert.ok(Math.abs(found.re[k]! - sumRe) < 1e-12 && Math.abs(found.im[k]! - sumIm) < 1e-12, `${k} of ${n}`);
    }
    const back = fourier.inverse(found);
    for (let t = 0; t < n; t += 1) assert.ok(Math.abs(back.re[t]! - re[t]!) < 1e-14 && Math.abs(back.im[t]! - im[t]!) < 1e-14);
  }
});

test("gaps are filled by lines, and what is before one of more than an hour is dropped: Crane's TestPreProcessTimeSeries", () => {
  const series = new DspSeries(MINUTE_MS, 2 * DAY_MS);
  const endMs = 100 * HOUR_MS;
  const samples = [
    [-120, 0.1],
    [-119, 0.8],
    [-10, 1],
    [-7, 1.3],
    [0, 2],
  ] as const;
  for (const [minutes, value] of samples) series.add(value, endMs + minutes * MINUTE_MS);
  const out = new ByteWriter();
  series.write(out);
  const bytes = new ByteReader(out.written());
  bytes.i32();
  const values = Array.from({ length: bytes.u32() }, () => bytes.f64());
  assert.is(values.length, 11);
  values.forEach((value, i) => {
    assert.ok(Math.abs(value - (1 + i / 10)) < 1e-9);
  });
  assert.is(series.cleaned().length, 0, "not a whole hour");
});

test("only the newest whole hours are looked at, of no more than the history; extremes give way to the value before", () => {
  const series = new DspSeries(MINUTE_MS, 2 * DAY_MS);
  // 2 days are 2880 values: beyond the mean of the second and third smallest and of the like among the largest.
  for (let i = 0; i < 3000; i += 1) series.add(i === 2000 ? 1e9 : i === 2500 ? -1e9 : i % 100, (i + 5) * MINUTE_MS);
  const cleaned = series.cleaned();
  assert.is(cleaned.length, 2880);
  assert.is(cleaned[0], 120 % 100);
  assert.is(cleaned[2000 - 120], 1999 % 100);
  assert.is(cleaned[2500 - 120], 2499 % 100);
  for (let i = 0; i < 30; i += 1) series.add(1, (3005 + i) * MINUTE_MS);
  assert.is(series.cleaned().length, 2880);
});

/** Days at five minutes with a tooth a day, a lower one at the week's end, and chance. */
function teeth(days: number, weekend = 1): Float64Array {
  const random = new RandomStream(days, "teeth");
  return Float64Array.from({ length: days * A_DAY }, (_, t) => {
    const height = Math.floor(t / A_DAY) % 7 >= 5 ? weekend : 1;
    return 3 + height * Math.abs((t % A_DAY) - 144) * 0.1 + random.float();
  });
}

test("a period is one of a day or a week that is above chance and a peak; noise, a line and a constant have none", () => {
  const of = (signal: Float64Array) => findPeriod(signal, A_DAY, new RandomStream(1, "shuffles"));
  assert.is(of(teeth(3)), A_DAY);
  assert.is(of(teeth(14)), A_DAY);
  assert.is(of(teeth(14, 0)), 7 * A_DAY);
  const random = new RandomStream(3, "noise");
  assert.is(of(Float64Array.from({ length: 4 * A_DAY }, () => random.float())), null);
  assert.is(of(Float64Array.from({ length: 4 * A_DAY }, (_, t) => t)), null);
  assert.is(of(new Float64Array(4 * A_DAY).fill(2)), null);
  // Of half a day the day is a multiple: not the highest peak is told.
  assert.is(of(Float64Array.from({ length: 4 * A_DAY }, (_, t) => Math.abs((t % 144) - 72) + random.float())), null);
});

/** What numpy gives for the same, its FFT being another one, with mirrored amplitudes made equal: x[t] = 3 + |t mod 288 − 144| ⁄ 48 + (37 t mod 11) ⁄ 10. */
const SIGNAL = Float64Array.from({ length: 3 * A_DAY }, (_, t) => 3 + Math.abs((t % A_DAY) - 144) / 48 + ((t * 37) % 11) / 10);

test("an estimator keeps the large and the slow of a spectrum: as numpy does", () => {
  const at = (leastItems: number, lowAmplitude: number, margin: number) => {
    const estimated = estimatePeriod(SIGNAL, A_DAY, 12, { leastItems, lowAmplitude, margin });
    assert.is(estimated.length, A_DAY);
    return [0, 100, 144, 287].map((t) => estimated[t]!.toFixed(9));
  };
  assert.equal(at(3, 1, 0.01), ["6.399445584", "4.825527737", "4.105820528", "6.733899140"]);
  assert.equal(at(50, 0.05, 0.2), ["7.769046639", "5.760730749", "4.721354100", "8.092368928"]);
});

test("what is at or below 0 is expected to be 0.01", () => {
  const spike = Float64Array.from({ length: 2 * A_DAY }, (_, t) => (t % A_DAY === 100 ? 50 : 0));
  const estimated = estimatePeriod(spike, A_DAY, 12, ESTIMATORS[0]!);
  assert.ok(estimated.some((value) => value === 0.01 * 1.01) && estimated.every((value) => value > 0));
});

test("the estimators are Crane's, and that which did best in the last period is chosen", () => {
  assert.is(ESTIMATORS.length, 8);
  assert.equal(bestEstimator(SIGNAL, A_DAY, 12), { leastItems: 3, lowAmplitude: 1, margin: 0.1 });
});

test("too little costs more than too much: the figures of accuracy.go", () => {
  const error = (actual: number, predicted: number) => predictionError(Float64Array.of(actual), Float64Array.of(predicted));
  assert.is(error(10, 9).toFixed(2), "0.47");
  assert.is(error(10, 5).toFixed(1), "3.1");
  assert.is(error(10, 15), 0.5);
  assert.is(predictionError(Float64Array.of(0, 10), Float64Array.of(1, 5)), 3, "the mean absolute error, near 0");
});

/** A user's use, a sample every five minutes; what is wanted after each. */
function replay(text: string, values: readonly Partial<Resources>[], restoreEvery = 0): (Resources | null)[] {
  let dsp = new CraneDsp(spec(text));
  const ledger = new Ledger();
  ledger.open(0 as UserId, 0 as never, null, []);
  return values.map((some, i) => {
    const atMs = (i + 1) * 5 * MINUTE_MS;
    const account = ledger.observe(0 as UserId, { ...NO_RESOURCES, ...some }, atMs, 5 * MINUTE_MS);
    dsp.onUsage(account, false, atMs);
    if (restoreEvery > 0 && i % restoreEvery === 0) {
      const out = new ByteWriter();
      dsp.write(out);
      dsp = new CraneDsp(spec(text));
      dsp.read(new ByteReader(out.written()));
    }
    return dsp.want(account, atMs);
  });
}

/** Busy from 12:00 on, for six hours. */
const BUSY = Array.from({ length: 4 * A_DAY }, (_, t) => {
  const isBusy = t % A_DAY >= 144 && t % A_DAY < 216;
  return { cpuMillis: isBusy ? 8000 : 1000 + ((t * 37) % 11) * 10, memoryMiB: 512 };
});

test("in the slot reserve: before two days what is used now, then an hour ahead of the daily rise", () => {
  const wanted = replay("crane-dsp:history=3d,refit=1h", BUSY);
  for (let t = 0; t < 2 * A_DAY - 24; t += 1) assert.equal(wanted[t], { ...NO_RESOURCES, ...BUSY[t] });
  const dayFour = 3 * A_DAY;
  const cpu = (t: number) => wanted[dayFour + t]!.cpuMillis;
  assert.ok(cpu(144 - 6) > 6000, `half an hour before the rise: ${cpu(144 - 6)}`);
  assert.ok(cpu(144 - 24) < 3000, `two hours before it: ${cpu(144 - 24)}`);
  for (let t = 0; t < A_DAY; t += 1) assert.ok(cpu(t) >= BUSY[dayFour + t]!.cpuMillis);
  assert.ok(
    wanted.every((one) => one?.memoryMiB === 512 && one.gpuMillis === 0),
    "a constant has no period",
  );
});

test("a restored copy goes on alike", () => {
  const some = BUSY.slice(0, 2 * A_DAY + 60);
  assert.equal(replay("crane-dsp:history=2d,refit=1h", some, 100), replay("crane-dsp:history=2d,refit=1h", some));
});

test.run();
