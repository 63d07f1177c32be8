import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_RESOURCES } from "../../../allocator/core/resources.ts";
import { precedes, type Request, WaitingQueue } from "../../../allocator/core/waiting.ts";

interface Fields {
  readonly user: number;
  readonly app: number;
  readonly tier: number;
}

const PRIORITY_OF_TIER = [5, 5, -1];

function request(arrival: number, { user, app, tier }: Fields): Request {
  const ids = { id: arrival, user, app, tier } as unknown as Pick<Request, "id" | "user" | "app" | "tier">;
  const priority = PRIORITY_OF_TIER[tier]!;
  return { ...ids, requested: NO_RESOURCES, priority, arrival, sinceMs: 0, instance: null, previous: null, next: null };
}

const byPlace = (a: Request, b: Request) => b.priority - a.priority || a.arrival - b.arrival;

/** In the order in which they are tried when each that is tried leaves. */
function drained(queue: WaitingQueue): number[] {
  const order: number[] = [];
  while (queue.size > 0) {
    const { first } = queue.lines()[0]!;
    order.push(first.arrival);
    queue.remove(first);
  }
  return order;
}

const operations = fc.array(
  fc.record({ fields: fc.record({ user: fc.nat(2), app: fc.nat(1), tier: fc.nat(2) }), back: fc.boolean(), pick: fc.nat() }),
  { maxLength: 60, size: "max" },
);

test("whoever comes, leaves and comes back: the queue is a list sorted by priority, then arrival", () => {
  fc.assert(
    fc.property(operations, (list) => {
      const queue = new WaitingQueue();
      const waiting: Request[] = [];
      const away: Request[] = [];
      list.forEach(({ fields, back, pick }, i) => {
        const removed = back ? waiting.splice(pick % (waiting.length + 1), 1)[0] : undefined;
        if (removed !== undefined) {
          queue.remove(removed);
          away.push(removed);
          return;
        }
        const returning = pick % 3 === 0 ? away.pop() : undefined;
        const coming = returning ?? request(i, fields);
        queue.insert(coming);
        waiting.push(coming);
      });
      assert.is(queue.size, waiting.length);
      assert.equal(
        [...queue].map(({ arrival }) => arrival).sort((a, b) => a - b),
        waiting.map(({ arrival }) => arrival).sort((a, b) => a - b),
      );
      for (const line of queue.lines()) {
        const key = ({ user, app, tier }: Request) => `${user}:${app}:${tier}`;
        const members = waiting.filter((one) => key(one) === key(line.first)).sort(byPlace);
        const seen: Request[] = [];
        for (let at: Request | null = line.first; at !== null; at = at.next) seen.push(at);
        assert.ok(seen.length === members.length && seen.every((one, i) => one === members[i]), "a line is in order");
        assert.ok(line.last === members.at(-1));
      }
      const firsts = queue.lines().map(({ first }) => first);
      assert.ok(
        firsts.every((first, i) => i === 0 || precedes(firsts[i - 1]!, first)),
        "lines are in the order of their firsts",
      );
      assert.equal(
        drained(queue),
        waiting.sort(byPlace).map(({ arrival }) => arrival),
      );
    }),
    { seed: 1, numRuns: 400 },
  );
});

test("a request that waits in no line cannot leave", () => {
  assert.throws(() => new WaitingQueue().remove(request(0, { user: 0, app: 0, tier: 0 })), /is in a line/);
});

test.run();
