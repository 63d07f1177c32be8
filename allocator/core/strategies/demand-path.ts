import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { ForecastBatch } from "../forecast.ts";
import { RESOURCE_NAMES, type Resources } from "../resources.ts";

const WIDTH = RESOURCE_NAMES.length;
const MOST = 0xffff_ffff;

/** What one level of a forecast says that a user will demand. */
export class DemandPath {
  readonly batchIndex: number;
  readonly #issuedAtMs: number;
  readonly #firstStepMs: number;
  readonly #stepMs: number;
  /** `[resource][step]`. */
  readonly #values: Uint32Array;

  constructor(batchIndex: number, issuedAtMs: number, firstStepMs: number, stepMs: number, values: Uint32Array) {
    this.batchIndex = batchIndex;
    this.#issuedAtMs = issuedAtMs;
    this.#firstStepMs = firstStepMs;
    this.#stepMs = stepMs;
    this.#values = values;
  }

  /** Column `level` of the batch's `entity`-th user. */
  static of(batch: ForecastBatch, batchIndex: number, entity: number, level: number): DemandPath {
    const levels = batch.levelsPpm.length;
    const cells = WIDTH * batch.steps;
    const values = new Uint32Array(cells);
    for (let i = 0; i < cells; i += 1) values[i] = batch.values[(entity * cells + i) * levels + level] as number;
    return new DemandPath(batchIndex, batch.issuedAtMs, batch.firstStepMs, batch.stepMs, values);
  }

  /**
   * Of each resource and step of the batch's `entity`-th user the column that costs least where a violation costs so much; where it costs
   * nothing, column `level`.
   */
  static cheapest(
    batch: ForecastBatch,
    batchIndex: number,
    entity: number,
    level: number,
    violation: Partial<Resources>,
  ): DemandPath {
    const { levelsPpm, steps } = batch;
    const values = new Uint32Array(WIDTH * steps);
    RESOURCE_NAMES.forEach((name, resource) => {
      const cost = violation[name] ?? 0;
      for (let i = resource * steps; i < (resource + 1) * steps; i += 1) {
        const at = (entity * values.length + i) * levelsPpm.length;
        values[i] = batch.values[at + (cost === 0 ? level : cheapestLevel(batch.values, at, levelsPpm, cost))] as number;
      }
    });
    return new DemandPath(batchIndex, batch.issuedAtMs, batch.firstStepMs, batch.stepMs, values);
  }

  /** Column `level` of all users of the batch, added up. */
  static total(batch: ForecastBatch, batchIndex: number, level: number): DemandPath {
    const levels = batch.levelsPpm.length;
    const cells = WIDTH * batch.steps;
    const sums = new Float64Array(cells);
    for (let at = 0; at < batch.ids.length * cells; at += 1) {
      sums[at % cells] = (sums[at % cells] as number) + (batch.values[at * levels + level] as number);
    }
    const values = Uint32Array.from(sums, (sum) => Math.min(sum, MOST));
    return new DemandPath(batchIndex, batch.issuedAtMs, batch.firstStepMs, batch.stepMs, values);
  }

  get #steps(): number {
    return this.#values.length / WIDTH;
  }

  /** Whether its horizon is not over. */
  speaksAt(nowMs: number): boolean {
    return nowMs < this.#firstStepMs + this.#stepMs * this.#steps;
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#issuedAtMs;
  }

  /** The largest of the steps that overlap `[fromMs, toMs)`, resource by resource. */
  maximumOver(fromMs: number, toMs: number): Resources {
    const first = Math.max(0, Math.floor((fromMs - this.#firstStepMs) / this.#stepMs));
    const end = Math.min(this.#steps, Math.ceil((toMs - this.#firstStepMs) / this.#stepMs));
    return this.#maximumOf(first, end);
  }

  /** The step of which `atMs` is a part, and what it says of that; `null`: none. */
  stepAt(atMs: number): { startMs: number; endMs: number; amount: Resources } | null {
    const step = Math.floor((atMs - this.#firstStepMs) / this.#stepMs);
    if (step < 0 || step >= this.#steps) return null;
    const startMs = this.#firstStepMs + step * this.#stepMs;
    return { startMs, endMs: startMs + this.#stepMs, amount: this.#maximumOf(step, step + 1) };
  }

  /** What it says last. */
  last(): Resources {
    return this.#maximumOf(Math.max(0, this.#steps - 1), this.#steps);
  }

  #maximumOf(first: number, end: number): Resources {
    const largest = (resource: number) => {
      let value = 0;
      for (let k = first; k < end; k += 1) value = Math.max(value, this.#values[resource * this.#steps + k] as number);
      return value;
    };
    return { cpuMillis: largest(0), memoryMiB: largest(1), gpuMillis: largest(2), networkKbps: largest(3) };
  }

  write(out: ByteWriter): void {
    out.i32(this.batchIndex);
    out.u64(this.#issuedAtMs);
    out.u64(this.#firstStepMs);
    out.u64(this.#stepMs);
    out.u32s(this.#values);
  }

  static read(from: ByteReader): DemandPath {
    return new DemandPath(from.i32(), from.u64(), from.u64(), from.u64(), from.u32s());
  }
}

/**
 * Which of the quantiles that begin at `at`, one a level, costs least to hold: its amount and the chance that more is demanded × what that
 * costs. Where violations cost alike for all, who varies much is so held at a lower level than who varies little.
 */
export function cheapestLevel(values: ArrayLike<number>, at: number, levelsPpm: ArrayLike<number>, violation: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let level = 0; level < levelsPpm.length; level += 1) {
    const cost = (values[at + level] as number) + (violation * (1_000_000 - (levelsPpm[level] as number))) / 1_000_000;
    if (cost >= least) continue;
    best = level;
    least = cost;
  }
  return best;
}
