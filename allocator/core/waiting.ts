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
  /** Where it runs or will; `null`: waiting. */
  instance: InstanceId | null;
  previous: Request | null;
  next: Request | null;
}

/** Requests that wait for capacity, ordered by (priority, arrival). */
export class WaitingQueue {
  #first: Request | null = null;
  #last: Request | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Request | null {
    return this.#first;
  }

  /** Searches from the end: an arrival is the latest of its priority. */
  insert(request: Request): void {
    let after = this.#last;
    while (after !== null && precedes(request, after)) after = after.previous;
    request.previous = after;
    request.next = after === null ? this.#first : after.next;
    if (request.previous === null) this.#first = request;
    else request.previous.next = request;
    if (request.next === null) this.#last = request;
    else request.next.previous = request;
    this.#size += 1;
  }

  remove(request: Request): void {
    if (request.previous === null) this.#first = request.next;
    else request.previous.next = request.next;
    if (request.next === null) this.#last = request.previous;
    else request.next.previous = request.previous;
    request.previous = null;
    request.next = null;
    this.#size -= 1;
  }

  *[Symbol.iterator](): Generator<Request> {
    for (let at = this.#first; at !== null; at = at.next) yield at;
  }
}

/** Higher priority first, then earlier arrival. */
function precedes(a: Request, b: Request): boolean {
  return a.priority === b.priority ? a.arrival < b.arrival : a.priority > b.priority;
}
