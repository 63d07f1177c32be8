import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Leadership, Superseded } from "../../../allocator/live/leadership.ts";
import { LiveError } from "../../../allocator/live/live-error.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-leaders-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));
let folders = 0;
const newFolder = () => join(folder, String(folders++));

const acquire = (at: string, standby = false, waits: unknown[] = []) =>
  Leadership.acquire({ folder: at, standby, onWait: (holder) => waits.push(holder) });

const left = (at: string, epoch: number, text: string) => {
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, String(epoch).padStart(10, "0")), text);
};

test("one leads; when it is released the next one has a higher epoch", async () => {
  const at = newFolder();
  const first = await acquire(at);
  assert.equal([first.epoch, first.isClean], [1, true]);
  first.check();
  try {
    await acquire(at);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, LiveError);
    assert.match((error as Error).message, new RegExp(`found process ${process.pid} on ${hostname()}`));
  }
  first.release();
  const second = await acquire(at);
  assert.equal([second.epoch, second.isClean], [2, true]);
  assert.throws(
    () => first.check(),
    (error: unknown) => error instanceof Superseded,
  );
  second.release();
});

test("who waits takes over at once when the leader is released", async () => {
  const at = newFolder();
  const first = await acquire(at);
  const waits: unknown[] = [];
  const waiting = acquire(at, true, waits);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.is(waits.length, 1);
  first.release();
  const second = await waiting;
  assert.equal([second.epoch, second.isClean], [2, true]);
  second.release();
});

test("a process that is no more leads no longer: it is not waited for, whatever it left", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  for (const start of ["1", null]) {
    const at = newFolder();
    left(at, 7, JSON.stringify({ host: hostname(), pid: child.pid, start }));
    const next = await acquire(at);
    assert.equal([next.epoch, next.isClean], [8, true]);
    next.release();
  }
  const reused = newFolder();
  left(reused, 1, JSON.stringify({ host: hostname(), pid: process.pid, start: "1" }));
  (await acquire(reused)).release();
});

test("of two that wait, one leads", async () => {
  const at = newFolder();
  const first = await acquire(at);
  let led = 0;
  const take = async () => {
    const mine = await acquire(at, true);
    led += 1;
    return mine;
  };
  const waiting = [take(), take()];
  first.release();
  const second = await Promise.race(waiting);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.is(led, 1);
  second.release();
  const third = (await Promise.all(waiting)).find(({ epoch }) => epoch === 3);
  assert.is(led, 2);
  third?.release();
  assert.ok(readdirSync(at).length <= 3);
});

test("one on another host, silent for long, is taken for gone; but it may still write", async () => {
  const at = newFolder();
  left(at, 1, JSON.stringify({ host: "elsewhere", pid: 1, start: null }));
  const next = await acquire(at, true);
  assert.equal([next.epoch, next.isClean], [2, false]);
  next.release();
});

test.run();
