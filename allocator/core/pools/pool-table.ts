import { known } from "../assert.ts";
import type { ByteReader, ByteWriter } from "../bytes.ts";
import { DurationSketch } from "../duration-sketch.ts";
import type { ElasticPool } from "../events.ts";
import type { PoolId } from "../ids.ts";
import { fits, type Resources } from "../resources.ts";

export interface Pool {
  readonly unlimited: boolean;
  /** From asking for a node until it is ready, as the platform declares it. */
  readonly provisionMs: number;
  /** `null`: it has the nodes it has. */
  readonly elastic: ElasticPool | null;
  /** Nodes that it is to have: the ready ones, and those on their way. */
  asked: number;
  /** When each of those on their way was asked for, oldest first. */
  ordersMs: readonly number[];
  /** How long nodes took from being asked for to being ready. */
  readonly took: DurationSketch;
  /** The last `resize_pool`, with what was on its way before it: the world may not carry it out. */
  resize: Resize | null;
}

interface Resize {
  readonly seq: number;
  readonly index: number;
  readonly ordersMs: readonly number[];
}

/** An elastic pool by its id. */
export type Growing = Pool & { readonly id: PoolId; readonly elastic: ElasticPool };

/** The pools, and how many nodes each is to have. What is decided is assumed until the world says otherwise. */
export class PoolTable {
  readonly #pools: Pool[] = [];

  get count(): number {
    return this.#pools.length;
  }

  find(id: PoolId): Pool | undefined {
    return this.#pools[id];
  }

  /** The first without limit; `null`: there is none. */
  unlimited(): PoolId | null {
    const id = this.#pools.findIndex(({ unlimited }) => unlimited);
    return id < 0 ? null : (id as PoolId);
  }

  /** Those that can be given nodes, in order of id. */
  elastic(): Growing[] {
    return this.#pools.flatMap((pool, id) =>
      pool.elastic === null ? [] : [{ ...pool, elastic: pool.elastic, id: id as PoolId }],
    );
  }

  add(unlimited: boolean, provisionMs: number, elastic: ElasticPool | null): void {
    this.#pools.push({
      unlimited,
      provisionMs,
      elastic,
      asked: elastic?.nodes ?? 0,
      ordersMs: [],
      took: new DurationSketch(),
      resize: null,
    });
  }

  get isElastic(): boolean {
    return this.#pools.some(({ elastic }) => elastic !== null);
  }

  /** Whether `amount` would have room on a node, empty, that some pool can be given. */
  couldBeGiven(amount: Resources): boolean {
    return this.#pools.some(({ elastic }) => elastic !== null && elastic.most > 0 && fits(amount, elastic.capacity));
  }

  /** The pool is asked for so many nodes, by the decision with that token. Of those on their way the last are called off first. */
  resize(id: PoolId, nodes: number, nowMs: number, seq: number, index: number): void {
    const pool = known(this.#pools[id], "pool");
    const { asked, ordersMs } = pool;
    pool.resize = { seq, index, ordersMs };
    const more = Math.max(0, nodes - asked);
    const kept = ordersMs.slice(0, Math.max(0, ordersMs.length - Math.max(0, asked - nodes)));
    pool.ordersMs = [...kept, ...Array.from({ length: more }, () => nowMs)];
    pool.asked = nodes;
  }

  /**
   * The world did not carry the decision out: what is ready and what was on its way before is all that there will be.
   * @returns the pool; `null`: it was no pool's last.
   */
  refused(seq: number, index: number, readyIn: (pool: PoolId) => number): PoolId | null {
    const id = this.#pools.findIndex(({ resize }) => resize?.seq === seq && resize.index === index);
    if (id < 0) return null;
    const pool = this.#pools[id] as Pool;
    pool.ordersMs = (pool.resize as Resize).ordersMs;
    pool.asked = readyIn(id as PoolId) + pool.ordersMs.length;
    pool.resize = null;
    return id as PoolId;
  }

  /** A node of the pool is ready: one that was on its way, if it is new, so that `ready` are. */
  nodeReady(id: PoolId, ready: number, isNew: boolean, nowMs: number): void {
    const pool = this.#pools[id];
    if (pool === undefined || pool.elastic === null) return;
    const [orderedMs, ...later] = pool.ordersMs;
    if (isNew && orderedMs !== undefined) {
      pool.took.add(nowMs - orderedMs);
      pool.ordersMs = later;
    }
    pool.asked = Math.max(pool.asked, ready + pool.ordersMs.length);
  }

  /** Until a node that is asked for now is ready: that quantile of what was measured, else what the platform declares; the longest of all. */
  leadMs(levelPpm: number): number {
    return this.elastic().reduce(
      (longest, { took, provisionMs }) => Math.max(longest, took.quantile(levelPpm) ?? provisionMs),
      0,
    );
  }

  /** A node of the pool drains or is lost, so that `ready` are left: where nobody asked for that, it has one less than it was to have. */
  nodeGone(id: PoolId, ready: number): void {
    const pool = this.#pools[id];
    if (pool === undefined || pool.elastic === null) return;
    pool.asked = Math.min(pool.asked, ready + pool.ordersMs.length);
  }

  write(out: ByteWriter): void {
    out.u32(this.#pools.length);
    for (const { unlimited, provisionMs, elastic, asked, ordersMs, took, resize } of this.#pools) {
      out.bool(unlimited);
      out.u64(provisionMs);
      out.bool(elastic !== null);
      if (elastic !== null) {
        out.resources(elastic.capacity);
        for (const count of [elastic.nodes, elastic.least, elastic.most]) out.u32(count);
        out.u64(elastic.priceMicrosPerHour);
      }
      out.u32(asked);
      writeTimes(out, ordersMs);
      took.write(out);
      out.bool(resize !== null);
      if (resize === null) continue;
      out.i32(resize.seq);
      out.u32(resize.index);
      writeTimes(out, resize.ordersMs);
    }
  }

  static read(from: ByteReader): PoolTable {
    const table = new PoolTable();
    for (let left = from.u32(); left > 0; left -= 1) {
      const [unlimited, provisionMs] = [from.bool(), from.u64()];
      table.add(unlimited, provisionMs, from.bool() ? readElastic(from) : null);
      const pool = table.#pools[table.count - 1] as Pool;
      pool.asked = from.u32();
      pool.ordersMs = readTimes(from);
      pool.took.read(from);
      if (from.bool()) pool.resize = { seq: from.i32(), index: from.u32(), ordersMs: readTimes(from) };
    }
    return table;
  }
}

function readElastic(from: ByteReader): ElasticPool {
  return {
    capacity: from.resources(),
    nodes: from.u32(),
    least: from.u32(),
    most: from.u32(),
    priceMicrosPerHour: from.u64(),
  };
}

function writeTimes(out: ByteWriter, timesMs: readonly number[]): void {
  out.u32(timesMs.length);
  for (const atMs of timesMs) out.u64(atMs);
}

function readTimes(from: ByteReader): number[] {
  return Array.from({ length: from.u32() }, () => from.u64());
}
