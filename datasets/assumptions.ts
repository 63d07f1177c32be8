/** Values that a source did not give, counted until the manifest can say "for every app" or "for 3 of 40 apps". */
export class Assumptions {
  readonly #counts = new Map<string, { readonly noun: string; count: number }>();

  count(value: string, noun: string, times = 1): void {
    if (times === 0) return;
    const key = `${value} ${noun}`;
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { noun, count: times });
    else entry.count += times;
  }

  /** `totals`: how many there are of each noun. */
  sentences(totals: Readonly<Record<string, number>>): string[] {
    return [...this.#counts].map(([key, { noun, count }]) => {
      const value = key.slice(0, -noun.length - 1);
      const total = totals[noun] ?? count;
      return count === total ? `${value} for every ${noun}` : `${value} for ${count} of ${total} ${noun}s`;
    });
  }
}
