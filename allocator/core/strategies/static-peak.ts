import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import type { Account } from "../ledger.ts";
import { isZero, maximum, NO_RESOURCES, type Resources, scaleUp } from "../resources.ts";
import type { ReserveStrategy } from "./reserve.ts";

/**
 * R = the largest demand observed up to an instant, × a margin, for ever after: provisioning for the peak, as is done by hand. The
 * instant is the start of the evaluation, so that nothing it is judged on was seen; until then R is the peak so far.
 */
export class StaticPeak implements ReserveStrategy {
  readonly #untilMs: number;
  readonly #factorPpm: number;
  readonly #peaks = new Map<UserId, Resources>();
  readonly #because: Because;

  /** `untilMs` null: it never stops to look. */
  constructor(untilMs: number | null, factorPpm: number) {
    this.#untilMs = untilMs ?? Number.POSITIVE_INFINITY;
    this.#factorPpm = factorPpm;
    this.#because = { rule: "static_peak", batchIndex: -1, levelPpm: 1_000_000, factorPpm, guardrail: "none", rung: "none" };
  }

  want(account: Account, nowMs: number): Resources {
    let peak = this.#peaks.get(account.id) ?? NO_RESOURCES;
    if (nowMs <= this.#untilMs) {
      peak = maximum(peak, account.peakDemand);
      this.#peaks.set(account.id, peak);
    }
    return scaleUp(peak, this.#factorPpm);
  }

  /** A peak that found no room is asked for again. */
  expects(user: UserId): boolean {
    return !isZero(this.#peaks.get(user) ?? NO_RESOURCES);
  }

  onForecast(): readonly UserId[] {
    return [];
  }

  onUsage(): void {}

  because(): Because {
    return this.#because;
  }

  write(out: ByteWriter): void {
    out.u32(this.#peaks.size);
    for (const [user, peak] of this.#peaks) {
      out.u32(user);
      out.sums(peak);
    }
  }

  read(from: ByteReader): void {
    this.#peaks.clear();
    for (let left = from.u32(); left > 0; left -= 1) this.#peaks.set(from.u32() as UserId, from.sums());
  }
}
