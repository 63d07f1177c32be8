/**
 * The simulator's future: events ordered by (time in integer ms, rank of their kind, sequence). A 4-ary heap on typed arrays; ties
 * never depend on its shape, because no two events share all three keys.
 *
 * Rank and sequence share one number, `rank · 2^44 + sequence`, exact in a double; the payload is any safe integer.
 */
export class EventQueue {
  #timesMs: Float64Array;
  #orders: Float64Array;
  #payloads: Float64Array;
  #size = 0;

  constructor(capacity = 1024) {
    this.#timesMs = new Float64Array(capacity);
    this.#orders = new Float64Array(capacity);
    this.#payloads = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Of the earliest event; `Infinity` when there is none. */
  get timeMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#timesMs[0] as number);
  }

  /** Rank and sequence of the earliest event, comparable with `orderOf`. */
  get order(): number {
    return this.#orders[0] as number;
  }

  push(timeMs: number, rank: number, sequence: number, payload: number): void {
    if (this.#size === this.#timesMs.length) this.#grow();
    const times = this.#timesMs;
    const orders = this.#orders;
    const payloads = this.#payloads;
    const order = orderOf(rank, sequence);
    let hole = this.#size;
    this.#size += 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      const parentMs = times[parent] as number;
      if (parentMs < timeMs || (parentMs === timeMs && (orders[parent] as number) < order)) break;
      times[hole] = parentMs;
      orders[hole] = orders[parent] as number;
      payloads[hole] = payloads[parent] as number;
      hole = parent;
    }
    times[hole] = timeMs;
    orders[hole] = order;
    payloads[hole] = payload;
  }

  /** Removes the earliest event and gives its payload. The queue is not empty. */
  pop(): number {
    const times = this.#timesMs;
    const orders = this.#orders;
    const payloads = this.#payloads;
    const payload = payloads[0] as number;
    this.#size -= 1;
    const size = this.#size;
    const lastMs = times[size] as number;
    const lastOrder = orders[size] as number;
    let hole = 0;
    for (;;) {
      const first = 4 * hole + 1;
      if (first >= size) break;
      const end = first + 4 < size ? first + 4 : size;
      let least = first;
      let leastMs = times[first] as number;
      for (let child = first + 1; child < end; child += 1) {
        const childMs = times[child] as number;
        if (childMs < leastMs || (childMs === leastMs && (orders[child] as number) < (orders[least] as number))) {
          least = child;
          leastMs = childMs;
        }
      }
      if (lastMs < leastMs || (lastMs === leastMs && lastOrder < (orders[least] as number))) break;
      times[hole] = leastMs;
      orders[hole] = orders[least] as number;
      payloads[hole] = payloads[least] as number;
      hole = least;
    }
    times[hole] = lastMs;
    orders[hole] = lastOrder;
    payloads[hole] = payloads[size] as number;
    return payload;
  }

  #grow(): void {
    const enlarge = (from: Float64Array) => {
      const to = new Float64Array(from.length * 2);
      to.set(from);
      return to;
    };
    this.#timesMs = enlarge(this.#timesMs);
    this.#orders = enlarge(this.#orders);
    this.#payloads = enlarge(this.#payloads);
  }
}

const RANK_UNIT = 2 ** 44;

/** One number that compares like (rank, sequence), for sequences below 2^44. */
export function orderOf(rank: number, sequence: number): number {
  return rank * RANK_UNIT + sequence;
}
