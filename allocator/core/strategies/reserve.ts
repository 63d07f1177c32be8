import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { ForecastBatch } from "../forecast.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import type { ReserveSpec } from "../policy.ts";
import { NO_RESOURCES, type Resources, scaleUp } from "../resources.ts";
import { Autopilot } from "./autopilot.ts";
import { CranePercentile } from "./crane.ts";
import { CraneDsp } from "./crane-dsp.ts";
import { ReserveFromForecast } from "./forecast-reserve.ts";
import type { LearnedLead, TierLevels } from "./levels.ts";
import { MovingQuantile } from "./moving-quantile.ts";
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

export function reserveStrategy(spec: ReserveSpec, tiers: TierLevels & LearnedLead): ReserveStrategy {
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
    case "crane-dsp":
      return new CraneDsp(spec);
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
