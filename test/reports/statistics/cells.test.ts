import { gunzipSync, gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { synthesize } from "../../../datasets/synthetic/synthesize.ts";
import { blocksOf } from "../../../reports/metrics/cell-ledger.ts";
import { DEFAULT_PRICES } from "../../../reports/prices.ts";
import { wholeMetrics } from "../../../reports/statistics/additive-metrics.ts";
import { decodeCells, digestOfCells, encodeCells } from "../../../reports/statistics/cells-file.ts";
import { readPolicies } from "../../../sim/cli/inputs.ts";
import { PolicyRunner } from "../../../sim/cli/run-policy.ts";
import { clusterOf } from "../../../sim/cluster-spec.ts";
import { cellsOf } from "../../support/cells.ts";

const DAY_MS = 86_400_000;

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

test("a window is cut into days, at least 14 blocks and at most 60", () => {
  assert.is(blocksOf(14 * DAY_MS), 14);
  assert.is(blocksOf(28 * DAY_MS), 28);
  assert.is(blocksOf(60 * DAY_MS), 60);
  assert.is(blocksOf(90 * DAY_MS), 45);
  assert.is(blocksOf(3 * DAY_MS), 14);
  assert.is(blocksOf(5), 5);
});

test("the cells of a run add up to its metrics, overall and by tier, before and after the window's start", async () => {
  const trace = synthesize({ seed: 3, users: 20, days: 3 });
  const evaluateFromMs = trace.manifest.window.startMs + DAY_MS / 2;
  const scenario = { trace, cluster: clusterOf(trace), evaluateFromMs, seed: 1, prices: DEFAULT_PRICES };
  const runner = new PolicyRunner(scenario);
  for (const policy of await readPolicies("keep-alive:ttl=5m,reactive,clairvoyant")) {
    const { record, cells } = await runner.run(policy, null, () => undefined);
    assert.is(
      sum(cells.waits.count),
      record.metrics.latency
        .flatMap(({ requests, points }) => requests - (points[0]![0] === 0 ? points[0]![1] : 0))
        .reduce((a, b) => a + b, 0),
      `${policy.text}: starts that waited`,
    );
    for (const [tier, expected] of [[null, record.metrics.overall], ...Object.entries(record.metrics.byTier)] as const) {
      for (const [name, value] of wholeMetrics(cells, tier, DEFAULT_PRICES)) {
        const message = `${policy.text}, ${tier ?? "all"}, ${name}: ${value}, not ${expected[name]}`;
        if (value === null || expected[name] === null) assert.is(value, expected[name], message);
        else assert.ok(Math.abs(value - expected[name]!) <= 1e-9 * Math.max(1, Math.abs(value)), message);
      }
    }
  }
});

test("a file of cells gives them back, and is the same every time", () => {
  const cells = cellsOf(3, 2, (unit, block) => ({ requests: unit + block, "used.cpuMillis": 2 ** 50 + 1 }));
  const file = encodeCells(cells);
  assert.equal(decodeCells(file, digestOfCells(cells), "x"), cells);
  assert.equal(encodeCells(cells), file);
});

test("a file of cells that is cut, altered or of another run is refused", () => {
  const cells = cellsOf(3, 2, () => ({ requests: 1 }));
  const file = encodeCells(cells);
  const digest = digestOfCells(cells);
  const refused = (bytes: Buffer, found: RegExp) =>
    assert.throws(
      () => decodeCells(bytes, digest, "run.cells.gz"),
      (error: unknown) => error instanceof InputError && found.test(error.issues[0]!.found),
    );
  refused(file.subarray(0, -3), /no whole gzip/);
  const plain = gunzipSync(file);
  plain[plain.length - 1]! ^= 1;
  refused(gzipSync(plain), /the digest/);
  refused(encodeCells(cellsOf(3, 2, () => ({ requests: 2 }))), /the digest/);
});

test.run();
