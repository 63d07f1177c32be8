import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** What a process took from its start to its end. CPU time and memory as Linux counts them; elsewhere they are `NaN`. */
export interface Taken {
  readonly stdout: string;
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMiB: number;
}

const TICKS_A_SECOND = 100;
const LOOK_EVERY_MS = 50;

/** Runs `node` with these words, `dist/sim/cli/main.js` among them, to its end. @throws Error when it fails. */
export async function runNode(words: readonly string[]): Promise<Taken> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const code = new Promise<number | null>((resolve) => {
    child.on("exit", resolve);
  });
  let peakMiB = Number.NaN;
  let cpuS = Number.NaN;
  const look = () => {
    try {
      const kib = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
      if (kib !== undefined) peakMiB = Number(kib) / 1024;
      // After the name in brackets: utime and stime are the twelfth and thirteenth.
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      cpuS = (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
    } catch {
      // It has ended, or this is not Linux.
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  let stdout = "";
  for await (const piece of child.stdout) stdout += piece;
  const exit = await code;
  clearInterval(timer);
  if (exit !== 0) throw new Error(`node ${words.join(" ")} ended with code ${exit}`);
  return { stdout, wallS: (performance.now() - startedMs) / 1000, cpuS, peakMiB };
}
