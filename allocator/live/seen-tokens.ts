/** Far more than can be under way, so that what is forgotten was carried out long ago. */
const MOST = 100_000;

/** Tokens of decisions that were submitted, the latest of them. */
export class SeenTokens {
  readonly #seen = new Set<string>();

  /** Whether it was not submitted before; from now on it was. */
  isNew(seq: number, index: number): boolean {
    const token = `${seq}:${index}`;
    if (this.#seen.has(token)) return false;
    this.#seen.add(token);
    if (this.#seen.size > MOST) this.#seen.delete(this.#seen.values().next().value as string);
    return true;
  }
}
