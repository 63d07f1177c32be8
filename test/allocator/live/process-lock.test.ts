import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lockProcess } from "../../../allocator/live/process-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-lock-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "lock");

test("a lock is had by one, and given back", () => {
  const unlock = lockProcess(path);
  assert.throws(() => lockProcess(path), new RegExp(`found process ${process.pid}`));
  unlock();
  assert.is(existsSync(path), false);
});

test("what a process that is no more left is taken over, and what was never a lock", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  for (const left of [`${child.pid} 1`, `${child.pid} `, "", "no process"]) {
    writeFileSync(path, left);
    lockProcess(path)();
  }
});

test("a running process keeps it, unless its number has been given to another since", () => {
  const unlock = lockProcess(path);
  const mine = readFileSync(path, "utf8");
  unlock();
  writeFileSync(path, mine.replace(/ \d+$/, " 1"));
  if (/ \d+$/.test(mine)) lockProcess(path)();
  writeFileSync(path, "1 ");
  assert.throws(() => lockProcess(path), /found process 1/);
});

test.run();
