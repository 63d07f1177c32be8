import type { ByteReader, ByteWriter } from "../bytes.ts";
import { isZero, type Resources } from "../resources.ts";
import { DecayingHistogram, GrowingBuckets } from "./decaying-histogram.ts";
import { CPU_WEIGHT, DAY_MS, MARGIN, MIB, SHARES, VpaRecommender } from "./vpa-recommender.ts";

/** Ours: VPA does not manage these. 0.01 GPU and 10 kbit/s first. */
const GPU_BUCKETS = new GrowingBuckets(0.01, 0.05, 1000);
const NETWORK_BUCKETS = new GrowingBuckets(10, 0.05, 1e9);

/** A pod this old is resized for a change this large, though it is within bounds. */
export const OLD_MS = 12 * 3_600_000;
const LARGE_CHANGE = 0.1;

/**
 * What VPA knows of one container, and what its updater would do (v1.7.0): change what is held when it is outside [lower, upper]; or
 * has stood for 12 h and the target differs by 10 % or more, summed over CPU and memory; or memory ran out soon after the last change.
 *
 * VPA manages CPU and memory. GPU and network are ours: the same histogram, 90th percentile and margin, changed along with the rest.
 */
export class VpaContainer {
  readonly #recommender = new VpaRecommender();
  readonly #gpu = new DecayingHistogram(GPU_BUCKETS, DAY_MS);
  readonly #network = new DecayingHistogram(NETWORK_BUCKETS, DAY_MS);

  sample(used: Resources, atMs: number): void {
    this.#recommender.addCpu(used.cpuMillis, atMs);
    this.#recommender.addMemory(used.memoryMiB * MIB, atMs);
    // What was never used gets nothing; a histogram cannot say 0, because a bucket is read at its end.
    if (used.gpuMillis > 0 || !this.#gpu.isEmpty) this.#gpu.add(used.gpuMillis / 1000, CPU_WEIGHT, atMs);
    if (used.networkKbps > 0 || !this.#network.isEmpty) this.#network.add(used.networkKbps, CPU_WEIGHT, atMs);
  }

  /** An out-of-memory kill at that limit. */
  recordOom(limitMiB: number, atMs: number): void {
    this.#recommender.recordOom(limitMiB * MIB, atMs);
  }

  target(): Resources {
    const { cpuMillis, memoryBytes } = this.#recommender.recommend("target");
    return {
      cpuMillis,
      memoryMiB: Math.ceil(memoryBytes / MIB),
      gpuMillis: Math.ceil(this.#gpu.percentile(SHARES.target) * 1000 * (1 + MARGIN)),
      networkKbps: Math.ceil(this.#network.percentile(SHARES.target) * (1 + MARGIN)),
    };
  }

  /** What is to be held instead of what has been held since `sinceMs`; `null`: it stays. */
  change(held: Resources, sinceMs: number, nowMs: number, hadQuickOom = false): Resources | null {
    return isZero(held) || this.#isDue(held, sinceMs, nowMs, hadQuickOom) ? this.target() : null;
  }

  #isDue({ cpuMillis: cpu, memoryMiB }: Resources, sinceMs: number, nowMs: number, hadQuickOom: boolean): boolean {
    const memory = memoryMiB * MIB;
    const lower = this.#recommender.recommend("lower");
    const upper = this.#recommender.recommend("upper");
    const inside = cpu >= lower.cpuMillis && cpu <= upper.cpuMillis && memory >= lower.memoryBytes && memory <= upper.memoryBytes;
    if (!inside) return true;
    const target = this.#recommender.recommend("target");
    const change =
      Math.abs(cpu - target.cpuMillis) / Math.max(1, cpu) + Math.abs(memory - target.memoryBytes) / Math.max(1, memory);
    return (hadQuickOom && change > 0) || (nowMs - sinceMs >= OLD_MS && change >= LARGE_CHANGE);
  }

  write(out: ByteWriter): void {
    this.#recommender.write(out);
    this.#gpu.write(out);
    this.#network.write(out);
  }

  read(from: ByteReader): void {
    this.#recommender.read(from);
    this.#gpu.read(from);
    this.#network.read(from);
  }
}
