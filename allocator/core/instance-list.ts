import { invariant } from "./assert.ts";
import type { Instance } from "./instances.ts";

/** An instance's place in a list: joining and leaving cost nothing. */
export class Link {
  readonly owner: Instance;
  previous: Link | null = null;
  next: Link | null = null;
  list: InstanceList | null = null;

  constructor(owner: Instance) {
    this.owner = owner;
  }
}

/** Instances in order of joining: the first is the least recent, the last the most recent. */
export class InstanceList {
  #first: Link | null = null;
  #last: Link | null = null;

  get isEmpty(): boolean {
    return this.#first === null;
  }

  get first(): Instance | null {
    return this.#first === null ? null : this.#first.owner;
  }

  get last(): Instance | null {
    return this.#last === null ? null : this.#last.owner;
  }

  push(link: Link): void {
    invariant(link.list === null, "an instance is in one list of a kind");
    link.list = this;
    link.previous = this.#last;
    if (this.#last === null) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
  }

  remove(link: Link): void {
    invariant(link.list === this, "an instance leaves the list that it is in");
    if (link.previous === null) this.#first = link.next;
    else link.previous.next = link.next;
    if (link.next === null) this.#last = link.previous;
    else link.next.previous = link.previous;
    link.previous = null;
    link.next = null;
    link.list = null;
  }

  *[Symbol.iterator](): Generator<Instance> {
    for (let at = this.#first; at !== null; at = at.next) yield at.owner;
  }
}

/** Out of the list that it is in, if it is in one. */
export function leaveList(link: Link): void {
  if (link.list !== null) link.list.remove(link);
}
