import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import yargs from "yargs";
import { loadMapping } from "../../../datasets/canonical/mapping.ts";
import { PUBLIC_TRACES } from "../../../datasets/catalogue.ts";
import { InputError } from "../../../datasets/issues.ts";
import { loadTrace } from "../../../datasets/store.ts";
import { loadSeriesMapping } from "../../../datasets/timeseries/series-mapping.ts";
import { command as datasets } from "../../../sim/cli/datasets.ts";
import { command as importTrace } from "../../../sim/cli/import.ts";
import { IMPORTERS } from "../../../sim/cli/importers.ts";

const test = suite<{ folder: string }>("cli/datasets");

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "prae-datasets-"));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** Runs a verb and gives what it printed on stdout. */
async function prae(...args: string[]): Promise<string> {
  const write = process.stdout.write;
  let printed = "";
  process.stdout.write = ((text: string) => {
    printed += text;
    return true;
  }) as typeof process.stdout.write;
  try {
    await yargs(args).command(datasets).command(importTrace).exitProcess(false).fail(false).parseAsync();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

async function refusal(...args: string[]): Promise<string> {
  try {
    await prae(...args);
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    return (error as InputError).message;
  }
  return "nothing was refused";
}

test("the table names every trace, one of them in full, and JSON says all", async () => {
  const table = await prae("datasets");
  for (const { name, what, homePage, license } of Object.values(PUBLIC_TRACES)) {
    for (const text of [name, what, homePage, license]) assert.ok(table.includes(text), text);
  }
  const one = await prae("datasets", "bitbrains");
  for (const text of Object.values(PUBLIC_TRACES.bitbrains)) assert.ok(one.includes(text), text);
  assert.not.ok(one.includes("google"));
  assert.equal(JSON.parse(await prae("datasets", "--json")), { datasets: Object.values(PUBLIC_TRACES) });
  assert.equal(JSON.parse(await prae("datasets", "swf", "--json")), { datasets: [PUBLIC_TRACES.swf] });
  assert.match(await refusal("datasets", "nothing"), /one of azure-functions-2019, google-2011/);
});

test("the commands that it prints name importers and mappings that are there", async () => {
  for (const { name, importWith } of Object.values(PUBLIC_TRACES)) {
    const [, , kind = ""] = importWith.split(" ");
    assert.ok(Object.hasOwn(IMPORTERS, kind), `${name}: ${importWith}`);
    const mapping = /--mapping (\S+)/.exec(importWith)?.[1];
    if (mapping !== undefined) await (kind === "canonical" ? loadMapping : loadSeriesMapping)(mapping);
  }
});

test("importing through the verb: a log, with a default", async ({ folder }) => {
  const log = join(folder, "log.swf");
  writeFileSync(log, `1 0 -1 10 2 -1 -1 2 -1 -1 1 1 1 3 -1 -1 -1 -1\n`);
  const out = join(folder, "trace");
  const printed = JSON.parse(await prae("import", "swf", log, "--out", out, "--default", "cold_start_ms=7", "--json"));
  assert.is(printed.requests, 1);
  const trace = await loadTrace(out);
  assert.is(trace.apps[0]?.coldStartMs, 7);
  assert.is(trace.manifest.name, "log");
  assert.equal(trace.manifest.source.options, { "default coldStartMs": 7 });
});

test("an option of another kind is refused, and a mapping is asked for", async ({ folder }) => {
  const out = join(folder, "trace");
  assert.match(await refusal("import", "swf", "log.swf", "--out", out, "--days", "1"), /--days: expected an option of swf/);
  assert.match(
    await refusal("import", "bitbrains", folder, "--out", out, "--mapping", "x.yaml"),
    /--mapping: expected an option/,
  );
  assert.match(await refusal("import", "swf", "log.swf", "--out", out, "--default", "run_ms=1"), /--default/);
  assert.match(
    await refusal("import", "timeseries", "x.csv", "--out", out),
    /--mapping: expected a YAML file, builtin:servegen or builtin:servegen-requests/,
  );
  assert.match(await refusal("import", "swf", join(folder, "none.swf"), "--out", out), /nothing there/);
});

test.run();
