import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import yargs from "yargs";
import { writeTrace } from "../../../datasets/store.ts";
import { synthesize } from "../../../datasets/synthetic/synthesize.ts";
import { command as compare } from "../../../sim/cli/compare.ts";
import { command as report } from "../../../sim/cli/report.ts";

interface Document {
  readonly runs: readonly {
    readonly id: string;
    readonly metrics: Record<string, unknown>;
    readonly intervals: Record<string, [number, number]> | null;
    readonly differences: { readonly best: object | null; readonly reactive: object | null } | null;
  }[];
  readonly intervalMethod: object | null;
}

const test = suite<{ folder: string }>("cli/intervals");
test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "prae-intervals-"));
});
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** The JSON document that a verb prints. */
async function documentOf(...args: string[]): Promise<Document> {
  const write = process.stdout.write;
  let printed = "";
  process.stdout.write = ((text: string) => {
    printed += text;
    return true;
  }) as typeof process.stdout.write;
  try {
    await yargs([...args, "--json"])
      .command(compare)
      .command(report)
      .exitProcess(false)
      .fail(false)
      .parseAsync();
  } finally {
    process.stdout.write = write;
  }
  return JSON.parse(printed) as Document;
}

test("compare gives an interval beside each metric; report makes the same ones again from the files", async ({ folder }) => {
  const trace = join(folder, "trace");
  await writeTrace(synthesize({ seed: 1, users: 12, days: 2 }), trace, { replace: false });
  const runs = join(folder, "runs");
  const compared = await documentOf("compare", "--trace", trace, "--policies", "keep-alive,reactive,clairvoyant", "--runs", runs);
  assert.is(compared.runs.length, 3);
  for (const run of compared.runs) {
    for (const name of ["cost", "cold_fraction", "sla_violation_fraction", "start_latency_ms_mean", "gap_closed"]) {
      const [low, high] = run.intervals![name]!;
      assert.type(run.metrics[name], "number");
      assert.ok(low <= high, name);
    }
  }
  const records = readdirSync(runs).filter((name) => name.endsWith(".json"));
  const order = compared.runs.map(({ id }) => records.find((name) => name.startsWith(id))!);
  const out = join(folder, "report.html");
  const again = await documentOf("report", ...order.map((name) => join(runs, name)), "--out", out);
  assert.equal(again.runs, compared.runs);
  assert.equal(again.intervalMethod, compared.intervalMethod);

  rmSync(join(runs, order[1]!.replace(".json", ".cells.gz")));
  const without = await documentOf("report", ...order.map((name) => join(runs, name)), "--out", out, "--force");
  assert.is(without.intervalMethod, null);
  assert.is(without.runs[0]!.intervals, null);
});

test.run();
