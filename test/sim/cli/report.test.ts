import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import yargs from "yargs";
import { InputError } from "../../../datasets/issues.ts";
import { digestOfUsers, encodeUsers } from "../../../reports/users/series-file.ts";
import { commandLine } from "../../../sim/cli/command-line.ts";
import { command } from "../../../sim/cli/report.ts";
import { exampleRuns } from "../../support/run-records.ts";
import { seriesOf } from "../../support/user-series.ts";

const test = suite<{ folder: string; records: string[] }>("cli/report");

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "prae-report-"));
  context.records = exampleRuns().map((run) => {
    const path = join(context.folder, `${run.id}.json`);
    writeFileSync(path, JSON.stringify(run));
    return path;
  });
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** Runs the verb and gives what it printed on stdout. */
async function report(...args: string[]): Promise<string> {
  const write = process.stdout.write;
  let printed = "";
  process.stdout.write = ((text: string) => {
    printed += text;
    return true;
  }) as typeof process.stdout.write;
  try {
    await yargs(["report", ...args])
      .command(command)
      .exitProcess(false)
      .fail(false)
      .parseAsync();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

async function refusal(...args: string[]): Promise<InputError> {
  try {
    await report(...args);
  } catch (error) {
    assert.instance(error, InputError);
    return error as InputError;
  }
  throw new Error("it was accepted");
}

test("writes the page of the records, with the command that makes it again", async ({ folder, records }) => {
  const out = join(folder, "a report.html");
  assert.match(await report(...records, "--out", out), "has the lowest cost of 3 policies");
  const page = readFileSync(out, "utf8");
  for (const run of exampleRuns()) assert.match(page, run.journal.digest);
  assert.match(page, `--out &#39;${out}&#39;</pre>`);
});

test("users whose series lie beside the records are shown; without those of every record none are", async ({ folder }) => {
  const series = seriesOf({ users: 3, bins: 336, fromMs: 14 * 86_400_000, value: (user, _, bin) => user + bin });
  const users = { digest: digestOfUsers(series), binMs: series.binMs, bins: series.bins };
  const runs = exampleRuns().map((run, index) => {
    const own = join(folder, `run-${index}`);
    mkdirSync(own);
    writeFileSync(join(own, "run.json"), JSON.stringify({ ...run, users }));
    writeFileSync(join(own, "run.users.gz"), encodeUsers(series));
    return own;
  });
  const out = join(folder, "report.html");
  await report(...runs, "--out", out);
  assert.match(readFileSync(out, "utf8"), '<section id="users"');
  writeFileSync(join(runs[1]!, "run.users.gz"), "something else");
  assert.match((await refusal(...runs, "--out", out, "--force")).message, "run.users.gz");
  rmSync(join(runs[1]!, "run.users.gz"));
  await report(...runs, "--out", out, "--force");
  assert.not.match(readFileSync(out, "utf8"), '<section id="users"');
});

test("--json prints one document, of the same shape as compare", async ({ folder, records }) => {
  const out = join(folder, "report.html");
  const document = JSON.parse(await report(...records, "--out", out, "--json"));
  assert.is(document.report, out);
  assert.is(document.runs.length, 4);
  assert.is(document.runs[0].metrics.gap_closed, 0);
  assert.is(document.trace.digest, exampleRuns()[0]!.trace.digest);
});

test("a file that is there stays unless --force", async ({ folder, records }) => {
  const out = join(folder, "report.html");
  writeFileSync(out, "mine");
  assert.match((await refusal(...records, "--out", out)).message, "add --force");
  assert.is(readFileSync(out, "utf8"), "mine");
  await report(...records, "--out", out, "--force");
  assert.match(readFileSync(out, "utf8"), "<!doctype html>");
});

test("every record that cannot be read is named, and nothing is written", async ({ folder, records }) => {
  const broken = join(folder, "broken.json");
  writeFileSync(broken, "{");
  const out = join(folder, "report.html");
  const { issues } = await refusal(records[0]!, broken, folder, join(folder, "absent.json"), "--out", out);
  assert.equal(
    issues.map(({ where }) => where),
    [broken, folder, join(folder, "absent.json")],
  );
  assert.not.ok(existsSync(out));
});

test("records that cannot be compared are refused", async ({ folder, records }) => {
  const [first] = exampleRuns();
  writeFileSync(records[1]!, JSON.stringify({ ...first, id: "other", window: { fromMs: 0, toMs: 1 } }));
  assert.match((await refusal(...records, "--out", join(folder, "report.html"))).message, "window");
});

test("a command is quoted as a shell needs it", () => {
  assert.is(
    commandLine(["prae", "compare", "--policies", "keep-alive:ttl=10m,a", "it's", ""]),
    "prae compare --policies keep-alive:ttl=10m,a 'it'\\''s' ''",
  );
});

test.run();
