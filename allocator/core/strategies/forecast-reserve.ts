import type { ByteReader, ByteWriter } from "../bytes.ts";
import { type Because, RUNGS, type Rung } from "../decisions.ts";
import type { ForecastBatch } from "../forecast.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import type { ForecastReserveSpec } from "../policy.ts";
import { NO_RESOURCES, type Resources, scaleUp } from "../resources.ts";
import { DemandPath } from "./demand-path.ts";
import { ForecastBias } from "./forecast-bias.ts";
import { type LearnedLead, levelFor, type TierLevels } from "./levels.ts";
import { levelIndex } from "./path.ts";
import type { ReserveStrategy } from "./reserve.ts";
import { SeasonalNaive } from "./seasonal-naive.ts";
import { NO_FORECAST } from "./warm.ts";

/** The lead time taken for granted until one was measured. */
const UNMEASURED_LEAD_MS = 60_000;

/**
 * R = the chosen level's maximum over the lead window, with a margin, for as long as a forecast speaks of now. After that it goes
 * down a ladder, to the first rung that the policy has and that knows something of the user:
 *
 * 1. fresh: the forecast that speaks of now;
 * 2. last_good: what the last forecast said last, until that was issued `lastGoodMs` ago, with the same margin;
 * 3. seasonal: what the coming control interval demanded one season ago × the floor's factor;
 * 4. reactive: the last control interval's largest demand × the floor's factor;
 * 5. hold: nothing is known, and what is held stays.
 *
 * Where the policy says what a violation costs, the level of each resource is the one that costs least for the user.
 *
 * Where the policy learns the bias of forecasts, rungs 1 and 2 are corrected by it.
 *
 * A policy with none of the rungs 2 to 4 holds nothing beyond a horizon: its feed is to be believed to the end.
 */
export class ReserveFromForecast implements ReserveStrategy {
  readonly #spec: ForecastReserveSpec;
  readonly #tiers: TierLevels & LearnedLead;
  readonly #naivePpm: number;
  readonly #seasonal: SeasonalNaive | null;
  readonly #paths = new Map<UserId, DemandPath>();
  readonly #bias: ForecastBias | null;
  /** Medians of the last two forecasts of each user, the latest first: a step may be over when its forecast is no longer the last. */
  readonly #medians = new Map<UserId, readonly DemandPath[]>();
  /** On which rung each user's last want rested. */
  readonly #rungs = new Map<UserId, Rung>();

  constructor(spec: ForecastReserveSpec, tiers: TierLevels & LearnedLead) {
    this.#spec = spec;
    this.#tiers = tiers;
    this.#naivePpm = spec.floorPpm ?? spec.factorPpm;
    this.#bias = spec.biasPpm === undefined ? null : new ForecastBias(spec.biasPpm);
    const { season } = spec;
    this.#seasonal = season === undefined ? null : new SeasonalNaive(season.intervals, season.everyMs, this.#naivePpm);
  }

  want(account: Account, nowMs: number): Resources | null {
    // Asked at every end of an interval, whatever the rung: it remembers what it is asked about.
    const seasonal = this.#seasonal?.want(account, nowMs) ?? null;
    this.#bias?.endInterval(account, this.#medians.get(account.id) ?? [], nowMs);
    const rung = this.#rung(account, nowMs);
    this.#rungs.set(account.id, rung);
    const path = this.#paths.get(account.id);
    switch (rung) {
      case "fresh":
        return path === undefined ? null : this.#withMargin(account.id, path.maximumOver(nowMs, nowMs + this.#leadMs()));
      case "last_good":
        return path === undefined ? null : this.#withMargin(account.id, path.last());
      case "seasonal":
        return seasonal;
      case "reactive":
        return scaleUp(account.peakDemand, this.#naivePpm);
      case "hold":
        return null;
      case "none":
        return path === undefined ? null : NO_RESOURCES;
    }
  }

  #leadMs(): number {
    const { leadMs, learnedLeadPpm } = this.#spec;
    return learnedLeadPpm === undefined ? leadMs : leadMs + (this.#tiers.learnedLeadMs(learnedLeadPpm) ?? UNMEASURED_LEAD_MS);
  }

  #withMargin(user: UserId, amount: Resources): Resources {
    return scaleUp(this.#bias === null ? amount : this.#bias.correct(user, amount), this.#spec.factorPpm);
  }

  #rung(account: Account, nowMs: number): Rung {
    const path = this.#paths.get(account.id);
    if (path?.speaksAt(nowMs)) return "fresh";
    const { lastGoodMs, floorPpm } = this.#spec;
    if (lastGoodMs !== undefined && path !== undefined && path.ageMs(nowMs) <= lastGoodMs) return "last_good";
    if (this.#seasonal?.because(account.id).rule === "seasonal_naive") return "seasonal";
    if (floorPpm !== undefined && !isSilent(account, nowMs)) return "reactive";
    return lastGoodMs === undefined && this.#seasonal === null && floorPpm === undefined ? "none" : "hold";
  }

  expects(user: UserId, nowMs: number): boolean {
    const path = this.#paths.get(user);
    if (path !== undefined && (path.speaksAt(nowMs) || path.ageMs(nowMs) <= (this.#spec.lastGoodMs ?? -1))) return true;
    return this.#seasonal?.expects(user) ?? false;
  }

  onForecast(batch: ForecastBatch, batchIndex: number): readonly UserId[] {
    if (batch.target !== "demand" || batch.entity !== "user") return [];
    const median = this.#bias === null ? null : medianIndex(batch.levelsPpm);
    batch.ids.forEach((id, entity) => {
      if (median !== null) {
        const before = this.#medians.get(id as UserId) ?? [];
        this.#medians.set(id as UserId, [DemandPath.of(batch, batchIndex, entity, median), ...before.slice(0, 1)]);
      }
      const level = levelIndex(batch.levelsPpm, levelFor(this.#spec.levelPpm, this.#tiers, id as UserId));
      this.#paths.set(id as UserId, DemandPath.cheapest(batch, batchIndex, entity, level, this.#spec.violation ?? {}));
    });
    return [...batch.ids] as UserId[];
  }

  onUsage(): void {}

  because(user: UserId): Because {
    const rung = this.#rungs.get(user) ?? "none";
    if (rung === "seasonal") return { ...NO_FORECAST, rule: "seasonal_naive", factorPpm: this.#naivePpm, rung };
    if (rung === "reactive") return { ...NO_FORECAST, rule: "last_value", factorPpm: this.#naivePpm, rung };
    return {
      rule: "forecast",
      batchIndex: this.#paths.get(user)?.batchIndex ?? -1,
      // With prices every resource has a level of its own.
      levelPpm: this.#spec.violation === undefined ? levelFor(this.#spec.levelPpm, this.#tiers, user) : 0,
      factorPpm: this.#spec.factorPpm,
      guardrail: "none",
      rung,
    };
  }

  write(out: ByteWriter): void {
    out.u32(this.#paths.size);
    for (const [user, path] of this.#paths) {
      out.u32(user);
      path.write(out);
    }
    out.u32(this.#rungs.size);
    for (const [user, rung] of this.#rungs) {
      out.u32(user);
      out.u8(RUNGS.indexOf(rung));
    }
    this.#seasonal?.write(out);
    if (this.#bias === null) return;
    this.#bias.write(out);
    out.u32(this.#medians.size);
    for (const [user, paths] of this.#medians) {
      out.u32(user);
      out.u8(paths.length);
      for (const path of paths) path.write(out);
    }
  }

  read(from: ByteReader): void {
    this.#paths.clear();
    this.#rungs.clear();
    for (let left = from.u32(); left > 0; left -= 1) this.#paths.set(from.u32() as UserId, DemandPath.read(from));
    for (let left = from.u32(); left > 0; left -= 1) this.#rungs.set(from.u32() as UserId, RUNGS[from.u8()] as Rung);
    this.#seasonal?.read(from);
    if (this.#bias === null) return;
    this.#bias.read(from);
    this.#medians.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const user = from.u32() as UserId;
      this.#medians.set(
        user,
        Array.from({ length: from.u8() }, () => DemandPath.read(from)),
      );
    }
  }
}

/** The column nearest the median; `null`: none is near it. */
function medianIndex(levelsPpm: Uint32Array): number | null {
  const distances = [...levelsPpm].map((level) => Math.abs(level - 500_000));
  const least = Math.min(...distances);
  return least <= 100_000 ? distances.indexOf(least) : null;
}
