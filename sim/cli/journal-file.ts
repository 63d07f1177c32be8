import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { JournalError, type JournalReader, type JournalStep } from "../../allocator/journal/reader.ts";
import { InputError } from "../../datasets/issues.ts";

/** The journal's file, given that or the directory of its run. */
export function journalPath(given: string): string {
  const path = existsSync(given) && statSync(given).isDirectory() ? join(given, "journal.prae.gz") : given;
  if (existsSync(path) && statSync(path).isFile()) return path;
  throw new InputError([
    { where: path, expected: "a journal (journal.prae.gz), or the directory of a run", found: "none there" },
  ]);
}

/**
 * The steps of a journal in slices; what is wrong with the file becomes an issue that says where.
 * @param cut whether one that ends too early is refused, or taken as far as it is good: a live run writes it still, or crashed.
 */
export async function* journalSlices(
  reader: JournalReader,
  path: string,
  cut: "refused" | "taken" = "refused",
): AsyncGenerator<readonly JournalStep[]> {
  try {
    yield* reader.slices();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    if (error.isCut && cut === "taken") return;
    throw new InputError([{ where: path, path: `byte ${error.byte}`, expected: "a whole PRAE journal", found: error.message }]);
  }
  if (!reader.ended && cut === "refused") {
    const hint = "it was cut, as by a crash; what came before is whole";
    throw new InputError([{ where: path, expected: "an end mark", found: "the end of the file", hint }]);
  }
}
