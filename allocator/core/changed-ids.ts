/** Ids of what changed since somebody last asked, each once. */
export class ChangedIds<Id extends number> {
  #ids: Id[] = [];
  readonly #isIn: boolean[] = [];

  add(id: Id): void {
    if (this.#isIn[id] === true) return;
    this.#isIn[id] = true;
    this.#ids.push(id);
  }

  /** They are told of, and nothing has changed any more. In the order in which they changed first. */
  take(): readonly Id[] {
    const ids = this.#ids;
    if (ids.length === 0) return ids;
    for (const id of ids) this.#isIn[id] = false;
    this.#ids = [];
    return ids;
  }
}
