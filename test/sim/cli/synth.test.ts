import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import yargs from "yargs";
import { InputError } from "../../../datasets/issues.ts";
import { loadTrace } from "../../../datasets/store.ts";
import { synthesize } from "../../../datasets/synthetic/synthesize.ts";
import { command } from "../../../sim/cli/synth.ts";

const test = suite<{ folder: string }>("cli/synth");

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "prae-synth-"));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** Runs the verb and gives what it printed on stdout. */
async function synth(...args: string[]): Promise<string> {
  const write = process.stdout.write;
  let printed = "";
  process.stdout.write = ((text: string) => {
    printed += text;
    return true;
  }) as typeof process.stdout.write;
  try {
    await yargs(["synth", ...args])
      .command(command)
      .exitProcess(false)
      .fail(false)
      .parseAsync();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

test("writes the trace that the options name, and sums it up as one JSON document", async ({ folder }) => {
  const out = join(folder, "trace");
  const summary = JSON.parse(await synth("--out", out, "--users", "6", "--days", "2", "--seed", "9", "--json"));
  const expected = synthesize({ users: 6, days: 2, seed: 9 });
  assert.is(summary.digest, expected.manifest.digest);
  assert.is(summary.requests, expected.requests.count);
  assert.is(summary.nodes, expected.nodes!.length);
  assert.is(summary.synthetic, true);
  assert.equal((await loadTrace(out)).manifest, expected.manifest);
});

test("--no-nodes leaves capacity open; a directory that is there is kept unless --force", async ({ folder }) => {
  const out = join(folder, "trace");
  assert.match(await synth("--out", out, "--users", "3", "--days", "1", "--no-nodes"), /no nodes: unlimited capacity/);
  assert.is((await loadTrace(out)).nodes, null);
  const { digest } = (await loadTrace(out)).manifest;
  await refused("--out", out, "--users", "3", "--days", "1");
  assert.is((await loadTrace(out)).manifest.digest, digest);
  await synth("--out", out, "--users", "3", "--days", "1", "--force");
  assert.is.not((await loadTrace(out)).manifest.digest, digest);
});

test("bad options are issues, and nothing is written", async ({ folder }) => {
  const error = await refused("--out", join(folder, "trace"), "--users", "many", "--days", "1.5");
  assert.equal(
    error.issues.map(({ where, found }) => [where, found]),
    [
      ["--users", "NaN"],
      ["--days", "1.5"],
    ],
  );
  assert.equal(readdirSync(folder), []);
});

async function refused(...args: string[]): Promise<InputError> {
  try {
    await synth(...args);
  } catch (error) {
    assert.instance(error, InputError);
    return error as InputError;
  }
  throw new Error("expected a refusal");
}

test.run();
