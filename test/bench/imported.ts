import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { loadTrace } from "../../datasets/store.ts";
import type { Trace } from "../../datasets/trace.ts";

/** A trace as the command line imports it into the folder; an earlier one of there is replaced. */
export async function imported(folder: string, kind: string, from: string, words: readonly string[]): Promise<Trace> {
  const to = join(folder, "trace");
  const command = ["dist/sim/cli/main.js", "import", kind, from, ...words, "--out", to, "--force", "--json"];
  execFileSync(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
  return loadTrace(to);
}
