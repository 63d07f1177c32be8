import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { removeTemporaries, writeAtomically } from "../../datasets/atomic.ts";
import { folderOf, refusal } from "../support/input-files.ts";
import { skipUnless } from "../support/skip.ts";

const write = (text: string) => async (temporary: string) => writeFileSync(temporary, text);

test("a file appears whole, in folders made for it", async () => {
  const path = join(folderOf({}), "a/b/file");
  await writeAtomically(path, { replace: false }, write("one"));
  assert.is(readFileSync(path, "utf8"), "one");
  assert.match((await refusal(() => writeAtomically(path, { replace: false }, write("two"))))[0], "--force");
  assert.is(readFileSync(path, "utf8"), "one");
  await writeAtomically(path, { replace: true }, write("two"));
  assert.is(readFileSync(path, "utf8"), "two");
  assert.equal(readdirSync(join(path, "..")), ["file"]);
});

test("a folder replaces a folder; a failure leaves the old one and nothing else", async () => {
  const parent = folderOf({});
  const path = join(parent, "folder");
  const fill = (name: string) => async (temporary: string) => {
    mkdirSync(temporary);
    writeFileSync(join(temporary, name), "");
  };
  await writeAtomically(path, { replace: false }, fill("one"));
  await writeAtomically(path, { replace: true }, fill("two"));
  assert.equal(readdirSync(path), ["two"]);
  let failed = false;
  await writeAtomically(path, { replace: true }, async (temporary) => {
    await fill("three")(temporary);
    throw new Error("half way");
  }).catch(() => {
    failed = true;
  });
  assert.ok(failed);
  assert.equal(readdirSync(path), ["two"]);
  assert.equal(readdirSync(parent), ["folder"]);
});

test("removeTemporaries removes what is being written", async () => {
  const parent = folderOf({});
  await writeAtomically(join(parent, "folder"), { replace: false }, async (temporary) => {
    mkdirSync(temporary);
    assert.is(readdirSync(parent).length, 1);
    removeTemporaries();
    assert.equal(readdirSync(parent), []);
  }).catch(() => {});
});

/** The id of a process that is over. */
const deadPid = spawnSync(process.execPath, ["--version"]).pid;

test("what a killed process left is swept; what it had put aside comes back", async () => {
  const left = `.file.tmp-${deadPid}-abcdef`;
  const parent = folderOf({
    [left]: "half",
    [`.file.tmp-${process.ppid}-abcdef`]: "another's, still running",
    ".file.tmp-notes": "yours",
  });
  writeFileSync(join(parent, `${left}-old`), "earlier result");
  const path = join(parent, "file");
  assert.match((await refusal(() => writeAtomically(path, { replace: false }, write("new"))))[0], "--force");
  assert.is(readFileSync(path, "utf8"), "earlier result");
  await writeAtomically(path, { replace: true }, write("new"));
  assert.equal(readdirSync(parent).sort(), [`.file.tmp-${process.ppid}-abcdef`, ".file.tmp-notes", "file"].sort());
});

skipUnless(existsSync("/proc/self"), "no /proc here")("a place where no folder can be made is refused", async () => {
  assert.match(
    (await refusal(() => writeAtomically("/proc/prae/x/y", { replace: false }, write(""))))[0],
    "where folders can be made",
  );
});

test.run();
