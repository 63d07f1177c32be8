import { createHash } from "node:crypto";
import { ByteWriter } from "../allocator/core/bytes.ts";
import type { ForecastBatch, ForecastEntity, ForecastTarget } from "../allocator/core/forecast.ts";
import type { ForecastFeed } from "../allocator/ports.ts";

export const TARGETS: readonly ForecastTarget[] = ["demand", "concurrency", "arrival"];
export const ENTITIES: readonly ForecastEntity[] = ["user", "user_app", "app", "pool"];

/** A batch as it is kept: its values as runs of equal numbers, which is how step functions of time are short. */
export interface StoredBatch extends Omit<ForecastBatch, "values"> {
  readonly runLengths: Uint32Array;
  readonly runValues: Uint32Array;
  /** SHA-256, hex, over the canonical bytes of all the above. */
  readonly digest: string;
}

/**
 * Forecasts by content: made once, shared by every policy and sweep that asks for them, named by their digest. The journal holds
 * references into it, never the numbers.
 */
export class ForecastSet implements ForecastFeed {
  readonly batches: readonly StoredBatch[];
  readonly digest: string;

  constructor(batches: readonly StoredBatch[]) {
    this.batches = batches;
    this.digest = setDigest(batches.map(({ digest }) => digest));
  }

  get count(): number {
    return this.batches.length;
  }

  availableAtMs(index: number): number {
    return this.#at(index).availableAtMs;
  }

  batchDigest(index: number): string {
    return this.#at(index).digest;
  }

  batch(index: number): ForecastBatch {
    return batchOf(this.#at(index));
  }

  #at(index: number): StoredBatch {
    const batch = this.batches[index];
    if (batch === undefined)
      throw new RangeError(`forecast set ${this.digest.slice(0, 12)} has ${this.count} batches, not ${index}`);
    return batch;
  }
}

/** SHA-256, hex, over the digests of a set's batches. */
export function setDigest(batchDigests: readonly string[]): string {
  const hash = createHash("sha256");
  for (const digest of batchDigests) hash.update(digest);
  return hash.digest("hex");
}

export function batchOf({ runLengths, runValues, digest: _, ...rest }: StoredBatch): ForecastBatch {
  return { ...rest, values: expandRuns(runLengths, runValues) };
}

export function storeBatch(batch: ForecastBatch): StoredBatch {
  const { values, ...rest } = batch;
  const { lengths, values: runValues } = runsOf(values);
  const stored = { ...rest, runLengths: lengths, runValues };
  return { ...stored, digest: batchDigest(stored) };
}

/** Over canonical bytes: little-endian, in the order of the fields below. */
export function batchDigest(batch: Omit<StoredBatch, "digest">): string {
  const out = new ByteWriter(4096);
  out.u8(TARGETS.indexOf(batch.target));
  out.u8(ENTITIES.indexOf(batch.entity));
  out.u64(batch.issuedAtMs);
  out.u64(batch.availableAtMs);
  out.u64(batch.firstStepMs);
  out.u64(batch.stepMs);
  out.u32(batch.steps);
  out.u32s(batch.ids);
  out.u32s(batch.levelsPpm);
  out.u32s(batch.runLengths);
  out.u32s(batch.runValues);
  return createHash("sha256").update(out.written()).digest("hex");
}

function runsOf(values: Uint32Array): { lengths: Uint32Array; values: Uint32Array } {
  let runs = 0;
  for (let i = 0; i < values.length; i += 1) if (i === 0 || values[i] !== values[i - 1]) runs += 1;
  const lengths = new Uint32Array(runs);
  const distinct = new Uint32Array(runs);
  let run = -1;
  for (let i = 0; i < values.length; i += 1) {
    if (i === 0 || values[i] !== values[i - 1]) {
      run += 1;
      distinct[run] = values[i] as number;
    }
    lengths[run] = (lengths[run] as number) + 1;
  }
  return { lengths, values: distinct };
}

function expandRuns(lengths: Uint32Array, values: Uint32Array): Uint32Array {
  const expanded = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  lengths.forEach((length, run) => {
    expanded.fill(values[run] as number, at, at + length);
    at += length;
  });
  return expanded;
}
