import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { TierId } from "../ids.ts";

/** Over how long a tier's preemptions are counted against its budget. */
const BUDGET_WINDOW_MS = 3_600_000;

/** When each tier preempted in the last hour: an entry a request that lost its instance. It outlives a change of policy. */
export class PreemptionHistory {
  /** By tier; ascending. */
  readonly #atMs: number[][] = [];

  add(tier: TierId, nowMs: number): void {
    while (this.#atMs.length <= tier) this.#atMs.push([]);
    this.#recent(tier, nowMs).push(nowMs);
  }

  /** When `count` more preemptions by the tier stay within `budget` an hour: now, later, or never (`null`). */
  allowedFromMs(tier: TierId, count: number, budget: number, nowMs: number): number | null {
    if (count > budget) return null;
    const recent = this.#recent(tier, nowMs);
    const excess = recent.length + count - budget;
    return excess <= 0 ? nowMs : (recent[excess - 1] as number) + BUDGET_WINDOW_MS;
  }

  /** Those of the hour that ends now; what is older is forgotten. */
  #recent(tier: TierId, nowMs: number): number[] {
    const times = this.#atMs[tier];
    if (times === undefined) return [];
    const first = times.findIndex((atMs) => atMs + BUDGET_WINDOW_MS > nowMs);
    times.splice(0, first < 0 ? times.length : first);
    return times;
  }

  write(out: ByteWriter): void {
    out.u32(this.#atMs.length);
    for (const times of this.#atMs) {
      out.u32(times.length);
      for (const atMs of times) out.u64(atMs);
    }
  }

  static read(from: ByteReader): PreemptionHistory {
    const history = new PreemptionHistory();
    for (let tiers = from.u32(); tiers > 0; tiers -= 1) {
      const times: number[] = [];
      for (let left = from.u32(); left > 0; left -= 1) times.push(from.u64());
      history.#atMs.push(times);
    }
    return history;
  }
}
