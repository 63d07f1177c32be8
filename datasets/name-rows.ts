/**
 * The first row of each name, for millions of names: a Map holds at most 2²⁴ of them and is ten times slower here. Open addressing
 * over typed arrays.
 */
export class NameRows {
  readonly #names: string[] = [];
  readonly #rows: number[] = [];
  #hashes = new Uint32Array(512);
  /** Number of the name, from 1; 0: free. Twice as many slots as names, at least. */
  #slots = new Uint32Array(1024);

  /** The first row that had this name: `row` itself where the name is new. */
  put(name: string, row: number): number {
    const hash = hashOf(name);
    let slot = hash & (this.#slots.length - 1);
    for (let found = this.#slots[slot] as number; found !== 0; found = this.#slots[slot] as number) {
      if (this.#hashes[found - 1] === hash && this.#names[found - 1] === name) return this.#rows[found - 1] as number;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    if (this.#names.length === this.#hashes.length) {
      this.#grow();
      return this.put(name, row);
    }
    this.#hashes[this.#names.length] = hash;
    this.#names.push(name);
    this.#rows.push(row);
    this.#slots[slot] = this.#names.length;
    return row;
  }

  #grow(): void {
    const hashes = new Uint32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const slots = new Uint32Array(this.#slots.length * 2);
    for (let index = 0; index < this.#names.length; index += 1) {
      let slot = (hashes[index] as number) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a over the UTF-16 units, with the high bits mixed into the low ones. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
