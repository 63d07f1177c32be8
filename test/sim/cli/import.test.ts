import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadTrace } from "../../../datasets/store.ts";
import { skipUnless } from "../../support/skip.ts";

const PRAE = "dist/sim/cli/main.js";
const folder = mkdtempSync(join(tmpdir(), "prae-import-"));
process.on("exit", () => {
  if (mounted) spawnSync("umount", [disk]);
  rmSync(folder, { recursive: true, force: true });
});

const source = join(folder, "source");
mkdirSync(source);
writeFileSync(join(source, "requests.csv"), "user_id,app_id,submit_ms,run_ms\nu,a,0,5\nv,a,60000,5\n");

function prae(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PRAE, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

let outputs = 0;
/** A new folder, empty, and a place in it. */
function place(): { parent: string; out: string } {
  outputs += 1;
  const parent = join(folder, `out-${outputs}`);
  mkdirSync(parent);
  return { parent, out: join(parent, "trace") };
}

test("import says what it did; --json gives one document", async () => {
  const { out } = place();
  const { status, stdout, stderr } = prae("import", "canonical", source, "--out", out);
  assert.is(status, 0, stderr);
  assert.match(stdout, "source, 2 users, 1 apps, 2 requests");
  assert.match(stdout, "assumed: memory_mib 256 for every request");
  const again = place();
  const json = prae("import", "canonical", source, "--out", again.out, "--name", "mine", "--default", "memory_mib=7", "--json");
  assert.is(json.status, 0, json.stderr);
  const document = JSON.parse(json.stdout);
  assert.is(document.requests, 2);
  assert.is(document.manifest.name, "mine");
  const trace = await loadTrace(again.out);
  assert.equal(document.manifest, JSON.parse(JSON.stringify(trace.manifest)));
  assert.is(trace.apps[0]?.shape.memoryMiB, 7);
});

test("describe, in words and as JSON", () => {
  const { out } = place();
  prae("import", "canonical", source, "--out", out);
  const words = prae("describe", out);
  assert.is(words.status, 0, words.stderr);
  for (const part of [
    "window     [0, 60005) ms: 1.00 min",
    "users      2, 2 of them with requests",
    "tier       standard: 2 users, 2 requests",
    "top user   u: 1 requests, 50 %",
    "CPU        mean 0.000167 cores; most 1",
    "licence    not stated",
    "file       requests.csv, 52 bytes, SHA-256 ",
  ]) {
    assert.match(words.stdout, part);
  }
  const json = JSON.parse(prae("describe", out, "--json").stdout);
  assert.is(json.requests, 2);
  assert.equal(json.demand.cpuMillis.peak, 1000);
  assert.is(json.manifest.name, "source");
});

test("bad input: exit code 2, issues by file, line and column, nothing written, what was there intact", async () => {
  const bad = join(folder, "bad");
  mkdirSync(bad);
  writeFileSync(join(bad, "requests.csv"), "user_id,app_id,submit_ms,run_ms\nu,a,-1,NaN\n");
  const { parent, out } = place();
  const fresh = prae("import", "canonical", bad, "--out", out);
  assert.is(fresh.status, 2);
  assert.match(fresh.stderr, "prae: input refused, 2 issues:");
  assert.match(fresh.stderr, 'requests.csv:2 submit_ms: expected an integer from 0 to 9007199254740991, found "-1"');
  assert.not.match(fresh.stderr, /\n\s+at /, "no stack trace");
  assert.equal(readdirSync(parent), []);
  prae("import", "canonical", source, "--out", out);
  const before = await loadTrace(out);
  const forced = prae("import", "canonical", bad, "--out", out, "--force", "--json");
  assert.is(forced.status, 2);
  assert.is(JSON.parse(forced.stdout).error.issues[0].path, "submit_ms");
  const refused = prae("import", "canonical", source, "--out", out);
  assert.is(refused.status, 2);
  assert.match(refused.stderr, "add --force");
  assert.equal(await loadTrace(out), before);
  assert.equal(readdirSync(parent), ["trace"]);
});

test("flags that are wrong, or another kind's", () => {
  const { parent, out } = place();
  const cases: readonly (readonly [string[], string])[] = [
    [["canonical", source, "--arrivals", "even"], "--arrivals: expected an option of canonical, found one of another kind"],
    [["azure-functions-2019", source, "--window", "0,1"], "--window: expected an option of azure-functions-2019"],
    [
      ["azure-functions-2019", source, "--arrivals", "odd"],
      '--arrivals: expected even, or uniform:SEED with a whole number as seed, found "odd"',
    ],
    [["azure-functions-2019", source, "--days", "3-1"], '--days: expected a day such as 2, or a range such as 1-3, found "3-1"'],
    [["canonical", source, "--window", "5,5"], "--window: expected START,END"],
    [
      ["canonical", source, "--default", "memory_mib=lots"],
      "--default: expected name=whole number, name one of cpu_millis, memory_mib",
    ],
    [["canonical", source, "--default", "run_ms=1"], "--default: expected name=whole number"],
    [
      ["canonical", source, "--default", "tier=gold"],
      'default tier: expected one of the tiers premium, standard, best-effort, found "gold"',
    ],
    [["canonical", source, "--mapping", "none.yaml"], "none.yaml: expected a mapping file, found nothing there"],
    [["canonical", join(source, "requests.csv")], "expected a folder, found a file"],
    [["canonical", join(source, "nowhere")], "expected a folder, found nothing there"],
    [["excel", source], '"excel"'],
  ];
  for (const [args, expected] of cases) {
    const { status, stderr } = prae("import", ...args, "--out", out);
    assert.is(status, 2, stderr);
    assert.ok(stderr.includes(expected), `${args.join(" ")}: ${stderr}`);
  }
  assert.equal(readdirSync(parent), []);
  assert.match(prae("describe", out).stderr, "expected a trace directory, with manifest.json in it, found nothing there");
});

/** Enough rows that writing takes a while. */
function largeSource(): string {
  const path = join(folder, "large");
  if (existsSync(path)) return path;
  mkdirSync(path);
  const rows = Array.from(
    { length: 300_000 },
    (_, i) => `request-${i},u${(i * 7919) % 1009},a,${(i * 104_729) % 1_299_709},${(i * i) % 8191}`,
  );
  writeFileSync(join(path, "requests.csv"), `request_id,user_id,app_id,submit_ms,run_ms\n${rows.join("\n")}\n`);
  return path;
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

test("interrupted while it writes: exit code 130, nothing half-written, what was there intact", async () => {
  const { parent, out } = place();
  prae("import", "canonical", source, "--out", out);
  const before = await loadTrace(out);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const child = spawn(process.execPath, [PRAE, "import", "canonical", largeSource(), "--out", out, "--force"], {
      stdio: "ignore",
    });
    const exit = exitOf(child);
    while (child.exitCode === null && readdirSync(parent).length === 1) await sleep(2);
    child.kill(signal);
    assert.is(await exit, signal === "SIGINT" ? 130 : 143);
    assert.equal(readdirSync(parent), ["trace"]);
    assert.equal(await loadTrace(out), before);
  }
});

test("killed while it writes: the next import to the same place sweeps what was left", async () => {
  const { parent, out } = place();
  const child = spawn(process.execPath, [PRAE, "import", "canonical", largeSource(), "--out", out], { stdio: "ignore" });
  const exit = exitOf(child);
  while (child.exitCode === null && readdirSync(parent).length === 0) await sleep(2);
  child.kill("SIGKILL");
  await exit;
  assert.is(readdirSync(parent).length, 1);
  assert.not(existsSync(out));
  assert.is(prae("import", "canonical", source, "--out", out).status, 0);
  assert.equal(readdirSync(parent), ["trace"]);
});

const disk = join(folder, "disk");
mkdirSync(disk);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]).status === 0;

skipUnless(mounted, "no right to mount a small file system here")(
  "a full disk: exit code 3, the reason, nothing half-written",
  () => {
    const { status, stderr } = prae("import", "canonical", largeSource(), "--out", join(disk, "trace"));
    assert.is(status, 3, stderr);
    assert.match(stderr, "the disk is full");
    assert.equal(readdirSync(disk), []);
  },
);

test.run();
