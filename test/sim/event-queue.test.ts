import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EventQueue, orderOf } from "../../sim/event-queue.ts";

interface Entry {
  readonly timeMs: number;
  readonly rank: number;
  readonly sequence: number;
}

/** By time, then rank, then sequence: the total order, said plainly. */
function inOrder(a: Entry, b: Entry): number {
  return a.timeMs - b.timeMs || a.rank - b.rank || a.sequence - b.sequence;
}

/** Sequences are unique, as everywhere; times and ranks collide. */
const entries = fc
  .array(fc.tuple(fc.nat(9), fc.nat(11)), { maxLength: 200, size: "max" })
  .chain((pairs) =>
    fc
      .shuffledSubarray([...pairs.keys()], { minLength: pairs.length })
      .map((sequences) => pairs.map(([timeMs, rank], index): Entry => ({ timeMs, rank, sequence: sequences[index]! }))),
  );

test("entries come out by time, then rank, then sequence, whatever order they went in", () => {
  fc.assert(
    fc.property(entries, (pushed) => {
      const queue = new EventQueue(4);
      pushed.forEach(({ timeMs, rank, sequence }, payload) => {
        queue.push(timeMs, rank, sequence, payload);
      });
      const popped: Entry[] = [];
      while (queue.size > 0) {
        const { timeMs, order } = queue;
        const entry = pushed[queue.pop()]!;
        assert.is(timeMs, entry.timeMs);
        assert.is(order, orderOf(entry.rank, entry.sequence));
        popped.push(entry);
      }
      assert.equal(popped, [...pushed].sort(inOrder));
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("pushing between pops keeps the order", () => {
  fc.assert(
    fc.property(entries, fc.array(fc.boolean(), { maxLength: 200 }), (pushed, pops) => {
      const queue = new EventQueue(1);
      const inside: Entry[] = [];
      pushed.forEach((entry, payload) => {
        queue.push(entry.timeMs, entry.rank, entry.sequence, payload);
        inside.push(entry);
        if (pops[payload] !== true) return;
        inside.sort(inOrder);
        assert.equal(pushed[queue.pop()], inside.shift());
      });
      assert.is(queue.size, inside.length);
    }),
    { seed: 2, numRuns: 200 },
  );
});

test("an empty queue is infinitely far away", () => {
  const queue = new EventQueue();
  assert.is(queue.timeMs, Number.POSITIVE_INFINITY);
  queue.push(5, 0, 0, 7);
  assert.is(queue.timeMs, 5);
  assert.is(queue.pop(), 7);
  assert.is(queue.timeMs, Number.POSITIVE_INFINITY);
});

test.run();
