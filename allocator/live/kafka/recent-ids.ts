/** The ids of the records read last, so that one that was written twice counts once. */
export class RecentIds {
  readonly #most: number;
  /** In the order in which they were seen. */
  readonly #ids = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Once what the record told is taken in: before that, it would be passed over when it is read again. */
  add(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#ids.add(id);
      if (this.#ids.size > this.#most) this.#ids.delete(this.#ids.values().next().value as string);
    }
  }
}
