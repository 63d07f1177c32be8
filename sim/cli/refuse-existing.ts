import { existsSync } from "node:fs";
import { InputError } from "../../datasets/issues.ts";

/** Refuses before the work is done, not after: none of the outputs may be there already, unless forced. */
export function refuseExisting(outputs: readonly (string | undefined)[], force: boolean): void {
  const there = outputs.filter((path): path is string => path !== undefined && !force && existsSync(path));
  if (there.length === 0) return;
  throw new InputError(
    there.map((where) => ({
      where,
      expected: "a place that does not exist yet",
      found: "one that does",
      hint: "choose another, or add --force",
    })),
  );
}
