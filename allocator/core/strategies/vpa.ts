import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import type { Account } from "../ledger.ts";
import { pow } from "../math.ts";
import { isZero, type Resources } from "../resources.ts";
import { DecayingHistogram, GrowingBuckets } from "./decaying-histogram.ts";
import type { ReserveStrategy } from "./reserve.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MIB = 1_048_576;

const CPU_BUCKETS = new GrowingBuckets(0.01, 0.05, 1000);
const MEMORY_BUCKETS = new GrowingBuckets(1e7, 0.05, 1e12);
/** Ours: VPA does not manage these. 0.01 GPU and 10 kbit/s first. */
const GPU_BUCKETS = new GrowingBuckets(0.01, 0.05, 1000);
const NETWORK_BUCKETS = new GrowingBuckets(10, 0.05, 1e9);

const CPU_WEIGHT = 0.1;
const MARGIN = 0.15;
const LEAST_CPU_MILLIS = 25;
const LEAST_MEMORY_BYTES = 250 * MIB;
const OOM_LEAST_BUMP_BYTES = 100 * MIB;
const OOM_BUMP_RATIO = 1.2;
/** A pod this old is resized for a change this large, though it is within bounds. */
const OLD_MS = 12 * 3_600_000;
const LARGE_CHANGE = 0.1;
const QUICK_OOM_MS = 10 * MINUTE_MS;

const SHARES = { lower: 0.5, target: 0.9, upper: 0.95 } as const;
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

/**
 * Reserves what the Kubernetes Vertical Pod Autoscaler recommends (v1.7.0), and changes it when its updater would evict the pod: R is
 * outside [lower, upper]; or R has stood for 12 h and the target differs by 10 % or more, summed over CPU and memory; or memory ran
 * out within 10 minutes of the last change. A sample of a longer window counts as one sample, as VPA counts them: it expects one a
 * minute, and is less confident with fewer.
 *
 * VPA manages CPU and memory. GPU and network are ours: the same histogram, 90th percentile and margin, changed along with the rest.
 */
export class VerticalPodAutoscaler implements ReserveStrategy {
  readonly #users = new Map<UserId, Pod>();

  onUsage({ id, usage, reserved }: Account, saturated: boolean, atMs: number): void {
    const pod = this.#pod(id);
    pod.recommender.addCpu(usage.cpuMillis, atMs);
    pod.recommender.addMemory(usage.memoryMiB * MIB, atMs);
    pod.fresh = true;
    // What was never used gets nothing; a histogram cannot say 0, because a bucket is read at its end.
    if (usage.gpuMillis > 0 || !pod.gpu.isEmpty) pod.gpu.add(usage.gpuMillis / 1000, CPU_WEIGHT, atMs);
    if (usage.networkKbps > 0 || !pod.network.isEmpty) pod.network.add(usage.networkKbps, CPU_WEIGHT, atMs);
    if (!saturated || reserved.memoryMiB === 0 || usage.memoryMiB < reserved.memoryMiB) return;
    pod.recommender.recordOom(reserved.memoryMiB * MIB, atMs);
    if (atMs - pod.sinceMs < QUICK_OOM_MS) pod.quickOom = true;
  }

  want({ id, reserved, usageUntilMs }: Account, nowMs: number): Resources | null {
    if (usageUntilMs === null) return null;
    const pod = this.#pod(id);
    if (!pod.fresh && !isZero(reserved) && nowMs - pod.sinceMs < OLD_MS) return null;
    pod.fresh = false;
    const target = pod.recommender.recommend("target");
    if (!isZero(reserved) && !this.#isDue(pod, reserved, target, nowMs)) return null;
    pod.sinceMs = nowMs;
    pod.quickOom = false;
    return {
      cpuMillis: target.cpuMillis,
      memoryMiB: Math.ceil(target.memoryBytes / MIB),
      gpuMillis: Math.ceil(pod.gpu.percentile(SHARES.target) * 1000 * (1 + MARGIN)),
      networkKbps: Math.ceil(pod.network.percentile(SHARES.target) * (1 + MARGIN)),
    };
  }

  #isDue(pod: Pod, reserved: Resources, target: VpaAmounts, nowMs: number): boolean {
    const cpu = reserved.cpuMillis;
    const memory = reserved.memoryMiB * MIB;
    const lower = pod.recommender.recommend("lower");
    const upper = pod.recommender.recommend("upper");
    const inside = cpu >= lower.cpuMillis && cpu <= upper.cpuMillis && memory >= lower.memoryBytes && memory <= upper.memoryBytes;
    if (!inside) return true;
    const change =
      Math.abs(cpu - target.cpuMillis) / Math.max(1, cpu) + Math.abs(memory - target.memoryBytes) / Math.max(1, memory);
    return (pod.quickOom && change > 0) || (nowMs - pod.sinceMs >= OLD_MS && change >= LARGE_CHANGE);
  }

  #pod(user: UserId): Pod {
    let pod = this.#users.get(user);
    if (pod === undefined) {
      pod = {
        recommender: new VpaRecommender(),
        gpu: new DecayingHistogram(GPU_BUCKETS, DAY_MS),
        network: new DecayingHistogram(NETWORK_BUCKETS, DAY_MS),
        sinceMs: 0,
        quickOom: false,
        fresh: false,
      };
      this.#users.set(user, pod);
    }
    return pod;
  }

  expects(): boolean {
    return false;
  }

  onForecast(): readonly UserId[] {
    return [];
  }

  because(): Because {
    return BECAUSE;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, { recommender, gpu, network, sinceMs, quickOom, fresh }] of this.#users) {
      out.u32(user);
      recommender.write(out);
      gpu.write(out);
      network.write(out);
      out.u64(sinceMs);
      out.bool(quickOom);
      out.bool(fresh);
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const pod = this.#pod(from.u32() as UserId);
      pod.recommender.read(from);
      pod.gpu.read(from);
      pod.network.read(from);
      pod.sinceMs = from.u64();
      pod.quickOom = from.bool();
      pod.fresh = from.bool();
    }
  }
}

interface Pod {
  readonly recommender: VpaRecommender;
  readonly gpu: DecayingHistogram;
  readonly network: DecayingHistogram;
  /** When what is reserved was last changed. */
  sinceMs: number;
  /** Memory ran out soon after that. */
  quickOom: boolean;
  /** A sample came since it was last looked at. */
  fresh: boolean;
}

const BECAUSE: Because = { rule: "vpa", batchIndex: -1, levelPpm: 900_000, factorPpm: 1_150_000, guardrail: "none" };
