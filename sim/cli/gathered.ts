import { InputError, type Issue } from "../../datasets/issues.ts";

/** What is wrong with several inputs, so that it can be said at once. */
export class Gathered {
  readonly #issues: Issue[] = [];

  /** `undefined`: it was refused, as `throwIfAny` will say. */
  async read<T>(action: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#issues.push(...error.issues);
      return undefined;
    }
  }

  throwIfAny(): void {
    if (this.#issues.length > 0) throw new InputError(this.#issues);
  }
}
