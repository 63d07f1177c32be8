import type { ByteReader, ByteWriter } from "./bytes.ts";
import { DurationSketch } from "./duration-sketch.ts";
import type { InstanceId } from "./ids.ts";

/** How long it takes from the decision to launch an instance to its being ready, of all apps, as it was measured. */
export class LeadTimes {
  readonly #launchedAtMs = new Map<InstanceId, number>();
  readonly #took = new DurationSketch();

  launched(instance: InstanceId, nowMs: number): void {
    this.#launchedAtMs.set(instance, nowMs);
  }

  ready(instance: InstanceId, nowMs: number): void {
    const sinceMs = this.#launchedAtMs.get(instance);
    if (sinceMs !== undefined) this.#took.add(nowMs - sinceMs);
    this.gone(instance);
  }

  /** It stopped, or was lost, before it was ready: nothing is learned of how long it would have taken. */
  gone(instance: InstanceId): void {
    this.#launchedAtMs.delete(instance);
  }

  /** `null`: none was measured yet. */
  quantile(levelPpm: number): number | null {
    return this.#took.quantile(levelPpm);
  }

  write(out: ByteWriter): void {
    out.u32(this.#launchedAtMs.size);
    for (const [instance, atMs] of this.#launchedAtMs) {
      out.u32(instance);
      out.u64(atMs);
    }
    this.#took.write(out);
  }

  read(from: ByteReader): void {
    this.#launchedAtMs.clear();
    for (let left = from.u32(); left > 0; left -= 1) this.#launchedAtMs.set(from.u32() as InstanceId, from.u64());
    this.#took.read(from);
  }
}
