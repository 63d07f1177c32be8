/**
 * The bare kernel under the hold model (Jones, "An empirical comparison of priority-queue and event-set implementations", CACM 29,
 * 1986): 10⁵ events are pending, each step takes the earliest and puts one back a random while later. One event = one pop and one
 * push. A binary heap on the same typed arrays runs in the same process for reference, and must give the same order.
 */
import { RandomStream } from "../../allocator/core/random.ts";
import { EventQueue } from "../../sim/event-queue.ts";
import { perSecond, record } from "./record.ts";

const PENDING = 100_000;
const HOLDS = 2_000_000;
const RANKS = 12;

interface Queue {
  push(timeMs: number, rank: number, sequence: number, payload: number): void;
  /** Removes the earliest event and gives its payload. */
  pop(): number;
  readonly timeMs: number;
}

/** The textbook heap, for comparison: the same keys, two children instead of four. */
class BinaryHeap implements Queue {
  readonly #timesMs = new Float64Array(PENDING + 1);
  readonly #orders = new Float64Array(PENDING + 1);
  readonly #payloads = new Float64Array(PENDING + 1);
  #size = 0;

  get timeMs(): number {
    return this.#timesMs[0]!;
  }

  push(timeMs: number, rank: number, sequence: number, payload: number): void {
    const order = rank * 2 ** 44 + sequence;
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (this.#isBefore(parent, timeMs, order)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, timeMs, order, payload);
  }

  pop(): number {
    const payload = this.#payloads[0]!;
    const last = --this.#size;
    const lastMs = this.#timesMs[last]!;
    const lastOrder = this.#orders[last]!;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(child + 1, this.#timesMs[child]!, this.#orders[child]!)) child++;
      if (!this.#isBefore(child, lastMs, lastOrder)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, lastMs, lastOrder, this.#payloads[last]!);
    return payload;
  }

  #isBefore(at: number, timeMs: number, order: number): boolean {
    return this.#timesMs[at]! < timeMs || (this.#timesMs[at] === timeMs && this.#orders[at]! < order);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#timesMs[from]!, this.#orders[from]!, this.#payloads[from]!);
  }

  #put(at: number, timeMs: number, order: number, payload: number): void {
    this.#timesMs[at] = timeMs;
    this.#orders[at] = order;
    this.#payloads[at] = payload;
  }
}

/** Drawn beforehand, so that drawing costs nothing: whiles of a minute on average, many of them equal to the millisecond. */
const random = new RandomStream(1, "hold");
const whilesMs = Float64Array.from({ length: 1 << 16 }, () => Math.floor(random.exponential(60_000)));

/** One run of the hold model. The checksum depends on the order of all events. */
function hold(queue: Queue): { eventsPerSecond: number; checksum: number } {
  let sequence = 0;
  for (; sequence < PENDING; sequence++) {
    queue.push(whilesMs[sequence % whilesMs.length]! * 2, sequence % RANKS, sequence, sequence);
  }
  let checksum = 0;
  const startedMs = performance.now();
  for (let done = 0; done < HOLDS; done++) {
    const nowMs = queue.timeMs;
    const payload = queue.pop();
    checksum = (Math.imul(checksum, 31) + payload) | 0;
    queue.push(nowMs + whilesMs[sequence & 0xffff]!, sequence % RANKS, sequence, sequence);
    sequence++;
  }
  return { eventsPerSecond: perSecond(HOLDS, performance.now() - startedMs), checksum };
}

const checksums = new Set<number>();
const measured = (make: () => Queue) => () => {
  const { eventsPerSecond, checksum } = hold(make());
  checksums.add(checksum);
  if (checksums.size > 1) throw new Error("the two queues give events in different orders");
  return eventsPerSecond;
};

await record([
  { name: "event queue, hold at 100000 pending", unit: "events/s", floor: 3_000_000, run: measured(() => new EventQueue()) },
  { name: "binary heap for reference, hold at 100000 pending", unit: "events/s", run: measured(() => new BinaryHeap()) },
]);
