import type { ByteReader, ByteWriter } from "../bytes.ts";
import { log, pow } from "../math.ts";

/** Buckets that grow by a constant ratio from the first on, the last without an end. */
export class GrowingBuckets {
  readonly count: number;
  readonly #firstSize: number;
  readonly #growth: number;
  /** Start of bucket k, and one beyond the last. */
  readonly #starts: Float64Array;

  /** `growth` 0.05: each is 5 % larger than the one before. Enough buckets that one starts at or above `largest`. */
  constructor(firstSize: number, growth: number, largest: number) {
    this.#firstSize = firstSize;
    this.#growth = growth;
    this.count = Math.ceil(log((largest * growth) / firstSize + 1) / log(1 + growth)) + 1;
    this.#starts = Float64Array.from({ length: this.count + 1 }, (_, k) => (firstSize * (pow(1 + growth, k) - 1)) / growth);
  }

  start(bucket: number): number {
    return this.#starts[bucket] as number;
  }

  find(value: number): number {
    if (value < this.#firstSize) return 0;
    const bucket = Math.floor(log((value * this.#growth) / this.#firstSize + 1) / log(1 + this.#growth));
    return bucket >= this.count ? this.count - 1 : bucket;
  }
}

/** The exponent of a weight may grow so far before all are scaled down. */
const MOST_EXPONENT = 100;

/**
 * A histogram whose samples lose half their weight every half-life: sample weight × 2^((t − reference) ⁄ half-life), the reference
 * moved on before that overflows. As in the Kubernetes Vertical Pod Autoscaler (pkg/recommender/util/decaying_histogram.go).
 */
export class DecayingHistogram {
  readonly #buckets: GrowingBuckets;
  readonly #halfLifeMs: number;
  /** A bucket that weighs less is taken for empty. */
  readonly #epsilon: number;
  #weights: Float64Array | null = null;
  #total = 0;
  #referenceMs = 0;

  constructor(buckets: GrowingBuckets, halfLifeMs: number, epsilon = 0.0001) {
    this.#buckets = buckets;
    this.#halfLifeMs = halfLifeMs;
    this.#epsilon = epsilon;
  }

  get isEmpty(): boolean {
    return this.#weights === null;
  }

  add(value: number, weight: number, atMs: number): void {
    if (this.#weights === null) {
      this.#weights = new Float64Array(this.#buckets.count);
      this.#referenceMs = this.#nearest(atMs);
    }
    const bucket = this.#buckets.find(value);
    const scaled = weight * this.#factor(atMs); // first, because it may scale all weights
    this.#weights[bucket] = (this.#weights[bucket] as number) + scaled;
    this.#total += scaled;
  }

  /** Takes out what was added with the same arguments. */
  subtract(value: number, weight: number, atMs: number): void {
    if (this.#weights === null) return;
    const bucket = this.#buckets.find(value);
    const scaled = weight * this.#factor(atMs);
    this.#weights[bucket] = Math.max(0, (this.#weights[bucket] as number) - scaled);
    this.#total = Math.max(0, this.#total - scaled);
  }

  #factor(atMs: number): number {
    if (atMs > this.#referenceMs + this.#halfLifeMs * MOST_EXPONENT) {
      const referenceMs = this.#nearest(atMs);
      const scale = pow(2, (this.#referenceMs - referenceMs) / this.#halfLifeMs);
      const weights = this.#weights as Float64Array;
      for (let k = 0; k < weights.length; k += 1) weights[k] = (weights[k] as number) * scale;
      this.#total *= scale;
      this.#referenceMs = referenceMs;
    }
    return pow(2, (atMs - this.#referenceMs) / this.#halfLifeMs);
  }

  /** The multiple of the half-life nearest to it. */
  #nearest(atMs: number): number {
    return Math.floor(atMs / this.#halfLifeMs + 0.5) * this.#halfLifeMs;
  }

  /** The end of the first bucket up to which `share` of the weight lies; the start of the last bucket; 0 when empty. */
  percentile(share: number): number {
    return this.#percentile(share, false);
  }

  /** Likewise of the load: each bucket weighs its weight × its value. */
  loadPercentile(share: number): number {
    return this.#percentile(share, true);
  }

  #percentile(share: number, byLoad: boolean): number {
    const weights = this.#weights;
    if (weights === null) return 0;
    let first = 0;
    let last = weights.length - 1;
    while (first < last && (weights[first] as number) < this.#epsilon) first += 1;
    while (last > first && (weights[last] as number) < this.#epsilon) last -= 1;
    if ((weights[first] as number) < this.#epsilon) return 0;
    const loadOf = (bucket: number) => (byLoad ? this.#endOf(bucket) : 1);
    let total = byLoad ? 0 : this.#total;
    if (byLoad) for (let k = first; k <= last; k += 1) total += (weights[k] as number) * loadOf(k);
    let sum = 0;
    let bucket = first;
    for (; bucket < last; bucket += 1) {
      sum += (weights[bucket] as number) * loadOf(bucket);
      if (sum >= share * total) break;
    }
    return this.#endOf(bucket);
  }

  /** Its end stands for a bucket, so that nothing in it is more; the last has none, and its start stands for it. */
  #endOf(bucket: number): number {
    return this.#buckets.start(bucket < this.#buckets.count - 1 ? bucket + 1 : bucket);
  }

  /** Mean of the buckets' values by weight; 0 when empty. */
  mean(): number {
    const weights = this.#weights;
    if (weights === null || this.#total <= 0) return 0;
    let sum = 0;
    for (let k = 0; k < weights.length; k += 1) {
      const weight = weights[k] as number;
      if (weight > 0) sum += weight * this.#endOf(k);
    }
    return sum / this.#total;
  }

  write(out: ByteWriter): void {
    out.bool(this.#weights !== null);
    if (this.#weights === null) return;
    out.f64(this.#total);
    out.u64(this.#referenceMs);
    for (const weight of this.#weights) out.f64(weight);
  }

  read(from: ByteReader): void {
    if (!from.bool()) return;
    this.#total = from.f64();
    this.#referenceMs = from.u64();
    this.#weights = Float64Array.from({ length: this.#buckets.count }, () => from.f64());
  }
}
