/** Requests under way, the one that ends first in front: a binary heap on typed arrays, because a trace holds millions. */
export class EndQueue {
  #endsMs = new Float64Array(64);
  #requests = new Uint32Array(64);
  #size = 0;

  /** When the first of them ends; infinity: none is under way. */
  get nextMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#endsMs[0] as number);
  }

  add(endMs: number, request: number): void {
    if (this.#size === this.#endsMs.length) this.#grow();
    let hole = this.#size;
    this.#size += 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if ((this.#endsMs[parent] as number) <= endMs) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#endsMs[hole] = endMs;
    this.#requests[hole] = request;
  }

  /** Takes the request that ends first; the queue is not empty. */
  take(): number {
    const first = this.#requests[0] as number;
    this.#size -= 1;
    const size = this.#size;
    const endMs = this.#endsMs[size] as number;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && (this.#endsMs[child + 1] as number) < (this.#endsMs[child] as number)) child += 1;
      if ((this.#endsMs[child] as number) >= endMs) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#endsMs[hole] = endMs;
    this.#requests[hole] = this.#requests[size] as number;
    return first;
  }

  #move(from: number, to: number): void {
    this.#endsMs[to] = this.#endsMs[from] as number;
    this.#requests[to] = this.#requests[from] as number;
  }

  #grow(): void {
    const endsMs = new Float64Array(2 * this.#size);
    endsMs.set(this.#endsMs);
    this.#endsMs = endsMs;
    const requests = new Uint32Array(2 * this.#size);
    requests.set(this.#requests);
    this.#requests = requests;
  }
}
