import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { JournalError, type JournalReader, type JournalStep } from "../../allocator/journal/reader.ts";
import { segmentsOf } from "../../allocator/journal/segments.ts";
import { InputError } from "../../datasets/issues.ts";

/** The journal's file, given that or the directory of its run. */
export function journalPath(given: string): string {
  const path = existsSync(given) && statSync(given).isDirectory() ? join(given, "journal.prae.gz") : given;
  // The first file may have been moved away, which whoever reads it says.
  if (segmentsOf(path).length > 0) return path;
  throw new InputError([
    { where: path, expected: "a journal (journal.prae.gz), or the directory of a run", found: "none there" },
  ]);
}

/**
 * The steps of a journal in slices; what is wrong with the file becomes an issue that says where.
 * @param cut whether one without an end mark is refused, or taken as far as it is whole: a live run writes it still, or crashed.
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
    throw new InputError([{ where: path, path: `byte ${error.byte}`, expected: "a whole PRAE journal", found: error.message }]);
  }
  if (reader.ended || cut === "taken") return;
  const hint = "it is still being written, or was cut, as by a crash; what came before is whole";
  throw new InputError([{ where: path, expected: "an end mark", found: endOf(reader), hint }]);
}

/** Of a journal that was read to its end and has no end mark. */
export function unendedWords(reader: JournalReader): string {
  const { tornBytes } = reader;
  const torn = tornBytes === 0 ? "" : `; its last part is not whole and was left out (${endOf(reader)})`;
  return `the journal has no end mark: it is still being written, or was cut${torn}`;
}

function endOf({ tornBytes }: JournalReader): string {
  if (tornBytes === null) return "the file ends in the middle of a compressed block";
  return tornBytes === 0 ? "the end of the file" : `${tornBytes} bytes of a write that was cut`;
}
