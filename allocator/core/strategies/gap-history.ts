import type { ByteReader, ByteWriter } from "../bytes.ts";

/** The median of so many gaps says when the next use is expected. */
const MOST_RECENT = 5;

/** What a group's last gaps say: counted from its last arrival, or from when its last request was over, whichever varies less. */
export interface Expectation {
  readonly from: "arrival" | "over";
  readonly medianMs: number;
  /** The gaps' spread over their median: of five, without the shortest and the longest. */
  readonly spread: number;
}

/** When a group was used lately: the gaps between a use and the next one that found nothing of it running. */
export class GapHistory {
  /** Requests that have arrived and are not over. */
  active = 0;
  /** The most instances that they needed at once since the group was last idle. */
  peak = 0;
  arrivedMs = 0;
  /** When the last of them was over; `null`: never yet, or in use. */
  idleSinceMs: number | null = null;
  readonly #sinceArrivalMs: number[] = [];
  readonly #sinceOverMs: number[] = [];

  get count(): number {
    return this.#sinceOverMs.length;
  }

  add(sinceArrivalMs: number, sinceOverMs: number): void {
    for (const [gaps, gapMs] of [[this.#sinceArrivalMs, sinceArrivalMs] as const, [this.#sinceOverMs, sinceOverMs] as const]) {
      gaps.push(gapMs);
      if (gaps.length > MOST_RECENT) gaps.shift();
    }
  }

  /** `null`: no gap is known. */
  expect(): Expectation | null {
    if (this.count === 0) return null;
    const [arrivalMs, arrivalSpreadMs] = summary(this.#sinceArrivalMs);
    const [overMs, overSpreadMs] = summary(this.#sinceOverMs);
    return arrivalSpreadMs <= overSpreadMs
      ? { from: "arrival", medianMs: Math.max(1, arrivalMs), spread: arrivalSpreadMs / Math.max(1, arrivalMs) }
      : { from: "over", medianMs: Math.max(1, overMs), spread: overSpreadMs / Math.max(1, overMs) };
  }

  write(out: ByteWriter): void {
    out.u32(this.active);
    out.u32(this.peak);
    out.u64(this.arrivedMs);
    out.optionalMs(this.idleSinceMs);
    out.u8(this.count);
    for (const gapMs of this.#sinceArrivalMs) out.u64(gapMs);
    for (const gapMs of this.#sinceOverMs) out.u64(gapMs);
  }

  static read(from: ByteReader): GapHistory {
    const history = new GapHistory();
    history.active = from.u32();
    history.peak = from.u32();
    history.arrivedMs = from.u64();
    history.idleSinceMs = from.optionalMs();
    const count = from.u8();
    for (let k = 0; k < count; k += 1) history.#sinceArrivalMs.push(from.u64());
    for (let k = 0; k < count; k += 1) history.#sinceOverMs.push(from.u64());
    return history;
  }
}

function summary(gapsMs: readonly number[]): readonly [medianMs: number, spreadMs: number] {
  const sorted = gapsMs.toSorted((a, b) => a - b);
  const at = (k: number) => sorted[k] as number;
  const last = sorted.length - 1;
  return [at(last >> 1), last === MOST_RECENT - 1 ? at(last - 1) - at(1) : at(last) - at(0)];
}
