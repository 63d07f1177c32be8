import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";

const PROGRAM = resolve("dist/sim/cli/main.js");

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  /** Another build than `dist`. */
  readonly program?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built program as a stranger would: a process of its own. */
export function prae(args: readonly string[], { program = PROGRAM, cwd, env }: RunSettings = {}): Ran {
  const settings = { encoding: "utf8", cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 28 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], settings);
  return { status, stdout, stderr };
}

/** What it says on stdout, having done what it was asked. */
export function done(args: readonly string[], settings?: RunSettings): string {
  const { status, stdout, stderr } = prae(args, settings);
  assert.is(status, 0, `prae ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** With `--json`: the one document on stdout. */
// biome-ignore lint/suspicious/noExplicitAny: a document from outside, whose shape is what the test asserts
export function json(args: readonly string[], settings?: RunSettings): any {
  return JSON.parse(done([...args, "--json"], settings));
}

export interface FoundIssue {
  readonly where: string;
  readonly line?: number;
  readonly path?: string;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string;
}

/**
 * The issues for which the command is refused: exit code 2, one JSON document on stdout, plain words and no stack trace on stderr.
 */
export function refusal(args: readonly string[], settings?: RunSettings): FoundIssue[] {
  const { status, stdout, stderr } = prae([...args, "--json"], settings);
  const command = `prae ${args.join(" ")}: ${stderr}`;
  assert.is(status, 2, command);
  assert.match(stderr, /prae: input refused, (1 issue|\d+ issues):\n {2}/, command);
  assert.not.match(stderr, /^\s+at /m, command);
  const { error } = JSON.parse(stdout) as { error: { kind: string; issues: FoundIssue[]; total: number } };
  assert.is(error.kind, "bad_input");
  assert.is(error.total, error.issues.length);
  for (const { where, expected, found } of error.issues) {
    for (const part of [where, expected, found]) assert.ok(part !== "" && stderr.includes(part), command);
  }
  return error.issues;
}

/** An issue in short: "where:line path", and what was found. */
export function short({ where, line, path, found }: FoundIssue): string {
  return `${where}${line === undefined ? "" : `:${line}`}${path === undefined ? "" : ` ${path}`} found ${found}`;
}

/** Starts the program and leaves it running. */
export function start(args: readonly string[], settings: RunSettings = {}): { child: ChildProcess; exit: Promise<Exit> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: settings.cwd,
    env: { ...process.env, ...settings.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (text: Buffer) => {
    said.stdout += text;
  });
  child.stderr.on("data", (text: Buffer) => {
    said.stderr += text;
  });
  const exit = once(child, "close").then(([status, signal]) => ({
    status: status as number | null,
    signal: signal as NodeJS.Signals | null,
    ...said,
  }));
  return { child, exit };
}

export interface Exit extends Ran {
  readonly signal: NodeJS.Signals | null;
}

/** A folder of this test file's own, removed at its end. */
export function testFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `prae-${name}-`));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every file below a folder with its bytes, to see that nothing changed. */
export function contents(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    found[name] = statSync(path).isDirectory() ? "folder" : readFileSync(path, "base64");
  }
  return found;
}

/** The canonical tables of six hours of a small platform: three tiers, an app that users share, a rush at noon. */
export function writeTables(folder: string, options: { readonly nodes: boolean } = { nodes: true }): string {
  mkdirSync(folder, { recursive: true });
  const requests = Array.from({ length: 120 }, (_, i) => {
    const user = ["ana", "bob", "cem", "dia"][(i >> 1) % 4];
    const app = ["web", "batch", "sign-in"][i % 3];
    const submitMs = i % 2 === 0 ? i * 175_000 : 10_800_000 + i * 10_000;
    return `r${i},${user},${app},${submitMs},${1000 + ((i * 7919) % 200_000)}`;
  });
  writeFileSync(join(folder, "requests.csv"), `request_id,user_id,app_id,submit_ms,run_ms\n${requests.join("\n")}\n`);
  writeFileSync(
    join(folder, "apps.csv"),
    "app_id,cold_start_ms,cpu_millis,memory_mib,shared\nweb,800,500,512,false\nbatch,20000,2000,4096,false\nsign-in,400,250,128,true\n",
  );
  writeFileSync(join(folder, "users.csv"), "user_id,tier\nana,premium\nbob,standard\ncem,best-effort\ndia,standard\n");
  if (options.nodes) {
    const nodes = [1, 2, 3].map((n) => `n${n},main,4000,8192,0,1000000`);
    writeFileSync(
      join(folder, "nodes.csv"),
      `node_id,pool_id,cpu_millis,memory_mib,gpu_millis,network_kbps\n${nodes.join("\n")}\n`,
    );
  }
  return folder;
}
