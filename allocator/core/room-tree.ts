import { RESOURCE_NAMES, type Resources } from "./resources.ts";

const WIDTH = RESOURCE_NAMES.length;
/** Below every amount: where nothing fits, not even an empty shape. */
const NOWHERE = -1;
/** Answers kept; more of them are forgotten, and searched for again. */
const MOST_ANSWERS = 256;

/**
 * How much room each place has, by id, and the first with room for an amount. A tree over the places in order of id: each inner entry
 * holds the largest of each resource below it, so that whole subtrees without room are passed over. What was searched for is not searched
 * for again until some place has more room, or the one found has too little.
 */
export class RoomTree {
  /** Implicit binary tree of `WIDTH` numbers an entry: leaves from `#leaves`, the root at 1. */
  #most = new Float64Array(2 * WIDTH).fill(NOWHERE);
  #leaves = 1;
  /** By amount, as an object: the place that was first when it was searched for, or −1. Places before it have gained nothing since. */
  readonly #answers = new Map<Resources, number>();

  /** @param room `null`: none, not even for nothing. */
  set(id: number, room: Resources | null): void {
    if (id >= this.#leaves) this.#grow(id + 1);
    const most = this.#most;
    let entry = this.#leaves + id;
    let at = entry * WIDTH;
    if (room !== null && !this.#fitsIn(room, at)) this.#answers.clear();
    most[at] = room === null ? NOWHERE : room.cpuMillis;
    most[at + 1] = room === null ? NOWHERE : room.memoryMiB;
    most[at + 2] = room === null ? NOWHERE : room.gpuMillis;
    most[at + 3] = room === null ? NOWHERE : room.networkKbps;
    for (entry >>= 1; entry >= 1; entry >>= 1) {
      at = entry * WIDTH;
      let isSame = true;
      for (let k = 0; k < WIDTH; k += 1) {
        const larger = Math.max(most[2 * at + k] as number, most[2 * at + WIDTH + k] as number);
        if (most[at + k] === larger) continue;
        most[at + k] = larger;
        isSame = false;
      }
      if (isSame) return;
    }
  }

  /** How much it has; `null`: none. */
  at(id: number): Resources | null {
    const at = (this.#leaves + id) * WIDTH;
    const [cpuMillis, memoryMiB, gpuMillis, networkKbps] = this.#most.subarray(at, at + WIDTH) as unknown as number[];
    if (id >= this.#leaves || cpuMillis === NOWHERE) return null;
    return { cpuMillis, memoryMiB, gpuMillis, networkKbps } as Resources;
  }

  /** Whether the place has room for it. */
  fits(amount: Resources, id: number): boolean {
    return id < this.#leaves && this.#fitsIn(amount, (this.#leaves + id) * WIDTH);
  }

  /** The first place with room for it, none of `except`; −1: there is none. */
  first(amount: Resources, except: ReadonlySet<number> | null): number {
    const known = this.#answers.get(amount);
    if (known === -1) return -1;
    if (except !== null) return this.#search(1, amount, except);
    if (known !== undefined && this.fits(amount, known)) return known;
    if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear();
    const found = this.#search(1, amount, null);
    this.#answers.set(amount, found);
    return found;
  }

  /** Each place with room for it, in order of id. */
  each(amount: Resources, visit: (id: number) => void, entry = 1): void {
    if (!this.#fitsIn(amount, entry * WIDTH)) return;
    if (entry >= this.#leaves) return visit(entry - this.#leaves);
    this.each(amount, visit, 2 * entry);
    this.each(amount, visit, 2 * entry + 1);
  }

  #search(entry: number, amount: Resources, except: ReadonlySet<number> | null): number {
    if (!this.#fitsIn(amount, entry * WIDTH)) return -1;
    if (entry >= this.#leaves) {
      const id = entry - this.#leaves;
      return except?.has(id) === true ? -1 : id;
    }
    const left = this.#search(2 * entry, amount, except);
    return left >= 0 ? left : this.#search(2 * entry + 1, amount, except);
  }

  #fitsIn({ cpuMillis, memoryMiB, gpuMillis, networkKbps }: Resources, at: number): boolean {
    const most = this.#most;
    return (
      cpuMillis <= (most[at] as number) &&
      memoryMiB <= (most[at + 1] as number) &&
      gpuMillis <= (most[at + 2] as number) &&
      networkKbps <= (most[at + 3] as number)
    );
  }

  #grow(count: number): void {
    const before = this.#most.subarray(this.#leaves * WIDTH);
    while (this.#leaves < count) this.#leaves *= 2;
    this.#most = new Float64Array(2 * this.#leaves * WIDTH).fill(NOWHERE);
    this.#most.set(before, this.#leaves * WIDTH);
    for (let at = this.#leaves * WIDTH - 1; at >= WIDTH; at -= 1) {
      const [entry, k] = [Math.floor(at / WIDTH), at % WIDTH];
      const child = 2 * entry * WIDTH + k;
      this.#most[at] = Math.max(this.#most[child] as number, this.#most[child + WIDTH] as number);
    }
  }
}
