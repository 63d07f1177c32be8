import { readFile, writeFile } from "node:fs/promises";
import type { RunCells } from "../../reports/statistics/cells.ts";
import { decodeCells, encodeCells } from "../../reports/statistics/cells-file.ts";
import type { RunRecord } from "../run-record.ts";

/** Where a run record's cells lie: `run.json` → `run.cells.gz`. */
export function cellsPath(recordPath: string): string {
  return `${recordPath.replace(/\.json$/, "")}.cells.gz`;
}

export async function writeCells(cells: RunCells, recordPath: string): Promise<void> {
  await writeFile(cellsPath(recordPath), encodeCells(cells));
}

/**
 * The cells of a record that was read from `recordPath`; `null` where the file is not there: the run has no intervals then.
 * @throws InputError when what is there is something else.
 */
export async function readCells(record: RunRecord, recordPath: string): Promise<RunCells | null> {
  if (record.cells === undefined) return null;
  const path = cellsPath(recordPath);
  try {
    return decodeCells(await readFile(path), record.cells.digest, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
