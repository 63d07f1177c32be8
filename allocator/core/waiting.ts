import { invariant } from "./assert.ts";
import type { AppId, InstanceId, RequestId, TierId, UserId } from "./ids.ts";
import type { Resources } from "./resources.ts";

/** A request from arrival to end. */
export interface Request {
  readonly id: RequestId;
  readonly user: UserId;
  readonly app: AppId;
  readonly tier: TierId;
  readonly requested: Resources;
  readonly priority: number;
  /** Place among all arrivals: the second key of the queue. */
  readonly arrival: number;
  /** Since when it waits, or has the instance that it has. */
  sinceMs: number;
  /** Where it runs or will; `null`: waiting or not yet admitted. */
  instance: InstanceId | null;
  previous: Request | null;
  next: Request | null;
}

/**
 * Waiting requests of one (user, app, tier), in order of arrival. What has no room for the first has none for the rest, so a pass
 * over the queue looks at lines, however long they are.
 */
export interface Line {
  readonly key: string;
  first: Request;
  last: Request;
}

/** Requests that wait for capacity, ordered by (priority, arrival). */
export class WaitingQueue {
  readonly #lines = new Map<string, Line>();
  /** Lines in the order of their first requests. */
  readonly #order: Line[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The lines, in the order in which their first requests are to be tried. */
  lines(): readonly Line[] {
    return this.#order;
  }

  insert(request: Request): void {
    this.#size += 1;
    const key = `${request.user}:${request.app}:${request.tier}`;
    const line = this.#lines.get(key);
    if (line === undefined) {
      const started = { key, first: request, last: request };
      this.#lines.set(key, started);
      this.#order.splice(this.#placeOf(request), 0, started);
      return;
    }
    // From the end: only a request that lost its instance comes back to an earlier place.
    let after: Request | null = line.last;
    while (after !== null && precedes(request, after)) after = after.previous;
    if (after === null) {
      this.#order.splice(this.#order.indexOf(line), 1);
      request.next = line.first;
      line.first.previous = request;
      line.first = request;
      this.#order.splice(this.#placeOf(request), 0, line);
      return;
    }
    request.previous = after;
    request.next = after.next;
    if (after.next === null) line.last = request;
    else after.next.previous = request;
    after.next = request;
  }

  remove(request: Request): void {
    const line = this.#lines.get(`${request.user}:${request.app}:${request.tier}`);
    invariant(line !== undefined, "a request that waits is in a line");
    this.#size -= 1;
    if (line.first === request) this.#removeFirst(line);
    else {
      (request.previous as Request).next = request.next;
      if (request.next === null) line.last = request.previous as Request;
      else request.next.previous = request.previous;
    }
    request.previous = null;
    request.next = null;
  }

  #removeFirst(line: Line): void {
    this.#order.splice(this.#placeOf(line.first), 1);
    const { next } = line.first;
    if (next === null) {
      this.#lines.delete(line.key);
      return;
    }
    next.previous = null;
    line.first = next;
    this.#order.splice(this.#placeOf(next), 0, line);
  }

  /** Where a line that begins with `request` stands in the order. */
  #placeOf(request: Request): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (precedes((this.#order[middle] as Line).first, request)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All, line by line: not in the order of the queue. */
  *[Symbol.iterator](): Generator<Request> {
    for (const line of this.#order) for (let at: Request | null = line.first; at !== null; at = at.next) yield at;
  }
}

/** Higher priority first, then earlier arrival. */
export function precedes(a: Request, b: Request): boolean {
  return a.priority === b.priority ? a.arrival < b.arrival : a.priority > b.priority;
}
