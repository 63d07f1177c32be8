const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;

interface Page<T> {
  readonly values: (T | undefined)[];
  used: number;
}

/**
 * Values by id, where ids are handed out in ascending order and most of them live for a while: requests, instances. Pages of an
 * array, of which those without values are dropped: several times as fast as a map, which hashes and rehashes as ids come and go.
 */
export class IdTable<Id extends number, T> {
  readonly #pages: (Page<T> | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: Id): T | undefined {
    return this.#pages[id >>> PAGE_BITS]?.values[id & (PAGE - 1)];
  }

  has(id: Id): boolean {
    return this.get(id) !== undefined;
  }

  set(id: Id, value: T): void {
    const at = id >>> PAGE_BITS;
    // Without holes, so that the array stays one: at a few bytes for every 256 ids there ever were.
    while (this.#pages.length < at) this.#pages.push(undefined);
    let page = this.#pages[at];
    if (page === undefined) {
      page = { values: new Array<T | undefined>(PAGE).fill(undefined), used: 0 };
      this.#pages[at] = page;
    }
    if (page.values[id & (PAGE - 1)] === undefined) {
      page.used += 1;
      this.#size += 1;
    }
    page.values[id & (PAGE - 1)] = value;
  }

  delete(id: Id): void {
    const at = id >>> PAGE_BITS;
    const page = this.#pages[at];
    if (page?.values[id & (PAGE - 1)] === undefined) return;
    page.values[id & (PAGE - 1)] = undefined;
    page.used -= 1;
    this.#size -= 1;
    if (page.used === 0) this.#pages[at] = undefined;
  }

  /** In ascending order of id; those that are deleted meanwhile are left out. */
  *entries(): Generator<readonly [Id, T]> {
    for (let at = 0; at < this.#pages.length; at += 1) {
      const values = this.#pages[at]?.values ?? [];
      for (let i = 0; i < values.length; i += 1) {
        const value = values[i];
        if (value !== undefined) yield [(at * PAGE + i) as Id, value];
      }
    }
  }

  *values(): Generator<T> {
    for (const [, value] of this.entries()) yield value;
  }
}
