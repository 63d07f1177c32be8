import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import yargs from "yargs";
import { InputError } from "../../../datasets/issues.ts";
import { LEVELS_PPM } from "../../../models/forecaster.ts";
import { Registry } from "../../../models/registry/registry.ts";
import { command } from "../../../sim/cli/backtest.ts";
import { SMALL_CARD, SMALL_MODEL } from "../../support/trained-model.ts";

const test = suite<{ folder: string; csv: string }>("cli/backtest");

/** Two columns by the hour, with a season of a day and a little noise. */
function table(rows: number): string {
  const line = (t: number) => {
    const at = new Date(Date.UTC(2024, 0, 1) + t * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
    return `${at},${100 + 50 * ((t % 24) / 24) + ((t * 7919) % 13)},${(t % 24 < 8 ? 30 : 5) + ((t * 31) % 7)}`;
  };
  return `date,a,b\n${Array.from({ length: rows }, (_, t) => line(t)).join("\n")}\n`;
}

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "prae-backtest-"));
  context.csv = join(context.folder, "table.csv");
  writeFileSync(context.csv, table(600));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** Runs the verb and gives what it printed on stdout. */
async function backtest(...args: string[]): Promise<string> {
  const write = process.stdout.write;
  let printed = "";
  process.stdout.write = ((text: string) => {
    printed += text;
    return true;
  }) as typeof process.stdout.write;
  try {
    await yargs(["backtest", ...args])
      .command(command)
      .exitProcess(false)
      .fail(false)
      .parseAsync();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

async function issuesOf(...args: string[]): Promise<string[]> {
  try {
    await backtest(...args);
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).issues.map(({ where, path }) => [where, path].filter((part) => part).join(" "));
  }
  return [];
}

test("prints one JSON document with the metrics of each model, references among them", async ({ csv }) => {
  const document = JSON.parse(await backtest("--csv", csv, "--models", "naive", "--horizon", "24", "--origins", "5", "--json"));
  assert.equal(
    document.models.map(({ name }: { name: string }) => name),
    ["seasonal-naive", "best-classical", "naive"],
  );
  for (const { metrics } of document.models) {
    for (const name of ["mse", "mae", "mase", "wql", "sql", "coverage80"]) assert.type(metrics[name], "number", name);
  }
  assert.equal([document.horizonSteps, document.origins.length, document.series], [24, 5, 2]);
  assert.match(document.source.digest, /^[0-9a-f]{64}$/);
  assert.is(document.backend, null);
  assert.is(document.page, null);
});

test("a horizon as a duration is the same as in steps, and the same seed gives the same scores", async ({ csv }) => {
  const run = async (horizon: string) => {
    const document = JSON.parse(await backtest("--csv", csv, "--models", "theta", "--horizon", horizon, "--json"));
    return document.models.map(({ metrics, intervals }: Record<string, unknown>) => ({ metrics, intervals }));
  };
  assert.equal(await run("12h"), await run("12"));
});

test("leaves a page and the numbers, and replaces them only when told to", async ({ csv, folder }) => {
  const out = join(folder, "out");
  const args = ["--csv", csv, "--models", "naive", "--horizon", "12", "--out", out];
  const words = await backtest(...args);
  assert.match(words, /naive +\d/);
  assert.match(readFileSync(join(out, "report.html"), "utf8"), /<!doctype html>/);
  assert.is(JSON.parse(readFileSync(join(out, "backtest.json"), "utf8")).models.length, 3);
  assert.equal(await issuesOf(...args), [out]);
  await backtest(...args, "--force");
  writeFileSync(join(out, "mine.txt"), "x");
  assert.equal(await issuesOf(...args, "--force"), [out]);
  assert.ok(existsSync(join(out, "mine.txt")));
});

test("what is wrong is said at once, before any data is read", async ({ folder }) => {
  const missing = join(folder, "missing");
  assert.equal(
    await issuesOf(
      "--trace",
      missing,
      "--origins",
      "3",
      "--horizon",
      "soon",
      "--step",
      "0",
      "--without",
      "luck",
      "--protocol",
      "ett",
    ),
    ["--protocol", "--step", "--origins", "--without", "--horizon"],
  );
  assert.equal(await issuesOf(), ["prae backtest --trace"]);
});

test("models that are not, that are for another target, and ids that nobody has", async ({ csv, folder }) => {
  const registry = join(folder, "registry");
  assert.equal(await issuesOf("--csv", csv, "--models", "naive,nave,idle-hazard", "--horizon", "12", "--registry", registry), [
    "--models",
    "--models",
  ]);
  assert.equal(await issuesOf("--csv", csv, "--models", "abcdef123456", "--horizon", "12", "--registry", registry), ["--models"]);
});

test("a trained model that is for other steps, or that saw the test", async ({ csv, folder }) => {
  const registry = new Registry(join(folder, "registry"));
  const args = ["--csv", csv, "--horizon", "12", "--registry", registry.folder, "--models"];
  const unfit = await registry.put(SMALL_MODEL, SMALL_CARD);
  const name = `nlinear ${unfit.slice(0, 12)}`;
  // Steps, horizon and levels.
  assert.equal(await issuesOf(...args, unfit.slice(0, 8)), new Array(3).fill(`--models ${name}`));
  const digest = createHash("sha256").update(readFileSync(csv)).digest("hex");
  const seen = {
    ...SMALL_CARD,
    data: { ...SMALL_CARD.data, digest },
    split: { trainEndMs: 0, validationEndMs: 599 * 3_600_000 },
  };
  const sighted = await registry.put({ ...SMALL_MODEL, stepMs: 3_600_000, horizon: 12, levelsPpm: LEVELS_PPM }, seen);
  assert.equal(await issuesOf(...args, sighted), [`--models nlinear ${sighted.slice(0, 12)}`]);
});

test("a model that fails is in the document with its fault, and the exit code is 4", async ({ csv, folder }) => {
  const registry = new Registry(join(folder, "registry"));
  // Its weights are those of nothing.
  const broken = await registry.put({ ...SMALL_MODEL, stepMs: 3_600_000, horizon: 12, levelsPpm: LEVELS_PPM }, SMALL_CARD);
  const text = await backtest("--csv", csv, "--horizon", "12", "--models", broken, "--registry", registry.folder, "--json");
  const { exitCode } = process;
  process.exitCode = 0;
  assert.is(exitCode, 4);
  const [simple, classical, failed] = JSON.parse(text).models;
  assert.equal([simple.fault, classical.fault], [null, null]);
  assert.type(failed.fault, "string");
  assert.equal(failed.metrics, {});
});

test("tables that are too short, for walk-forward and for the benchmark", async ({ csv, folder }) => {
  const short = join(folder, "short.csv");
  writeFileSync(short, table(30));
  assert.equal(await issuesOf("--csv", short, "--horizon", "24"), ["panel"]);
  assert.equal(await issuesOf("--csv", csv, "--protocol", "ett"), ["panel"]);
  assert.equal(await issuesOf("--csv", csv, "--target", "arrival"), ["--target"]);
});

test.run();
