/** A broken promise of our own: stops us, in production too, before a wrong decision goes out. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

export function invariant(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new InvariantError(promise);
}

/** The value that is known to be there. */
export function known<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantError(`unknown ${what}`);
  return value;
}
