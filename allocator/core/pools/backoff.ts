import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { PoolId } from "../ids.ts";

const FIRST_MS = 300_000;
const LONGEST_MS = 1_800_000;
const FORGOTTEN_MS = 10_800_000;

interface Failed {
  readonly lastMs: number;
  readonly forMs: number;
}

/**
 * For how long a pool that did not give what it was asked for is not asked again: 5 minutes after the first time, twice as long after
 * each next, at most 30, and anew when three hours have passed (the Cluster Autoscaler's defaults).
 */
export class Backoff {
  readonly #failed = new Map<PoolId, Failed>();

  failed(pool: PoolId, nowMs: number): void {
    const before = this.#failed.get(pool);
    const isNew = before === undefined || before.lastMs + FORGOTTEN_MS < nowMs;
    this.#failed.set(pool, { lastMs: nowMs, forMs: isNew ? FIRST_MS : Math.min(LONGEST_MS, 2 * before.forMs) });
  }

  isOver(pool: PoolId, nowMs: number): boolean {
    const before = this.#failed.get(pool);
    return before === undefined || before.lastMs + before.forMs <= nowMs;
  }

  write(out: ByteWriter): void {
    out.u32(this.#failed.size);
    for (const [pool, { lastMs, forMs }] of this.#failed) {
      out.u32(pool);
      out.u64(lastMs);
      out.u32(forMs);
    }
  }

  read(from: ByteReader): void {
    this.#failed.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      this.#failed.set(from.u32() as PoolId, { lastMs: from.u64(), forMs: from.u32() });
    }
  }
}
