import type { ByteReader, ByteWriter } from "../bytes.ts";
import { pow } from "../math.ts";
import { DecayingHistogram, GrowingBuckets } from "./decaying-histogram.ts";

export const DAY_MS = 86_400_000;
export const MIB = 1_048_576;
export const CPU_WEIGHT = 0.1;
export const MARGIN = 0.15;
export const SHARES = { lower: 0.5, target: 0.9, upper: 0.95 } as const;

const CPU_BUCKETS = new GrowingBuckets(0.01, 0.05, 1000);
const MEMORY_BUCKETS = new GrowingBuckets(1e7, 0.05, 1e12);

const LEAST_CPU_MILLIS = 25;
const LEAST_MEMORY_BYTES = 250 * MIB;
const OOM_LEAST_BUMP_BYTES = 100 * MIB;
const OOM_BUMP_RATIO = 1.2;

type Bound = keyof typeof SHARES;

/** CPU in thousandths of a core, memory in bytes: whole numbers, as VPA counts them. */
export interface VpaAmounts {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/**
 * What the VPA recommender (v1.7.0, pkg/recommender) keeps of one container: a decaying histogram of CPU samples, one of the
 * memory peaks of each 24 hours, and how long it has looked.
 */
export class VpaRecommender {
  readonly #cpu = new DecayingHistogram(CPU_BUCKETS, DAY_MS);
  readonly #memory = new DecayingHistogram(MEMORY_BUCKETS, DAY_MS);
  #firstMs: number | null = null;
  #lastMs = 0;
  #samples = 0;
  /** End of the current interval of 24 h; `null`: no sample yet. */
  #intervalEndMs: number | null = null;
  #memoryPeak = 0;
  #oomPeak = 0;

  addCpu(millis: number, atMs: number): void {
    this.#cpu.add(millis / 1000, CPU_WEIGHT, atMs);
    this.#firstMs ??= atMs;
    this.#lastMs = atMs;
    this.#samples += 1;
  }

  addMemory(bytes: number, atMs: number): void {
    this.#addMemory(bytes, atMs, false);
  }

  /** An out-of-memory kill at that limit: recorded as if more had been used. */
  recordOom(limitBytes: number, atMs: number): void {
    const used = Math.max(limitBytes, this.#memoryPeak);
    this.#addMemory(Math.max(used + OOM_LEAST_BUMP_BYTES, Math.trunc(used * OOM_BUMP_RATIO)), atMs, true);
  }

  #addMemory(bytes: number, atMs: number, isOom: boolean): void {
    this.#intervalEndMs ??= atMs;
    if (atMs < this.#intervalEndMs) {
      const before = Math.max(this.#memoryPeak, this.#oomPeak);
      if (before === 0 || bytes <= before) return;
      this.#memory.subtract(before, 1, this.#intervalEndMs);
    } else {
      this.#intervalEndMs += Math.floor((atMs - this.#intervalEndMs) / DAY_MS) * DAY_MS + DAY_MS;
      this.#memoryPeak = 0;
      this.#oomPeak = 0;
    }
    this.#memory.add(bytes, 1, this.#intervalEndMs);
    if (isOom) this.#oomPeak = bytes;
    else this.#memoryPeak = bytes;
  }

  /** In days of one sample a minute: min(time looked ÷ 24 h, samples ÷ 1440). */
  get #confidence(): number {
    return Math.min((this.#lastMs - (this.#firstMs ?? 0)) / DAY_MS, this.#samples / 1440);
  }

  recommend(bound: Bound): VpaAmounts {
    const share = SHARES[bound];
    const c = this.#confidence;
    const factor = bound === "target" ? 1 : bound === "upper" ? 1 + 1 / c : pow(1 + 0.001 / c, -2);
    const scale = (base: number) => amount(amount(amount(base) + amount(amount(base) * MARGIN)) * factor);
    return {
      cpuMillis: Math.max(LEAST_CPU_MILLIS, scale(this.#cpu.percentile(share) * 1000)),
      memoryBytes: Math.max(LEAST_MEMORY_BYTES, scale(this.#memory.percentile(share))),
    };
  }

  write(out: ByteWriter): void {
    this.#cpu.write(out);
    this.#memory.write(out);
    out.optionalMs(this.#firstMs);
    out.u64(this.#lastMs);
    out.u32(this.#samples);
    out.optionalMs(this.#intervalEndMs);
    out.u64(this.#memoryPeak);
    out.u64(this.#oomPeak);
  }

  read(from: ByteReader): void {
    this.#cpu.read(from);
    this.#memory.read(from);
    this.#firstMs = from.optionalMs();
    this.#lastMs = from.u64();
    this.#samples = from.u32();
    this.#intervalEndMs = from.optionalMs();
    this.#memoryPeak = from.u64();
    this.#oomPeak = from.u64();
  }
}

/** Whole, as VPA's own amounts, and no more than they can be. */
function amount(value: number): number {
  return Math.trunc(Math.min(value, 1e14));
}
