import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { CraneSpec } from "../policy.ts";
import type { Resources } from "../resources.ts";
import { SlidingHistogram } from "./sliding-histogram.ts";

const HOUR_MS = 3_600_000;
/** In cores. */
const CPU_BUCKETS = { size: 0.1, largest: 100 };
/** In bytes: 100 MiB. */
const MEMORY_BUCKETS = { size: 104_857_600, largest: 104_857_600_000 };
/** Ours: Crane does not manage GPU and network. In GPUs, and in Mbit/s. */
const GPU_BUCKETS = CPU_BUCKETS;
const NETWORK_BUCKETS = { size: 1, largest: 100_000 };

const CPU_HALF_LIFE_MS = 24 * HOUR_MS;
const MEMORY_HALF_LIFE_MS = 48 * HOUR_MS;
const LEAST_WEIGHT = 1e-5;
const BYTES_A_MIB = 1_048_576;

const OOM_REMEMBERED_MS = 168 * HOUR_MS;
const OOM_LEAST_BUMP_MIB = 100;
const OOM_BUMP_RATIO = 1.2;

/**
 * What Crane's resource recommender knows of one container (gocrane/crane, pkg/recommendation/recommender/resource and
 * pkg/prediction/percentile): of the samples of `historyMs`, each with its own value as its weight (in cores, in bytes), a percentile ÷
 * the utilisation aimed at × (1 + margin). For 7 days after memory ran out it recommends at least max(what there was + 100 MiB, × 1.2).
 *
 * Crane's configuration names half-lives of 24 h for CPU and 48 h for memory, but the histogram that it makes does not decay: `decays`
 * says which of both. GPU and network are ours and follow CPU.
 */
export class CraneContainer {
  readonly #spec: CraneSpec;
  readonly #cpu: SlidingHistogram;
  readonly #memory: SlidingHistogram;
  readonly #gpu: SlidingHistogram;
  readonly #network: SlidingHistogram;
  #oom: { readonly atMs: number; readonly limitMiB: number } | null = null;
  #latestMs = 0;

  constructor(spec: CraneSpec) {
    const { historyMs, decays } = spec;
    this.#spec = spec;
    this.#cpu = new SlidingHistogram(CPU_BUCKETS, historyMs, decays ? CPU_HALF_LIFE_MS : null);
    this.#memory = new SlidingHistogram(MEMORY_BUCKETS, historyMs, decays ? MEMORY_HALF_LIFE_MS : null);
    this.#gpu = new SlidingHistogram(GPU_BUCKETS, historyMs, decays ? CPU_HALF_LIFE_MS : null);
    this.#network = new SlidingHistogram(NETWORK_BUCKETS, historyMs, decays ? CPU_HALF_LIFE_MS : null);
  }

  sample({ cpuMillis, memoryMiB, gpuMillis, networkKbps }: Resources, atMs: number): void {
    this.#latestMs = atMs;
    addTo(this.#cpu, cpuMillis / 1000, atMs);
    addTo(this.#memory, memoryMiB * BYTES_A_MIB, atMs);
    // What was never used gets nothing; a histogram cannot say 0, because a bucket is read at its end.
    if (gpuMillis > 0 || !this.#gpu.isEmpty) addTo(this.#gpu, gpuMillis / 1000, atMs);
    if (networkKbps > 0 || !this.#network.isEmpty) addTo(this.#network, networkKbps / 1000, atMs);
  }

  /** An out-of-memory kill at that limit. */
  recordOom(limitMiB: number, atMs: number): void {
    this.#oom = { atMs, limitMiB };
  }

  recommend(): Resources {
    const { levelPpm, utilizationPpm, marginPpm } = this.#spec;
    const estimate = (histogram: SlidingHistogram) =>
      (histogram.percentile(levelPpm / 1_000_000) / (utilizationPpm / 1_000_000)) * (1 + marginPpm / 1_000_000);
    return {
      cpuMillis: Math.trunc(estimate(this.#cpu) * 1000),
      memoryMiB: Math.max(Math.ceil(Math.trunc(estimate(this.#memory)) / BYTES_A_MIB), this.#afterOom()),
      gpuMillis: Math.trunc(estimate(this.#gpu) * 1000),
      networkKbps: Math.trunc(estimate(this.#network) * 1000),
    };
  }

  #afterOom(): number {
    if (this.#oom === null || this.#latestMs - this.#oom.atMs > OOM_REMEMBERED_MS) return 0;
    const { limitMiB } = this.#oom;
    return Math.max(limitMiB + OOM_LEAST_BUMP_MIB, Math.trunc(limitMiB * OOM_BUMP_RATIO));
  }

  write(out: ByteWriter): void {
    for (const one of [this.#cpu, this.#memory, this.#gpu, this.#network]) one.write(out);
    out.u64(this.#latestMs);
    out.optionalMs(this.#oom?.atMs ?? null);
    out.u64(this.#oom?.limitMiB ?? 0);
  }

  read(from: ByteReader): void {
    for (const one of [this.#cpu, this.#memory, this.#gpu, this.#network]) one.read(from);
    this.#latestMs = from.u64();
    const atMs = from.optionalMs();
    const limitMiB = from.u64();
    this.#oom = atMs === null ? null : { atMs, limitMiB };
  }
}

/** Each sample counts as much as it measures. */
function addTo(histogram: SlidingHistogram, value: number, atMs: number): void {
  histogram.add(value, Math.max(LEAST_WEIGHT, value), atMs);
}
