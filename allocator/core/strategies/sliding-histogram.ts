import type { ByteReader, ByteWriter } from "../bytes.ts";
import { pow } from "../math.ts";

const DAY_MS = 86_400_000;

/** Buckets of one size from 0 up to `largest`, and one more without an end, as VPA's linear histograms have. */
export interface EvenBuckets {
  readonly size: number;
  readonly largest: number;
}

/**
 * A histogram of the last days, each sample with a weight that halves every half-life; `null`: never. What is older than `historyMs` goes
 * a day at a time, so that up to a day more is remembered. Only buckets that were hit take memory.
 */
export class SlidingHistogram {
  readonly #buckets: EvenBuckets;
  readonly #last: number;
  readonly #historyMs: number;
  readonly #halfLifeMs: number | null;
  /** The oldest first. Bucket → weight as of the day's beginning. */
  readonly #days: { readonly fromMs: number; readonly weights: Map<number, number> }[] = [];

  constructor(buckets: EvenBuckets, historyMs: number, halfLifeMs: number | null) {
    this.#buckets = buckets;
    this.#last = Math.ceil(buckets.largest / buckets.size);
    this.#historyMs = historyMs;
    this.#halfLifeMs = halfLifeMs;
  }

  get isEmpty(): boolean {
    return this.#days.length === 0;
  }

  add(value: number, weight: number, atMs: number): void {
    const fromMs = Math.floor(atMs / DAY_MS) * DAY_MS;
    let day = this.#days.at(-1);
    if (day === undefined || day.fromMs !== fromMs) {
      day = { fromMs, weights: new Map() };
      this.#days.push(day);
    }
    const bucket = Math.min(Math.floor(value / this.#buckets.size), this.#last);
    day.weights.set(bucket, (day.weights.get(bucket) ?? 0) + weight * this.#growth(atMs - fromMs));
    while ((this.#days[0] as { fromMs: number }).fromMs + DAY_MS <= atMs - this.#historyMs) this.#days.shift();
  }

  /** The end of the first bucket up to which `share` of the weight lies; the start of the last bucket; 0 when empty. */
  percentile(share: number): number {
    const newest = this.#days.at(-1);
    if (newest === undefined) return 0;
    const weights = new Map<number, number>();
    let total = 0;
    for (const day of this.#days) {
      const factor = this.#growth(day.fromMs - newest.fromMs);
      for (const [bucket, weight] of day.weights) {
        weights.set(bucket, (weights.get(bucket) ?? 0) + weight * factor);
        total += weight * factor;
      }
    }
    const hit = [...weights.keys()].sort((a, b) => a - b);
    let sum = 0;
    const found = hit.find((bucket) => {
      sum += weights.get(bucket) as number;
      return sum >= share * total;
    });
    const bucket = found ?? (hit.at(-1) as number);
    return (bucket < this.#last ? bucket + 1 : bucket) * this.#buckets.size;
  }

  #growth(ms: number): number {
    return this.#halfLifeMs === null ? 1 : pow(2, ms / this.#halfLifeMs);
  }

  write(out: ByteWriter): void {
    out.u32(this.#days.length);
    for (const { fromMs, weights } of this.#days) {
      out.u64(fromMs);
      out.u32(weights.size);
      for (const [bucket, weight] of weights) {
        out.u32(bucket);
        out.f64(weight);
      }
    }
  }

  read(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) {
      const day = { fromMs: from.u64(), weights: new Map<number, number>() };
      for (let buckets = from.u32(); buckets > 0; buckets -= 1) day.weights.set(from.u32(), from.f64());
      this.#days.push(day);
    }
  }
}
