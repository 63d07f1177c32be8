import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import type { AutopilotSpec } from "../policy.ts";
import { RESOURCE_NAMES, type Resources, scaleUp } from "../resources.ts";
import { DecayingHistogram, GrowingBuckets } from "./decaying-histogram.ts";
import { RecentValues } from "./recent-values.ts";
import type { ReserveStrategy } from "./reserve.ts";

const HOUR_MS = 3_600_000;
/** About 400, as in the paper: 5 % wide from 10 units to over 3·10⁹. */
const BUCKETS = new GrowingBuckets(10, 0.05, 5e9);

/**
 * Autopilot's moving-window recommenders (Rzadca et al., Autopilot: workload autoscaling at Google, EuroSys 2020, §3.2.1), as R:
 * weights w[τ] = 2^(−τ ⁄ half-life), 12 h for CPU and 48 h for memory; CPU the mean (batch) or the 90th or 95th percentile (serving);
 * memory the 98th percentile, the peak, or max(60th percentile, half the peak), by how much an out-of-memory kill matters. Percentiles
 * are of the load: a bucket counts its weight × its value. Then a safety margin, then the largest recommendation of the last hour.
 *
 * Autopilot has a histogram of 1 s samples for every 5 minutes; a trace's sample is one value for its window, so what varies within it
 * is lost. The paper gives neither the buckets' bounds nor how long the peak is remembered: here 5 % wide buckets, read at their ends,
 * and a parameter. GPU and network, which it does not manage, follow the rule of CPU.
 */
export class Autopilot implements ReserveStrategy {
  readonly #spec: AutopilotSpec;
  readonly #users = new Map<UserId, Job>();
  readonly #because: Because;

  constructor(spec: AutopilotSpec) {
    this.#spec = spec;
    const levelPpm = { mean: 0, p90: 900_000, p95: 950_000 }[spec.cpu];
    this.#because = { rule: "autopilot", batchIndex: -1, levelPpm, factorPpm: 1_000_000 + spec.marginPpm, guardrail: "none" };
  }

  onUsage({ id, usage }: Account, _saturated: boolean, atMs: number): void {
    const job = this.#job(id);
    RESOURCE_NAMES.forEach((name, i) => {
      const histogram = job.histograms[i] as DecayingHistogram;
      // What was never used gets nothing; a histogram cannot say 0, because a bucket is read at its end.
      if (usage[name] > 0 || !histogram.isEmpty) histogram.add(usage[name], 1, atMs);
    });
    const hour = Math.floor(atMs / HOUR_MS);
    // The peak of the hour that is open stays apart until it is over.
    if (hour !== job.hour) {
      for (let past = Math.min(hour - job.hour, this.#spec.peakHours); past > 0 && job.hour >= 0; past -= 1) {
        job.peaks.push(job.openPeak);
        job.openPeak = 0;
      }
      job.hour = hour;
    }
    job.openPeak = Math.max(job.openPeak, usage.memoryMiB);
  }

  want(account: Account, nowMs: number): Resources | null {
    if (account.usageUntilMs === null || isSilent(account, nowMs)) return null;
    const job = this.#job(account.id);
    const [cpu, memory, gpu, network] = job.histograms as [
      DecayingHistogram,
      DecayingHistogram,
      DecayingHistogram,
      DecayingHistogram,
    ];
    const signal = {
      cpuMillis: Math.ceil(this.#ofCpu(cpu)),
      memoryMiB: Math.ceil(this.#ofMemory(memory, Math.max(job.openPeak, job.peaks.largest))),
      gpuMillis: Math.ceil(this.#ofCpu(gpu)),
      networkKbps: Math.ceil(this.#ofCpu(network)),
    };
    const wanted = scaleUp(signal, 1_000_000 + this.#spec.marginPpm);
    RESOURCE_NAMES.forEach((name, i) => {
      job.recommended[i]?.push(wanted[name]);
    });
    const held = (resource: number) => job.recommended[resource]?.largest ?? 0;
    return { cpuMillis: held(0), memoryMiB: held(1), gpuMillis: held(2), networkKbps: held(3) };
  }

  #ofCpu(histogram: DecayingHistogram): number {
    if (this.#spec.cpu === "mean") return histogram.mean();
    return histogram.loadPercentile(this.#spec.cpu === "p90" ? 0.9 : 0.95);
  }

  #ofMemory(histogram: DecayingHistogram, peak: number): number {
    if (this.#spec.memory === "max") return peak;
    if (this.#spec.memory === "p98") return histogram.loadPercentile(0.98);
    return Math.max(histogram.loadPercentile(0.6), peak / 2);
  }

  #job(user: UserId): Job {
    let job = this.#users.get(user);
    if (job === undefined) {
      const { cpuHalfLifeMs, memoryHalfLifeMs, peakHours, holdIntervals } = this.#spec;
      job = {
        histograms: RESOURCE_NAMES.map(
          (name) => new DecayingHistogram(BUCKETS, name === "memoryMiB" ? memoryHalfLifeMs : cpuHalfLifeMs),
        ),
        peaks: new RecentValues(peakHours),
        recommended: RESOURCE_NAMES.map(() => new RecentValues(holdIntervals)),
        hour: -1,
        openPeak: 0,
      };
      this.#users.set(user, job);
    }
    return job;
  }

  expects(): boolean {
    return false;
  }

  onForecast(): readonly UserId[] {
    return [];
  }

  because(): Because {
    return this.#because;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, { histograms, peaks, recommended, hour, openPeak }] of this.#users) {
      out.u32(user);
      for (const histogram of histograms) histogram.write(out);
      peaks.write(out);
      for (const one of recommended) one.write(out);
      out.u64(hour + 1);
      out.u64(openPeak);
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const job = this.#job(from.u32() as UserId);
      for (const histogram of job.histograms) histogram.read(from);
      job.peaks.read(from);
      for (const one of job.recommended) one.read(from);
      job.hour = from.u64() - 1;
      job.openPeak = from.u64();
    }
  }
}

interface Job {
  /** In the order of `RESOURCE_NAMES`. */
  readonly histograms: readonly DecayingHistogram[];
  /** The largest memory of each hour that is over. */
  readonly peaks: RecentValues;
  readonly recommended: readonly RecentValues[];
  /** The hour that is open, counted from time 0; −1: none. */
  hour: number;
  openPeak: number;
}
