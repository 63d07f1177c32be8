import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { exercise, loadNative } from "./exercise.ts";
import type { Installed, NativeBackend } from "./native-backend.ts";

/** Does a native backend work here? */
export interface Verdict {
  readonly usable: boolean;
  /** What happened when it was tried, where it is not usable. */
  readonly fault: string | null;
}

/** How long a candidate may take: a GPU's first kernels take seconds. */
const LIMIT_MS = 30_000;

/** Before what the probing process says of itself; the packages print what they like. */
const MARK = "prae-probe:";

/**
 * Tries a native backend in a process of its own, since one that is installed by halves can abort the process that loads it, hang,
 * or compute something else.
 */
export async function probe(
  { within }: NativeBackend,
  packages: readonly Installed[],
  limitMs: number = LIMIT_MS,
): Promise<Verdict> {
  const child = spawn(process.execPath, ["-e", program(packages, within)], { stdio: ["ignore", "pipe", "pipe"] });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limitMs);
  const [[code, signal], said, complaints] = await Promise.all([
    once(child, "close") as Promise<[number | null, string | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  clearTimeout(timer);
  const answer = said.split("\n").find((line) => line.startsWith(MARK));
  if (answer !== undefined && code === 0) {
    const fault = JSON.parse(answer.slice(MARK.length)) as string | null;
    return { usable: fault === null, fault };
  }
  if (late) return { usable: false, fault: `gave no answer within ${limitMs / 1000} s` };
  const ended = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const last = complaints.trim().split("\n").at(-1)?.trim() ?? "";
  return { usable: false, fault: last === "" ? `its process ${ended}` : `its process ${ended}: ${last.slice(0, 200)}` };
}

function program(packages: readonly Installed[], within: string): string {
  const folders = packages.map(({ folder }) => folder);
  return `
    const say = (fault) => process.stdout.write("\\n${MARK}" + JSON.stringify(fault) + "\\n", () => process.exit(0));
    (${loadNative})(${JSON.stringify(folders)}, ${JSON.stringify(within)})
      .then(${exercise})
      .then(say, (error) => say(String(error?.message ?? error).split("\\n")[0]));
  `;
}
