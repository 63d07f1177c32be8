import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { ForecastBatch } from "../forecast.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import type { ForecastReserveSpec, ReserveSpec } from "../policy.ts";
import { NO_RESOURCES, type Resources, scaleUp } from "../resources.ts";
import { Autopilot } from "./autopilot.ts";
import { CranePercentile } from "./crane.ts";
import { levelFor, type TierLevels } from "./levels.ts";
import { MovingQuantile } from "./moving-quantile.ts";
import { levelIndex } from "./path.ts";
import { SeasonalNaive } from "./seasonal-naive.ts";
import { StaticPeak } from "./static-peak.ts";
import { VerticalPodAutoscaler } from "./vpa.ts";
import { NO_FORECAST } from "./warm.ts";

/** Fills the slot `reserve`: how much each user should have held, asked at every tick. */
export interface ReserveStrategy {
  /** `null`: no opinion, leave it as it is. */
  want(account: Account, nowMs: number): Resources | null;
  /** Whether it may want something for the user at a later tick, though nothing happens to the user until then. */
  expects(user: UserId, nowMs: number): boolean;
  /** Takes a forecast in and names the users it speaks of. */
  onForecast(batch: ForecastBatch, batchIndex: number): readonly UserId[];
  /** Takes a sample of use in, `account.usage`. `saturated`: a limit cut it. */
  onUsage(account: Account, saturated: boolean, atMs: number): void;
  /** What its last want for the user rests on. */
  because(user: UserId): Because;
  write(out: ByteWriter): void;
  read(from: ByteReader): void;
}

export function reserveStrategy(spec: ReserveSpec, tiers: TierLevels): ReserveStrategy {
  switch (spec.strategy) {
    case "none":
      return new ReserveNothing();
    case "last-value":
      return new LastValue(spec.factorPpm);
    case "forecast":
      return new ReserveFromForecast(spec, tiers);
    case "moving-quantile":
      return new MovingQuantile(spec.intervals, spec.everyMs, spec.levelPpm, spec.factorPpm);
    case "seasonal-naive":
      return new SeasonalNaive(spec.intervals, spec.everyMs, spec.factorPpm);
    case "static-peak":
      return new StaticPeak(spec.untilMs, spec.factorPpm);
    case "autopilot":
      return new Autopilot(spec);
    case "vpa":
      return new VerticalPodAutoscaler();
    case "crane":
      return new CranePercentile(spec);
  }
}

class ReserveNothing implements ReserveStrategy {
  want(_account: Account, _nowMs: number): Resources | null {
    return NO_RESOURCES;
  }
  expects(_user: UserId, _nowMs: number): boolean {
    return false;
  }
  onForecast(_batch: ForecastBatch, _batchIndex: number): readonly UserId[] {
    return [];
  }
  onUsage(_account: Account, _saturated: boolean, _atMs: number): void {}
  because(_user: UserId): Because {
    return { ...NO_FORECAST, rule: "nothing_kept" };
  }
  write(_out: ByteWriter): void {}
  read(_from: ByteReader): void {}
}

/** What reactive systems do: the last control interval's largest demand, with a margin, is what the next one gets. */
class LastValue extends ReserveNothing {
  readonly #factorPpm: number;
  readonly #because: Because;

  constructor(factorPpm: number) {
    super();
    this.#factorPpm = factorPpm;
    this.#because = { ...NO_FORECAST, rule: "last_value", factorPpm };
  }

  override want(account: Account, nowMs: number): Resources | null {
    return isSilent(account, nowMs) ? null : scaleUp(account.peakDemand, this.#factorPpm);
  }

  override because(): Because {
    return this.#because;
  }
}

/**
 * R = the chosen level's maximum over the lead window, with a margin. Beyond the horizon, and for users that no forecast speaks of,
 * the policy's floor, which is reactive; without one, nothing beyond the horizon.
 */
class ReserveFromForecast implements ReserveStrategy {
  readonly #spec: ForecastReserveSpec;
  readonly #tiers: TierLevels;
  readonly #floor: LastValue | null;
  readonly #paths = new Map<UserId, DemandPath>();
  #batchIndex = -1;
  /** Whether the last want was the floor's. */
  #fellBack = false;

  constructor(spec: ForecastReserveSpec, tiers: TierLevels) {
    this.#spec = spec;
    this.#tiers = tiers;
    this.#floor = spec.floorPpm === undefined ? null : new LastValue(spec.floorPpm);
  }

  want(account: Account, nowMs: number): Resources | null {
    this.#fellBack = this.#floor !== null && !this.expects(account.id, nowMs);
    if (this.#floor !== null && this.#fellBack) return this.#floor.want(account, nowMs);
    const path = this.#paths.get(account.id);
    return path === undefined ? null : scaleUp(maximumOver(path, nowMs, nowMs + this.#spec.leadMs), this.#spec.factorPpm);
  }

  expects(user: UserId, nowMs: number): boolean {
    const path = this.#paths.get(user);
    return path !== undefined && nowMs < path.firstStepMs + path.stepMs * (path.values.length / 4);
  }

  onForecast(batch: ForecastBatch, batchIndex: number): readonly UserId[] {
    if (batch.target !== "demand" || batch.entity !== "user") return [];
    this.#batchIndex = batchIndex;
    const levels = batch.levelsPpm.length;
    const cells = 4 * batch.steps;
    batch.ids.forEach((id, entity) => {
      const level = levelIndex(batch.levelsPpm, levelFor(this.#spec.levelPpm, this.#tiers, id as UserId));
      const values = new Uint32Array(cells);
      for (let i = 0; i < cells; i += 1) values[i] = batch.values[(entity * cells + i) * levels + level] as number;
      this.#paths.set(id as UserId, { firstStepMs: batch.firstStepMs, stepMs: batch.stepMs, values });
    });
    return [...batch.ids] as UserId[];
  }

  onUsage(): void {}

  because(user: UserId): Because {
    if (this.#floor !== null && this.#fellBack) return this.#floor.because();
    return {
      rule: "forecast",
      batchIndex: this.#batchIndex,
      levelPpm: levelFor(this.#spec.levelPpm, this.#tiers, user),
      factorPpm: this.#spec.factorPpm,
      guardrail: "none",
      rung: "none",
    };
  }

  write(out: ByteWriter): void {
    out.i32(this.#batchIndex);
    out.u32(this.#paths.size);
    for (const [user, path] of this.#paths) {
      out.u32(user);
      out.u64(path.firstStepMs);
      out.u64(path.stepMs);
      out.u32s(path.values);
    }
  }

  read(from: ByteReader): void {
    this.#batchIndex = from.i32();
    this.#paths.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      this.#paths.set(from.u32() as UserId, { firstStepMs: from.u64(), stepMs: from.u64(), values: from.u32s() });
    }
  }
}

/** `values`: `[resource][step]`. */
interface DemandPath {
  readonly firstStepMs: number;
  readonly stepMs: number;
  readonly values: Uint32Array;
}

/** The component-wise maximum of the steps that overlap `[fromMs, toMs)`. */
function maximumOver(path: DemandPath, fromMs: number, toMs: number): Resources {
  const steps = path.values.length / 4;
  const first = Math.max(0, Math.floor((fromMs - path.firstStepMs) / path.stepMs));
  const end = Math.min(steps, Math.ceil((toMs - path.firstStepMs) / path.stepMs));
  const largest = (resource: number) => {
    let value = 0;
    for (let k = first; k < end; k += 1) value = Math.max(value, path.values[resource * steps + k] as number);
    return value;
  };
  return { cpuMillis: largest(0), memoryMiB: largest(1), gpuMillis: largest(2), networkKbps: largest(3) };
}
