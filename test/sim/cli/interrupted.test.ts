import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { contents, done, type Exit, json, prae, start, testFolder, writeTables } from "../../support/prae.ts";
import { skipUnless } from "../../support/skip.ts";

/** What happens to the output when a run is interrupted, killed, has no room, or nobody reads what it says. */
const folder = testFolder("interrupted");
const at = (...names: string[]) => join(folder, ...names);
const disk = at("disk");
mkdirSync(disk);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", disk]).status === 0;
if (mounted) process.prependListener("exit", () => void spawnSync("umount", [disk]));

const small = at("small");
done(["import", "canonical", writeTables(at("tables")), "--out", small]);
const large = at("large");
done(["synth", "--users", "60", "--days", "10", "--out", large]);

const temporaries = (place: string) => readdirSync(dirname(place)).filter((name) => name.includes(".tmp-"));

/** A place in a folder of its own. */
function place(name: string): string {
  mkdirSync(at(name));
  return at(name, "out");
}

const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

for (const [signal, status] of SIGNALS) {
  test(`${signal} while simulate writes: exit code ${status}, the earlier run intact, nothing temporary`, async () => {
    const out = place(`simulate-${signal}`);
    done(["simulate", "--trace", small, "--policy", "keep-alive", "--out", out]);
    const before = contents(dirname(out));
    const { child, exit } = start(["simulate", "--trace", large, "--policy", "clairvoyant", "--out", out, "--force"]);
    while (child.exitCode === null && temporaries(out).length === 0) await sleep(1);
    await sleep(20);
    child.kill(signal);
    const { status: code, stdout, stderr } = await exit;
    assert.is(code, status, stderr);
    assert.is(stdout, "");
    // On a busy machine its progress comes first.
    assert.match(stderr, /^(replaying .*\n)*\nprae: interrupted; nothing half-written was left\n$/);
    assert.equal(contents(dirname(out)), before);
  });

  test(`${signal} while compare replays: no report, no records`, async () => {
    const out = place(`compare-${signal}`);
    const policies = "keep-alive,reactive,clairvoyant";
    const command = ["compare", "--trace", large, "--policies", policies, "--out", out, "--runs", `${out}s`];
    let ended: Exit | null = null;
    // On a busy machine it may not have begun to listen yet: then it ends without a status, and is asked again, later.
    for (let afterMs = 300; ended === null || ended.signal !== null; afterMs *= 2) {
      const { child, exit } = start(command);
      await sleep(afterMs);
      child.kill(signal);
      ended = await exit;
    }
    assert.is(ended.status, status);
    assert.equal(contents(dirname(out)), {});
  });

  test(`${signal} in a quickstart: the earlier one intact`, async () => {
    const out = place(`quickstart-${signal}`);
    mkdirSync(join(out, "trace"), { recursive: true });
    writeFileSync(join(out, "report.html"), "earlier");
    const before = contents(dirname(out));
    const { child, exit } = start(["quickstart", "--out", out, "--json"]);
    let stderr = "";
    child.stderr?.on("data", (text: Buffer) => {
      stderr += text;
    });
    while (child.exitCode === null && !stderr.includes("Replaying")) await sleep(5);
    child.kill(signal);
    const ended = await exit;
    assert.is(ended.status, status, ended.stderr);
    assert.is(ended.stdout, "");
    assert.equal(contents(dirname(out)), before);
  });
}

test("killed while it writes: at most a temporary is left, which the next run to the same place sweeps", async () => {
  const out = place("killed");
  done(["simulate", "--trace", small, "--policy", "keep-alive", "--out", out]);
  const before = contents(out);
  const { child, exit } = start(["simulate", "--trace", large, "--policy", "clairvoyant", "--out", out, "--force"]);
  while (child.exitCode === null && temporaries(out).length === 0) await sleep(1);
  child.kill("SIGKILL");
  assert.is((await exit).signal, "SIGKILL");
  assert.is(temporaries(out).length, 1);
  assert.equal(contents(out), before);
  done(["simulate", "--trace", small, "--policy", "reactive", "--out", out, "--force"]);
  assert.equal(readdirSync(dirname(out)), ["out"]);
  assert.equal(json(["journal", "replay", out]).same, true);
});

/** Refused by the world: exit code 3, one plain sentence, and the same as a document. */
function worldRefuses(args: readonly string[], code: string): void {
  const { status, stdout, stderr } = prae([...args, "--json"]);
  assert.is(status, 3, `${args.join(" ")}: ${stderr}`);
  const { error } = JSON.parse(stdout);
  assert.is(error.kind, "world_refused");
  assert.is(error.code, code);
  assert.match(stderr, `${error.advice} (${code}). Nothing half-written was left.\n`);
  assert.not.match(stderr, /^\s+at /m);
}

skipUnless(mounted, "no right to mount a small file system here")(
  "a full disk: exit code 3, nothing left, what was there intact",
  () => {
    done(["simulate", "--trace", small, "--policy", "keep-alive", "--out", join(disk, "run")]);
    const before = contents(disk);
    const compare = ["compare", "--trace", large, "--policies", "keep-alive,reactive"];
    worldRefuses(["simulate", "--trace", large, "--policy", "clairvoyant", "--out", join(disk, "run"), "--force"], "ENOSPC");
    worldRefuses([...compare, "--out", join(disk, "report.html")], "ENOSPC");
    worldRefuses([...compare, "--runs", join(disk, "records")], "ENOSPC");
    worldRefuses(["report", join(disk, "run"), "--out", join(disk, "report.html")], "ENOSPC");
    worldRefuses(["synth", "--users", "60", "--days", "28", "--out", join(disk, "trace")], "ENOSPC");
    assert.equal(contents(disk), before);
  },
);

test("a place below a file: refused before the work", () => {
  const file = at("file");
  writeFileSync(file, "mine");
  const out = join(file, "deep", "out");
  const before = contents(folder);
  for (const args of [
    ["synth", "--out", out],
    ["import", "canonical", at("tables"), "--out", out],
    ["simulate", "--trace", small, "--policy", "reactive", "--out", out],
    ["compare", "--trace", small, "--policies", "reactive", "--out", out],
    ["compare", "--trace", small, "--policies", "reactive", "--runs", join(file, "out")],
    ["report", at("killed", "out"), "--out", out],
    ["quickstart", "--out", out],
  ]) {
    worldRefuses(args, "ENOTDIR");
  }
  assert.not.match(prae(["quickstart", "--out", out]).stderr, "Generating");
  assert.equal(contents(folder), before);
});

const program = resolve("dist/sim/cli/main.js");

skipUnless(existsSync("/dev/full"), "no /dev/full here")("stdout into a full disk: exit code 3 and the reason", () => {
  for (const args of [["describe", small], ["describe", small, "--json"], ["journal", "cat", at("killed", "out")], ["--help"]]) {
    const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
      encoding: "utf8",
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
    });
    assert.is(status, 3, args.join(" "));
    assert.is(stderr, "prae: the disk is full; free space or choose another place (ENOSPC). Nothing half-written was left.\n");
  }
});

test("a reader that closes early is no failure, wherever the words go", () => {
  const shell = (command: string) =>
    spawnSync("bash", ["-c", `set -o pipefail; ${command}`, process.execPath, program, at("killed", "out"), at("unread")], {
      encoding: "utf8",
    });
  const head = shell('"$0" "$1" journal cat "$2" | head -1');
  assert.equal([head.status, head.stderr], [0, ""]);
  assert.match(head.stdout, /^0d 00:00:00\.000 {2}#0 tier_defined .*\n$/);
  const jsonHead = shell('"$0" "$1" journal cat "$2" --json | head -2');
  assert.equal([jsonHead.status, jsonHead.stderr], [0, ""]);
  const unread = shell('"$0" "$1" synth --users 2 --days 1 --out "$3" 2>&1 >/dev/null | true');
  assert.is(unread.status, 0);
  assert.is(JSON.parse(readFileSync(at("unread", "manifest.json"), "utf8")).synthetic, true);
});

test.run();
