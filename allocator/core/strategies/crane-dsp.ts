import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import type { CraneDspSpec } from "../policy.ts";
import { RandomStream } from "../random.ts";
import { maximum, RESOURCE_NAMES, type Resources } from "../resources.ts";
import { bestEstimator, estimatePeriod } from "./dsp-estimate.ts";
import { findPeriod } from "./dsp-period.ts";
import { DspSeries } from "./dsp-series.ts";
import type { ReserveStrategy } from "./reserve.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What a unit of a resource is in the units of Crane's metrics, whose thresholds are absolute: cores, bytes, GPUs, bytes a second. */
const UNITS: Resources = { cpuMillis: 0.001, memoryMiB: 1_048_576, gpuMillis: 0.001, networkKbps: 125 };

/**
 * Reserves what Crane's DSP predicts (gocrane/crane, pkg/prediction/dsp): where the use of a resource has a period of a day or
 * a week, and two of them are known, its next period by the spectral estimator that would have done best in the last one; anew every
 * `refitMs`. R is the most of the next hour, and no less than what is used now, as its horizontal autoscaler takes the larger of the
 * predicted and the actual metric; where nothing is predicted, what is used now.
 *
 * What a resource has before it is first used does not count. With two weeks or more, whole weeks are looked at, else whole days.
 */
export class CraneDsp implements ReserveStrategy {
  readonly #spec: CraneDspSpec;
  readonly #users = new Map<UserId, Signals>();

  constructor(spec: CraneDspSpec) {
    this.#spec = spec;
  }

  onUsage({ id, usage }: Account, _saturated: boolean, atMs: number): void {
    const { series } = this.#of(id);
    RESOURCE_NAMES.forEach((name, i) => {
      const one = series[i] as DspSeries;
      if (usage[name] > 0 || !one.isEmpty) one.add(usage[name] * UNITS[name], atMs);
    });
  }

  want(account: Account, nowMs: number): Resources | null {
    if (account.usageUntilMs === null || isSilent(account, nowMs)) return null;
    const signals = this.#of(account.id);
    if (nowMs >= signals.refitAtMs) {
      signals.refitAtMs = nowMs + this.#spec.refitMs;
      signals.refits += 1;
      signals.series.forEach((series, i) => {
        signals.predicted[i] = this.#predict(series, `dsp ${account.id} ${i} ${signals.refits}`);
      });
    }
    const [cpuMillis, memoryMiB, gpuMillis, networkKbps] = RESOURCE_NAMES.map((name, i) => {
      return Math.ceil(this.#mostAhead(signals.predicted[i] ?? null, nowMs) / UNITS[name]);
    }) as [number, number, number, number];
    return maximum(account.usage, { cpuMillis, memoryMiB, gpuMillis, networkKbps });
  }

  #predict(series: DspSeries, cause: string): Prediction | null {
    const { stepMs, seed } = this.#spec;
    const aDay = DAY_MS / stepMs;
    const signal = series.cleaned();
    const span = [7 * aDay, aDay].find((unit) => signal.length >= 2 * unit);
    if (span === undefined) return null;
    const period = findPeriod(lastWhole(signal, span), aDay, new RandomStream(seed, cause));
    if (period === null) return null;
    const periods = lastWhole(signal, period);
    const values = estimatePeriod(periods, period, aDay / 24, bestEstimator(periods, period, aDay / 24));
    return { fromStep: series.lastStep + 1, values };
  }

  /** The largest value from now to an hour from now; 0 where none is predicted. */
  #mostAhead(prediction: Prediction | null, nowMs: number): number {
    if (prediction === null) return 0;
    const { stepMs } = this.#spec;
    const first = Math.max(0, Math.floor(nowMs / stepMs) - prediction.fromStep);
    const last = Math.floor(nowMs / stepMs) + Math.floor(HOUR_MS / stepMs) - prediction.fromStep;
    let most = 0;
    for (let i = first; i <= last && i < prediction.values.length; i += 1) most = Math.max(most, prediction.values[i] as number);
    return most;
  }

  #of(user: UserId): Signals {
    let signals = this.#users.get(user);
    if (signals === undefined) {
      const series = RESOURCE_NAMES.map(() => new DspSeries(this.#spec.stepMs, this.#spec.historyMs));
      signals = { series, predicted: [], refitAtMs: 0, refits: 0 };
      this.#users.set(user, signals);
    }
    return signals;
  }

  expects(): boolean {
    return false;
  }

  onForecast(): readonly UserId[] {
    return [];
  }

  because(): Because {
    return BECAUSE_OF_DSP;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, { series, predicted, refitAtMs, refits }] of this.#users) {
      out.u32(user);
      out.u64(refitAtMs);
      out.u32(refits);
      series.forEach((one, i) => {
        one.write(out);
        const prediction = predicted[i] ?? null;
        out.bool(prediction !== null);
        if (prediction === null) return;
        out.u32(prediction.fromStep);
        out.u32(prediction.values.length);
        for (const value of prediction.values) out.f64(value);
      });
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const signals = this.#of(from.u32() as UserId);
      signals.refitAtMs = from.u64();
      signals.refits = from.u32();
      signals.series.forEach((one, i) => {
        one.read(from);
        if (!from.bool()) return;
        const fromStep = from.u32();
        signals.predicted[i] = { fromStep, values: Float64Array.from({ length: from.u32() }, () => from.f64()) };
      });
    }
  }
}

/** The values of the coming period, from a step on. */
interface Prediction {
  readonly fromStep: number;
  readonly values: Float64Array;
}

interface Signals {
  /** In the order of `RESOURCE_NAMES`. */
  readonly series: readonly DspSeries[];
  readonly predicted: (Prediction | null)[];
  refitAtMs: number;
  refits: number;
}

const BECAUSE_OF_DSP: Because = {
  rule: "crane_dsp",
  batchIndex: -1,
  levelPpm: 0,
  factorPpm: 1_000_000,
  guardrail: "none",
  rung: "none",
};

/** The newest whole number of `unit` samples. */
function lastWhole(signal: Float64Array, unit: number): Float64Array {
  return signal.slice(signal.length - Math.floor(signal.length / unit) * unit);
}
