import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { InputError } from "../../datasets/issues.ts";

/** A folder of this process's own, removed when it ends. */
export const scratch = mkdtempSync(join(tmpdir(), "prae-test-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

let folders = 0;

/** A new folder with these files. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  folders += 1;
  const path = join(scratch, `folder-${folders}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

/** The issues, a line each, with which `run` refuses its input; it fails with any other error. */
export async function refusal(run: () => unknown): Promise<[string, ...string[]]> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    return (error as InputError).message.split("\n") as [string];
  }
  return ["nothing was refused"];
}
