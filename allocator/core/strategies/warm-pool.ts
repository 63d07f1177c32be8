import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { AppId } from "../ids.ts";
import type { Group } from "../instances.ts";
import type { WarmPoolSpec } from "../policy.ts";
import type { IdleWant, WarmStrategy } from "./warm.ts";

/**
 * A warm pool an app, as sandbox and function platforms run them: of so many instances in all as are in use and `spare` more, within
 * bounds,
 *
 *     size = min(max(in use + spare, least), most)
 *
 * and those that are not in use are ready for anybody. It grows at once and shrinks when its size has not changed for the cooldown.
 * In use are as many as the app's requests in the system take. What is claimed faster than spare ÷ start-up time finds the pool empty.
 *
 * The rule is customary rather than published, and so are its numbers: all are parameters. An app has a pool from its first request on.
 * An instance that a user has claimed is used once, unless its app is shared: then it returns to the pool.
 */
export class WarmPool implements WarmStrategy {
  readonly trims = true;
  readonly pools = true;
  readonly launchRule: Rule = "warm_pool";
  readonly #spec: WarmPoolSpec;
  readonly #pools = new Map<AppId, Pool>();

  constructor(spec: WarmPoolSpec) {
    this.#spec = spec;
  }

  arrived(group: Group, nowMs: number, concurrency: number): void {
    let pool = this.#pools.get(group.app);
    if (pool === undefined) {
      pool = { concurrency, isShared: group.user === null, requests: 0, size: 0, changedMs: nowMs };
      this.#pools.set(group.app, pool);
    }
    pool.requests += 1;
    this.#settle(pool, nowMs);
  }

  over(group: Group, nowMs: number): void {
    const pool = this.#pools.get(group.app);
    if (pool === undefined) return;
    pool.requests = Math.max(0, pool.requests - 1);
    this.#settle(pool, nowMs);
  }

  /** Up at once, down when the cooldown is over. */
  #settle(pool: Pool, nowMs: number): void {
    const size = this.#sizeFor(pool);
    if (size === pool.size || (size < pool.size && nowMs < pool.changedMs + this.#spec.cooldownMs)) return;
    pool.size = size;
    pool.changedMs = nowMs;
  }

  #sizeFor(pool: Pool): number {
    return Math.min(Math.max(inUse(pool) + this.#spec.spare, this.#spec.least), this.#spec.most);
  }

  /** Of the app as a whole: where it is shared, all instances; else those that are nobody's yet. */
  target(group: Group, nowMs: number): number | null {
    const pool = this.#pools.get(group.app);
    if (pool === undefined || group.user !== null) return null;
    this.#settle(pool, nowMs);
    return wantedOf(pool);
  }

  nextChangeMs(group: Group): number | null {
    const pool = this.#pools.get(group.app);
    return pool === undefined || this.#sizeFor(pool) >= pool.size ? null : pool.changedMs + this.#spec.cooldownMs;
  }

  whenIdle(group: Group): IdleWant {
    const pool = this.#pools.get(group.app);
    if (pool === undefined || group.user !== null) return { keep: "none", rule: "nothing_kept" };
    return group.live > wantedOf(pool) ? { keep: "none", rule: "surplus" } : { keep: "open" };
  }

  prewarmMs(): null {
    return null;
  }
  onForecast(): readonly Group[] {
    return [];
  }

  because(rule: Rule): Because {
    return { rule, batchIndex: -1, levelPpm: 0, factorPpm: 1_000_000, guardrail: "none", rung: "none" };
  }

  write(out: ByteWriter): void {
    out.u32(this.#pools.size);
    for (const [app, { concurrency, isShared, requests, size, changedMs }] of this.#pools) {
      out.u32(app);
      out.u32(concurrency);
      out.bool(isShared);
      out.u32(requests);
      out.u32(size);
      out.u64(changedMs);
    }
  }

  read(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) {
      const app = from.u32() as AppId;
      const [concurrency, isShared, requests, size] = [from.u32(), from.bool(), from.u32(), from.u32()];
      this.#pools.set(app, { concurrency, isShared, requests, size, changedMs: from.u64() });
    }
  }
}

interface Pool {
  readonly concurrency: number;
  readonly isShared: boolean;
  /** In the system: they run or wait. */
  requests: number;
  size: number;
  /** When its size last changed. */
  changedMs: number;
}

function inUse({ requests, concurrency }: Pool): number {
  return Math.ceil(requests / concurrency);
}

function wantedOf(pool: Pool): number {
  return pool.isShared ? pool.size : Math.max(0, pool.size - inUse(pool));
}
