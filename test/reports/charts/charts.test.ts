import { test } from "uvu";
import * as assert from "uvu/assert";
import { capacityCharts, partsShown, resourcesShown } from "../../../reports/charts/capacity.ts";
import { type Chart, MOST_POINTS } from "../../../reports/charts/chart.ts";
import { latencyChart, latencySelections } from "../../../reports/charts/latency.ts";
import { policyMarks } from "../../../reports/charts/theme.ts";
import { tradeoffChart } from "../../../reports/charts/tradeoff.ts";
import { compareRuns } from "../../../reports/comparison.ts";
import { CAPACITY_PARTS, type RunRecord } from "../../../sim/run-record.ts";
import { exampleRuns, runWith } from "../../support/run-records.ts";

const { runs } = compareRuns(exampleRuns(), "");

/** Numbers in the columns that are drawn; the others place or name them. */
function points(chart: Chart, view: string): number {
  const { table } = chart.views[view]!;
  return (Object.keys(table).length - 1) * Object.values(table)[0]!.length;
}

test("waste against violations has a point for each policy", () => {
  const { table } = tradeoffChart(runs)!.views["all"]!;
  assert.equal(
    table["waste"],
    runs.map((run) => run.metrics.overall["waste_cost"]),
  );
  assert.equal(table["label"]![3], "clairvoyant (reference)");
});

test("labels of policies that cost the same do not cover one another", () => {
  const same = compareRuns(
    ["a", "b", "c", "d"].map((name) => runWith(name, { waste_cost: 5, violation_cost: 0, cost: 5 })),
    "",
  );
  const heights = [...(tradeoffChart(same.runs)!.views["all"]!.table["labelY"] as number[])].sort((a, b) => a - b);
  const step = (15 / 300) * 1;
  for (let index = 1; index < heights.length; index += 1) assert.ok(heights[index]! - heights[index - 1]! >= step - 1e-9);
  assert.ok(heights[0]! > 0);
});

test("nothing to draw is no chart", () => {
  const bare = compareRuns([runWith("a", { cost: null })], "").runs;
  assert.is(tradeoffChart(bare), null);
  const empty = bare.map((run) => ({
    ...run,
    metrics: {
      ...run.metrics,
      latency: [],
      timeline: { ...run.metrics.timeline, parts: Object.fromEntries(CAPACITY_PARTS.map((part) => [part, null])) },
    },
  })) as unknown as typeof runs;
  assert.is(latencyChart(empty, latencySelections(empty)), null);
  assert.is(capacityCharts(empty), null);
});

test("latency can be seen of all requests, by tier, by path and by both, where there are any", () => {
  const keys = latencySelections(runs).map(({ key }) => key);
  const paths = ["all", "warm", "shadow", "late", "cold"];
  assert.equal(
    keys,
    ["all", "tier-0", "tier-1", "tier-2"].flatMap((tier) => paths.map((path) => `${tier} ${path}`)),
  );
});

test("a latency line starts at 0 and falls to the longest wait; shares never rise", () => {
  const { table } = latencyChart(runs, latencySelections(runs))!.views["all all"]!;
  const rows = table["mark"]!.map((mark, row) => ({
    mark,
    ms: table["ms"]![row] as number,
    longer: table["longer"]![row] as number,
  }));
  for (const mark of new Set(table["mark"])) {
    const line = rows.filter((row) => row.mark === mark);
    assert.is(line[0]!.ms, 0);
    for (let at = 1; at < line.length; at += 1) {
      assert.ok(line[at]!.ms > line[at - 1]!.ms);
      assert.ok(line[at]!.longer <= line[at - 1]!.longer);
    }
  }
});

test("no view of any chart has more than 4,000 points, however long the runs and however many", () => {
  const long = exampleRuns().flatMap((run, index) => [run, lengthened(run, `more ${index}`), lengthened(run, `most ${index}`)]);
  const compared = compareRuns(long, "").runs;
  const charts = [tradeoffChart(compared)!, latencyChart(compared, latencySelections(compared))!, ...capacityCharts(compared)!];
  for (const chart of charts) for (const view of Object.keys(chart.views)) assert.ok(points(chart, view) <= MOST_POINTS, view);
});

test("averaging bins keeps the mean", () => {
  const run = lengthened(exampleRuns()[1]!, "long");
  const { table } = capacityCharts(compareRuns([run], "").runs)![0]!.views["cpuMillis"]!;
  const drawn = (table["used"] as number[]).slice(0, -1);
  const all = run.metrics.timeline.parts.used!.cpuMillis;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(drawn.length <= 400);
  assert.ok(Math.abs(mean(drawn) - mean(all) / 1000) < 0.01 * mean(drawn));
});

test("resources and parts that no run has are not offered", () => {
  const noGpu = runs.map((run) => ({
    ...run,
    metrics: {
      ...run.metrics,
      timeline: {
        ...run.metrics.timeline,
        parts: Object.fromEntries(
          Object.entries(run.metrics.timeline.parts).map(([part, bins]) => [
            part,
            bins && { ...bins, gpuMillis: bins.gpuMillis.map(() => 0) },
          ]),
        ),
      },
    },
  })) as unknown as typeof runs;
  assert.equal(resourcesShown(noGpu), ["cpuMillis", "memoryMiB", "networkKbps"]);
  assert.not.ok(partsShown(runs).includes("free"));
});

test("no two policies have the same mark, and a reference never has a ranked policy's", () => {
  const marks = policyMarks([...Array.from({ length: 24 }, () => ({ reference: false })), { reference: true }]);
  assert.is(new Set(marks.map((mark) => JSON.stringify(mark))).size, marks.length);
});

function lengthened(run: RunRecord, id: string): RunRecord {
  const { timeline } = run.metrics;
  const parts = Object.fromEntries(
    Object.entries(timeline.parts).map(([part, resources]) => [
      part,
      resources &&
        Object.fromEntries(
          Object.entries(resources).map(([name, bins]) => [name, bins.flatMap((bin) => new Array<number>(10).fill(bin))]),
        ),
    ]),
  ) as unknown as typeof timeline.parts;
  return {
    ...run,
    id,
    policyText: id,
    metrics: { ...run.metrics, timeline: { ...timeline, bins: timeline.bins * 10, binMs: timeline.binMs / 10, parts } },
  };
}

test.run();
