import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { AutopilotSpec } from "../policy.ts";
import { RESOURCE_NAMES, type Resources, scaleUp } from "../resources.ts";
import { DecayingHistogram, GrowingBuckets } from "./decaying-histogram.ts";
import { RecentValues } from "./recent-values.ts";

const HOUR_MS = 3_600_000;
/** About 400, as in the paper: 5 % wide from 10 units to over 3·10⁹. */
const BUCKETS = new GrowingBuckets(10, 0.05, 5e9);

/** What Autopilot remembers of one job, and what it would set its limits to. */
export class AutopilotJob {
  readonly #spec: AutopilotSpec;
  /** In the order of `RESOURCE_NAMES`. */
  readonly #histograms: readonly DecayingHistogram[];
  /** The largest memory of each hour that is over. */
  readonly #peaks: RecentValues;
  readonly #recommended: readonly RecentValues[];
  /** The hour that is open, counted from time 0; −1: none. */
  #hour = -1;
  #openPeak = 0;

  constructor(spec: AutopilotSpec) {
    const { cpuHalfLifeMs, memoryHalfLifeMs, peakHours, holdIntervals } = spec;
    this.#spec = spec;
    this.#histograms = RESOURCE_NAMES.map(
      (name) => new DecayingHistogram(BUCKETS, name === "memoryMiB" ? memoryHalfLifeMs : cpuHalfLifeMs),
    );
    this.#peaks = new RecentValues(peakHours);
    this.#recommended = RESOURCE_NAMES.map(() => new RecentValues(holdIntervals));
  }

  sample(used: Resources, atMs: number): void {
    RESOURCE_NAMES.forEach((name, i) => {
      const histogram = this.#histograms[i] as DecayingHistogram;
      // What was never used gets nothing; a histogram cannot say 0, because a bucket is read at its end.
      if (used[name] > 0 || !histogram.isEmpty) histogram.add(used[name], 1, atMs);
    });
    const hour = Math.floor(atMs / HOUR_MS);
    // The peak of the hour that is open stays apart until it is over.
    if (hour !== this.#hour) {
      for (let past = Math.min(hour - this.#hour, this.#spec.peakHours); past > 0 && this.#hour >= 0; past -= 1) {
        this.#peaks.push(this.#openPeak);
        this.#openPeak = 0;
      }
      this.#hour = hour;
    }
    this.#openPeak = Math.max(this.#openPeak, used.memoryMiB);
  }

  /** At the end of a control interval: the limits from now on. */
  recommend(): Resources {
    const [cpu, memory, gpu, network] = this.#histograms as [
      DecayingHistogram,
      DecayingHistogram,
      DecayingHistogram,
      DecayingHistogram,
    ];
    const signal = {
      cpuMillis: Math.ceil(this.#ofCpu(cpu)),
      memoryMiB: Math.ceil(this.#ofMemory(memory, Math.max(this.#openPeak, this.#peaks.largest))),
      gpuMillis: Math.ceil(this.#ofCpu(gpu)),
      networkKbps: Math.ceil(this.#ofCpu(network)),
    };
    const wanted = scaleUp(signal, 1_000_000 + this.#spec.marginPpm);
    RESOURCE_NAMES.forEach((name, i) => {
      this.#recommended[i]?.push(wanted[name]);
    });
    const held = (resource: number) => this.#recommended[resource]?.largest ?? 0;
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

  write(out: ByteWriter): void {
    for (const histogram of this.#histograms) histogram.write(out);
    this.#peaks.write(out);
    for (const one of this.#recommended) one.write(out);
    out.u64(this.#hour + 1);
    out.u64(this.#openPeak);
  }

  read(from: ByteReader): void {
    for (const histogram of this.#histograms) histogram.read(from);
    this.#peaks.read(from);
    for (const one of this.#recommended) one.read(from);
    this.#hour = from.u64() - 1;
    this.#openPeak = from.u64();
  }
}
