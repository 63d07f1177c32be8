/**
 * Runs uvu files, each in its own process, and believes none of them at its word: uvu alone calls a file green that forgot
 * `test.run()`, whose hook threw or that ended before its tests did.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

export interface TestFile {
  /** As a person knows it: the path of the source. */
  readonly source: string;
  /** What Node runs. */
  readonly built: string;
}

export interface RunOptions {
  readonly limitMs: number;
  /** How many files run at a time. */
  readonly jobs: number;
  /** Called with every file's result as soon as it is known. */
  readonly onResult?: (result: FileResult) => void;
}

export interface FileResult {
  readonly source: string;
  readonly passed: number;
  readonly failed: number;
  /** One reason for each skipped test. */
  readonly skips: readonly string[];
  /** What is wrong with the file; empty: it is green. */
  readonly problems: readonly string[];
  /** All that the file printed. */
  readonly output: string;
  readonly elapsedMs: number;
}

/** Runs the files, `jobs` at a time; results are in the order of `files`. */
export async function runFiles(files: readonly TestFile[], options: RunOptions): Promise<FileResult[]> {
  const results: FileResult[] = new Array(files.length);
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < files.length; index = next++) {
      const result = await runFile(files[index]!, options.limitMs);
      results[index] = result;
      options.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, worker));
  return results;
}

async function runFile(file: TestFile, limitMs: number): Promise<FileResult> {
  const startedMs = performance.now();
  const problems = sourceProblems(readFileSync(file.source, "utf8"));
  if (!existsSync(file.built)) problems.push(`${file.built} is missing: the file was not built`);
  if (problems.length > 0) return judge(file.source, problems, null, performance.now() - startedMs);
  const ended = await runProcess(file.built, limitMs);
  return judge(file.source, problems, ended, performance.now() - startedMs);
}

/** What can only be seen in the source: tests that would silently not run. */
function sourceProblems(source: string): string[] {
  const problems: string[] = [];
  if (/\.only\s*\(/.test(source)) problems.push("`.only(` is left in: the other tests would not run");
  if (!/\.run\(\);?\s*$/.test(source))
    problems.push("the last statement is not `test.run()`: tests after it, or all, would not run");
  const suites = source.match(/\bsuite\s*(<[^>]*>)?\(/g)?.length ?? 0;
  const runs = source.match(/^\s*\w+\.run\(\)/gm)?.length ?? 0;
  if (suites > 0 && runs < suites) problems.push(`${suites} suites, but only ${runs} \`.run()\`: a suite would not run`);
  return problems;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly output: string;
}

const running = new Set<number>();

/** Kills whatever still runs; for the runner's own interruption. */
export function killRunning(): void {
  for (const pid of running) killGroup(pid);
}

function runProcess(built: string, limitMs: number): Promise<Ended> {
  const { FORCE_COLOR: _, ...environment } = process.env;
  const child = spawn(process.execPath, ["--enable-source-maps", built], {
    detached: true,
    env: { ...environment, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid!;
  running.add(pid);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(pid);
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    // What the file started and left behind must not outlive it, nor keep its pipes open.
    child.on("exit", () => {
      clearTimeout(timer);
      killGroup(pid);
    });
    child.on("close", (code, signal) => {
      running.delete(pid);
      resolve({ code, signal, timedOut, output: Buffer.concat(chunks).toString("utf8") });
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** uvu's own closing lines. */
const SUMMARY = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)\n/gm;

function judge(source: string, problems: string[], ended: Ended | null, elapsedMs: number): FileResult {
  if (ended === null) return { source, passed: 0, failed: 1, skips: [], problems, output: "", elapsedMs };
  const { output } = ended;
  const skips = [...output.matchAll(/^SKIP (.+)$/gm)].map((match) => match[1]!);
  const summary = [...output.matchAll(SUMMARY)].at(-1);
  let passed = 0;
  let failed = 0;
  if (ended.timedOut) problems.push("the time limit was passed");
  else if (ended.signal !== null) problems.push(`ended by ${ended.signal}`);
  else if (ended.code !== 0) problems.push(`exit code ${ended.code}`);
  if (summary === undefined) {
    problems.push("ended without uvu's summary: a test never resolved, the process stopped, or `test.run()` is missing");
  } else {
    const [total, green, skipped] = [Number(summary[1]), Number(summary[2]), Number(summary[3])];
    passed = green;
    failed = total - green;
    if (total + skipped === 0) problems.push("no test in the file");
    if (failed > 0)
      problems.push(`${failed} of ${total} tests failed${ended.code === 0 ? ": a hook threw, and uvu does not say so" : ""}`);
    if (skipped !== skips.length)
      problems.push(`${skipped} tests skipped, ${skips.length} reasons printed: skip with \`skipUnless\``);
  }
  if (problems.length > 0 && failed === 0) failed = 1;
  return { source, passed, failed, skips, problems, output, elapsedMs };
}
