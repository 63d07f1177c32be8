import { test } from "uvu";
import * as assert from "uvu/assert";
import { synthesize } from "../../../datasets/synthetic/synthesize.ts";
import { RunMetricsObserver } from "../../../reports/metrics/run-metrics.ts";
import { UserLedger, userBinMs } from "../../../reports/metrics/user-ledger.ts";
import { DEFAULT_PRICES } from "../../../reports/prices.ts";
import { addRow, type UserMeasure, type UserSeries } from "../../../reports/users/series.ts";
import { readPolicies } from "../../../sim/cli/inputs.ts";
import { PolicyRunner } from "../../../sim/cli/run-policy.ts";
import { clusterOf } from "../../../sim/cluster-spec.ts";
import { amounts, Stream } from "../../support/stream.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A core-hour costs 1, all else nothing. */
const PRICES = { ...DEFAULT_PRICES, cpuCoreHour: 1, memoryGiBHour: 0, gpuHour: 0, networkMbpsHour: 0 };
const cores = (count: number) => amounts({ cpuMillis: 1000 * count });

/** Rounded to what levels can tell apart. */
function valuesOf(series: UserSeries, user: number, measure: UserMeasure): number[] {
  const sums = new Float64Array(series.bins);
  const row = series.rows.findIndex((own) => own.user === user && own.measure === measure);
  if (row !== -1) addRow(series, row, 1, sums);
  return [...sums].map((value) => Number(value.toPrecision(2)));
}

test("bins are hours where the window has room for them", () => {
  assert.is(userBinMs(30 * DAY_MS), HOUR_MS);
  assert.is(userBinMs(31 * DAY_MS), HOUR_MS);
  assert.is(userBinMs(32 * DAY_MS), 2 * HOUR_MS);
  assert.is(userBinMs(DAY_MS), 5 * MINUTE_MS);
  assert.is(userBinMs(1), 1000);
  assert.is(userBinMs(3000 * DAY_MS), 5 * DAY_MS);
});

test("worked by hand: what a user holds and uses, bin by bin, and what happens to its requests", () => {
  // Bins of 10 s from m0 = 10 s. ana reserves 4 cores at 0; i1 with 1 core is hers from 10 s, busy from 40 s to 100 s.
  // Held: 4 cores throughout. Used: 1 core in bins 3 to 8 (40–100 s). One violation, 30 s of wait.
  const users = { fromMs: 10_000, toMs: 10_000 + 50 * MINUTE_MS };
  const stream = new Stream()
    .tier("standard", { targetStartMs: 1000 })
    .pool()
    .user("ana")
    .user("bob")
    .app("web")
    .tick(0)
    .reserve("ana", cores(4))
    .arrive(10_000, "r1", "ana", "web", cores(1))
    .launch("i1", "web", { request: "r1", size: cores(1) })
    .placed(10_000, "i1")
    .ready(40_000, "i1")
    .end(100_000, "r1");
  const observer = stream.play(new RunMetricsObserver({ ...users, prices: PRICES, users: true }));
  observer.finish();
  const series = observer.users()!;
  assert.equal([series.binMs, series.bins, series.measured], [10_000, 300, false]);
  assert.equal(series.users, [
    { name: "ana", tier: 0 },
    { name: "bob", tier: 0 },
  ]);
  const bin = (4 * 10_000) / HOUR_MS;
  assert.equal(valuesOf(series, 0, "held"), Array(300).fill(Number(bin.toPrecision(2))));
  const used = [0, 0, 0, 1, 1, 1, 1, 1, 1, ...Array(291).fill(0)].map((level) => Number(((level * bin) / 4).toPrecision(2)));
  assert.equal(valuesOf(series, 0, "used"), used);
  assert.equal(valuesOf(series, 0, "violations").slice(0, 2), [1, 0]);
  assert.equal(valuesOf(series, 0, "waitMs").slice(0, 2), [30_000, 0]);
  assert.equal(valuesOf(series, 0, "requests").slice(0, 2), [1, 0]);
  assert.equal(valuesOf(series, 0, "decisions").slice(0, 2), [1, 0]);
  assert.not.ok(series.rows.some(({ user }) => user === 1));
});

test("the series of a run add up to its metrics, and for usage too", async () => {
  const trace = synthesize({ seed: 3, users: 20, days: 3, nodes: "none" });
  const evaluateFromMs = trace.manifest.window.startMs + DAY_MS / 2;
  const scenario = { trace, cluster: clusterOf(trace), evaluateFromMs, seed: 1, prices: DEFAULT_PRICES };
  for (const policy of await readPolicies("keep-alive:ttl=5m,reactive")) {
    const { record, users } = await new PolicyRunner(scenario).run(policy, null, () => undefined);
    const { overall } = record.metrics;
    const total = (measure: UserMeasure) => {
      const sums = new Float64Array(1);
      users!.rows.forEach((row, index) => void (row.measure === measure && addRow(users!, index, users!.bins, sums)));
      return sums[0]!;
    };
    const near = (found: number, expected: number) =>
      assert.ok(Math.abs(found - expected) <= 0.01 * expected, `${found} ${expected}`);
    near(total("held") - total("used"), overall["waste_cost"]!);
    near(total("requests"), overall["requests"]!);
    near(total("violations"), overall["sla_violations"]!);
    near(total("waitMs"), overall["start_latency_ms_mean"]! * overall["started"]!);
    near(
      total("instances"),
      ["busy", "idle", "startup"].reduce((sum, state) => sum + overall[`${state}_instance_hours`]!, 0),
    );
  }
});

test("where memory runs out bins become twice as long, and what was in them stays", () => {
  const ledger = new UserLedger({ fromMs: 0, toMs: 30 * DAY_MS }, PRICES, 40);
  const track = ledger.addUser("ana", 0);
  for (let hour = 0; hour < 720; hour++) {
    track.count("requests", hour * HOUR_MS);
    track.over("held", 1, hour * HOUR_MS, (hour + 1) * HOUR_MS);
  }
  const other = ledger.addUser("bob", 0);
  other.count("requests", 719 * HOUR_MS, 5);
  const series = ledger.finish(["standard"], false);
  assert.equal([series.binMs, series.bins], [2 * HOUR_MS, 360]);
  assert.equal(valuesOf(series, 0, "requests"), Array(360).fill(2));
  assert.equal(valuesOf(series, 0, "held"), Array(360).fill(2));
  assert.is(valuesOf(series, 1, "requests")[359], 5);
});

test.run();
