import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../../datasets/issues.ts";
import { writeTrace } from "../../../../datasets/store.ts";
import { synthesize } from "../../../../datasets/synthetic/synthesize.ts";
import type { Trace } from "../../../../datasets/trace.ts";
import { renderSweep } from "../../../../reports/sweep/page.ts";
import { paretoTable } from "../../../../reports/sweep/text.ts";
import { readPrices } from "../../../../sim/cli/inputs.ts";
import { PolicyRunner } from "../../../../sim/cli/run-policy.ts";
import { policiesOfGrid } from "../../../../sim/cli/sweep/grid.ts";
import { type MadeSweep, makeSweep } from "../../../../sim/cli/sweep/make-sweep.ts";
import { openTrace, shareTrace } from "../../../../sim/cli/sweep/shared-trace.ts";
import { clusterOf } from "../../../../sim/cluster-spec.ts";

/** Built by `npm test` before the tests. */
const WORKER = pathToFileURL(resolve("dist/sim/cli/sweep/worker.js"));
const GRID = "keep-alive:ttl={1m,10m},reactive,clairvoyant";

const test = suite<{ folder: string }>("sweep");
test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "prae-sweep-"));
});
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

function small(seed: number): Trace {
  return synthesize({ seed, users: 12, days: 2 });
}

async function sweep(
  folder: string,
  out: string,
  options: {
    readonly workers?: number;
    readonly seeds?: readonly number[];
    readonly trace?: string;
    readonly grid?: string;
    readonly evaluateFrom?: string;
  } = {},
): Promise<MadeSweep> {
  const { workers = 2, seeds = [1], trace = "trace-1", grid = GRID, evaluateFrom } = options;
  return makeSweep({
    trace: join(folder, trace),
    policies: await policiesOfGrid(grid, ""),
    seeds,
    workers,
    out: join(folder, out),
    workerUrl: WORKER,
    cluster: undefined,
    evaluateFrom,
    prices: undefined,
    limit: undefined,
    grace: undefined,
    whatIf: undefined,
    set: undefined,
    registry: join(folder, `registry-${out}`),
  });
}

test("columns in shared memory are the trace's, its names too", () => {
  const trace = small(1);
  const names = Array.from({ length: trace.requests.count }, (_, request) => (request % 3 === 0 ? "" : `größe ${request}`));
  const named = { ...trace, requests: { ...trace.requests, names } };
  const opened = openTrace(structuredClone(shareTrace(named)));
  assert.equal([...opened.requests.submitMs], [...trace.requests.submitMs]);
  assert.equal([...opened.requests.tier], [...trace.requests.tier]);
  assert.instance(opened.requests.user.buffer, SharedArrayBuffer);
  assert.is(opened.requests.names!.length, names.length);
  for (const request of [0, 1, 2, names.length - 1]) assert.is(opened.requests.names![request], names[request]);
  assert.is(opened.requests.names![names.length], undefined);
  assert.is(openTrace(shareTrace(trace)).requests.names, null);
});

test("gives what each policy gives alone, whatever the number of workers; nothing is run twice", async ({ folder }) => {
  const trace = small(1);
  await writeTrace(trace, join(folder, "trace-1"), { replace: false });
  const one = await sweep(folder, "one", { workers: 1 });
  const two = await sweep(folder, "two", { workers: 2 });
  assert.equal([one.made, two.made], [4, 4]);
  assert.equal(two.document, one.document);
  assert.is(readFileSync(join(folder, "two/sweep.json"), "utf8"), readFileSync(join(folder, "one/sweep.json"), "utf8"));

  const scenario = { trace, cluster: clusterOf(trace), evaluateFromMs: 0, seed: 1, prices: await readPrices(undefined) };
  for (const policy of await policiesOfGrid(GRID, "")) {
    const { record } = await new PolicyRunner({ ...scenario, evaluateFromMs: trace.manifest.window.startMs }).run(
      policy,
      null,
      () => undefined,
    );
    const point = one.sweep.points.find(({ policyText }) => policyText === policy.text)!;
    assert.is(point.runs[0]!.journalDigest, record.journal.digest);
    assert.equal(point.metrics, record.metrics.overall);
  }

  assert.is((await sweep(folder, "two")).made, 0);
  const runs = join(folder, "two/runs");
  const records = readdirSync(runs).filter((name) => name.endsWith(".json"));
  assert.is(records.length, 4);
  unlinkSync(join(runs, records[0]!));
  truncateSync(join(runs, records[1]!), 200);
  unlinkSync(join(runs, records[2]!.replace(".json", ".cells.gz")));
  const again = await sweep(folder, "two");
  assert.is(again.made, 3);
  assert.equal(again.document, one.document);
});

test("forecasts are made once for all workers, and are the same whatever their number", async ({ folder }) => {
  const grid = "predictive:model=seasonal-naive,every=1h,step=1h,level={0.5,0.95},keep-alive";
  const one = await sweep(folder, "fed-one", { grid, evaluateFrom: "1d", workers: 1 });
  const two = await sweep(folder, "fed-two", { grid, evaluateFrom: "1d", workers: 2 });
  assert.equal(two.document, one.document);
  assert.is(one.made, 3);
  const sets = (out: string) => readdirSync(join(folder, `registry-${out}`, "forecasts")).sort();
  assert.is(sets("fed-one").length, 2);
  assert.equal(sets("fed-two"), sets("fed-one"));
  assert.is((await sweep(folder, "fed-two", { grid, evaluateFrom: "1d" })).made, 0);
});

test("seeds that change nothing are said to; traces of their own give means and intervals over seeds", async ({ folder }) => {
  const same = await sweep(folder, "same", { seeds: [1, 2] });
  assert.is(same.sweep.seedsMatter, false);
  assert.is(same.sweep.points[0]!.seedIntervals, null);
  await writeTrace(small(2), join(folder, "trace-2"), { replace: false });
  const own = await sweep(folder, "own", { seeds: [1, 2], trace: "trace-{seed}" });
  assert.is(own.sweep.seedsMatter, true);
  const point = own.sweep.points.find(({ family }) => family === "reactive")!;
  const [low, high] = point.seedIntervals!["requests"]!;
  assert.ok(low < point.metrics["requests"]! && point.metrics["requests"]! < high);
});

test("the table and the page show every point, and mark the frontier", async ({ folder }) => {
  const { sweep: made, run } = await sweep(folder, "one");
  const lines = paretoTable(made);
  assert.is(lines.length, 5);
  assert.ok(lines.some((line) => line.startsWith("*")) && lines.some((line) => line.startsWith("ref  clairvoyant")));
  const page = await renderSweep({ sweep: made, run, seeds: [1], command: "prae sweep --out 'a <b>'" });
  for (const { policyText } of made.points) assert.ok(page.includes(policyText));
  assert.match(page, "on the frontier");
  assert.match(page, "a &#60;b&#62;");
  assert.match(page, 'id="chart-pareto"');
});

test("a folder with something else in it is refused", async ({ folder }) => {
  try {
    await sweep(folder, "trace-1");
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as InputError).issues[0]!.expected, "an earlier sweep");
    return;
  }
  throw new Error("it was accepted");
});

test.run();
