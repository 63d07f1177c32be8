import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeTrace } from "../../../datasets/store.ts";
import { json, prae, refusal, start, testFolder } from "../../support/prae.ts";
import { workingDays } from "../../support/usage-trace.ts";

const folder = testFolder("resume");
const trace = join(folder, "trace");

await writeTrace(workingDays(), trace, { replace: false });

const COMMON = ["train", "--trace", trace, "--step", "1h", "--horizon", "2h", "--look-back", "24h"];
const LINEAR = [...COMMON, "--model", "nlinear", "--epochs", "3"];
const files = (registry: string) =>
  readdirSync(registry, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.includes(".tmp-"))
    .sort();

/** Starts the training and gives it back when the first epoch is over. */
async function begun(registry: string, args = LINEAR) {
  const run = start([...args, "--registry", registry, "--json"]);
  let said = "";
  while (!said.includes("epoch 1 of")) said += String((await once(run.child.stderr!, "data"))[0]);
  return run;
}

const uninterrupted: string = json([...LINEAR, "--registry", join(folder, "whole")]).id;

test("Ctrl-C keeps the last step; the same command goes on and ends with the same bits", async () => {
  const registry = join(folder, "interrupted");
  const { child, exit } = await begun(registry);
  child.kill("SIGINT");
  const ended = await exit;
  assert.is(ended.status, 130, ended.stderr);
  assert.match(ended.stderr, /interrupted, stopped after \d+ steps; the same command goes on from here/);
  assert.is(JSON.parse(ended.stdout).error.kind, "interrupted");
  assert.is(files(registry).length, 2, "a checkpoint in its folder, no model");
  const { stdout, stderr } = prae([...LINEAR, "--registry", registry, "--json"]);
  assert.match(stderr, /^going on after step \d+, in epoch 2$/m);
  assert.is(JSON.parse(stdout).id, uninterrupted);
  assert.equal(files(registry), [`${uninterrupted}.prae-model`, "checkpoints"].sort());
});

test("SIGKILL, twice: nothing half-written, and the same bits in the end", async () => {
  const registry = join(folder, "killed");
  for (const _ of [1, 2]) {
    const run = start([...LINEAR, "--registry", registry]);
    let said = "";
    while (!/epoch \d of|going on/.test(said)) said += String((await once(run.child.stderr!, "data"))[0]);
    run.child.kill("SIGKILL");
    await run.exit;
  }
  assert.is(json([...LINEAR, "--registry", registry]).id, uninterrupted);
  assert.equal(files(registry), [`${uninterrupted}.prae-model`, "checkpoints"].sort());
});

test("another seed is another training, with a checkpoint of its own", async () => {
  const registry = join(folder, "seeds");
  const { child, exit } = await begun(registry);
  child.kill("SIGINT");
  await exit;
  const { stderr } = prae([...COMMON, "--model", "nlinear", "--epochs", "1", "--seed", "2", "--registry", registry]);
  assert.not.match(stderr, "going on");
  assert.is(files(join(registry, "checkpoints")).length, 1);
});

test("a damaged checkpoint is refused with what to do", async () => {
  const registry = join(folder, "damaged");
  const { child, exit } = await begun(registry);
  child.kill("SIGKILL");
  await exit;
  const path = join(registry, "checkpoints", files(join(registry, "checkpoints")).find((name) => !name.startsWith("."))!);
  const bytes = readFileSync(path);
  bytes[bytes.length - 100]! ^= 4;
  writeFileSync(path, bytes);
  const [issue] = refusal([...LINEAR, "--registry", registry]);
  assert.is(issue!.where, path);
  assert.match(issue!.found, "the file is damaged");
  assert.is(issue!.hint, "delete it: the training then begins anew");
  assert.ok(existsSync(path));
});

test.run();
