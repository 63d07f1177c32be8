import { readFile, writeFile } from "node:fs/promises";
import type { UserSeries } from "../../reports/users/series.ts";
import { decodeUsers, encodeUsers } from "../../reports/users/series-file.ts";
import type { RunRecord } from "../run-record.ts";

/** Where the series of a run's users lie: `run.json` → `run.users.gz`. */
function usersPath(recordPath: string): string {
  return `${recordPath.replace(/\.json$/, "")}.users.gz`;
}

export async function writeUsers(users: UserSeries, recordPath: string): Promise<void> {
  await writeFile(usersPath(recordPath), encodeUsers(users));
}

/**
 * The users' series of a record that was read from `recordPath`; `null` where the file is not there: the report says nothing of
 * single users then.
 * @throws InputError when what is there is something else.
 */
export async function readUsers(record: RunRecord, recordPath: string): Promise<UserSeries | null> {
  if (record.users === undefined) return null;
  const path = usersPath(recordPath);
  try {
    return decodeUsers(await readFile(path), record.users.digest, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
