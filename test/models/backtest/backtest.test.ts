import { test } from "uvu";
import * as assert from "uvu/assert";
import { backtest } from "../../../models/backtest/backtest.ts";
import { walkForward } from "../../../models/backtest/plan.ts";
import type { Contestant } from "../../../models/backtest/run-model.ts";
import { modelKind } from "../../../models/catalogue.ts";
import { type Forecaster, LEVELS_PPM } from "../../../models/forecaster.ts";
import { arrivalPanel } from "../../support/arrival-panel.ts";
import { seasonPanel } from "../../support/season-panel.ts";
import { valuePanel } from "../../support/value-panel.ts";

const REFERENCES = { references: { simple: "seasonal-naive", classical: "best-classical" }, fit: {} };
const named = (name: string): Contestant => modelKind(name, "demand")!;

/** A model that says the same of everything. */
function saying(name: string, forecast: Forecaster["forecast"]): Contestant {
  return { name, family: "learned", fit: async () => ({ name, target: "demand", forecast }) };
}

const plan = walkForward(seasonPanel({ users: 30, steps: 24 * 30 }), 12, 6, 1);
const length = plan.panel.series.length * 12 * LEVELS_PPM.length;

test("models are scored on the same steps, with ratios and intervals against both references", async () => {
  const result = await backtest(plan, [named("seasonal-naive"), named("best-classical"), named("naive")], REFERENCES);
  const [simple, best, naive] = result.models;
  assert.equal(result.references, { simple: "seasonal-naive", classical: "best-classical" });
  assert.is(simple!.metrics["sql_ratio"], 1);
  assert.is(best!.metrics["sql_ratio_classical"], 1);
  assert.ok(best!.metrics["sql"]! < simple!.metrics["sql"]!, "tuned is better than a day before");
  const [low, high] = best!.intervals["sql_ratio"]!;
  assert.ok(low < best!.metrics["sql_ratio"]! && best!.metrics["sql_ratio"]! < high && high < 1, `${low} to ${high}`);
  assert.ok(naive!.metrics["sql_ratio_classical"]! > 1);
  assert.is(naive!.metrics["steps"], 30 * 12 * 6);
  assert.equal(
    result.models.map(({ fault }) => fault),
    [null, null, null],
  );
  assert.is(result.intervals.units, 30);
  assert.is(naive!.by_step["sql"]!.length, 12);
  assert.ok(naive!.cost!.peakMemoryMiB > 10 && naive!.cost!.forecastCpuMs >= 0);
  assert.equal(
    naive!.groups.map(({ kind, name, series }) => [kind, name, series]),
    [
      ["activity", "busy", 30],
      ["resource", "cpuMillis", 30],
    ],
  );
});

test("the same seed gives the same numbers", async () => {
  const once = await backtest(plan, [named("seasonal-naive"), named("naive")], REFERENCES);
  const again = await backtest(plan, [named("seasonal-naive"), named("naive")], REFERENCES);
  const scores = (result: typeof once) =>
    result.models.map(({ metrics, intervals, calibration }) => ({ metrics, intervals, calibration }));
  assert.equal(scores(once), scores(again));
  assert.equal(once.examples, again.examples);
});

test("a model that fails is listed with its fault, never replaced, and the others are scored as without it", async () => {
  const values = () => new Float32Array(length).fill(5);
  const crossed = values();
  crossed[3] = 9;
  const broken = [
    saying("throws", async () => {
      throw new Error("out of luck");
    }),
    saying("not-a-number", async () => values().fill(Number.NaN, 7, 8)),
    saying("negative", async () => values().fill(-1, 0, 8)),
    saying("crossed", async () => crossed),
    saying("short", async () => new Float32Array(3)),
    { name: "does-not-fit", family: "learned" as const, fit: () => Promise.reject(new RangeError("no data")) },
  ];
  const result = await backtest(plan, [named("seasonal-naive"), ...broken, named("naive")], REFERENCES);
  const faults = new Map(result.models.map(({ name, fault }) => [name, fault]));
  assert.match(faults.get("throws")!, /^it threw Error: out of luck$/);
  assert.match(faults.get("not-a-number")!, /gave NaN for user-0, 1 steps after/);
  assert.match(faults.get("negative")!, /a demand of -1/);
  assert.match(faults.get("crossed")!, /at a level above/);
  assert.match(faults.get("short")!, /gave 3 values where/);
  assert.match(faults.get("does-not-fit")!, /RangeError: no data/);
  for (const { fault, metrics, calibration, cost } of result.models) {
    if (fault !== null) assert.equal([metrics, calibration, cost], [{}, null, null]);
  }
  const without = await backtest(plan, [named("seasonal-naive"), named("naive")], REFERENCES);
  assert.equal(result.models.at(-1)!.metrics, without.models.at(-1)!.metrics);
});

test("where a reference fails there are no ratios to it", async () => {
  const broken = { ...saying("seasonal-naive", async () => new Float32Array(1)), family: "classical" as const };
  const result = await backtest(plan, [broken, named("naive")], REFERENCES);
  assert.equal(result.references, { simple: null, classical: null });
  assert.is(result.models[1]!.metrics["sql_ratio"], null);
  assert.is(result.models[1]!.intervals["sql_ratio"], null);
});

test("a fit is given a panel that ends where validation does", async () => {
  let steps = 0;
  const spy: Contestant = {
    name: "spy",
    family: "learned",
    fit: async (panel) => {
      steps = panel.steps;
      return { name: "spy", target: "demand", forecast: async () => new Float32Array(length) };
    },
  };
  await backtest(plan, [spy], REFERENCES);
  assert.is(steps, plan.split.validationEnd);
});

test("knowing the answer is an exact forecast with full marks", async () => {
  const oracle = saying("oracle", async (history, { steps, levelsPpm }) =>
    Float32Array.from({ length }, (_, at) => {
      const row = Math.floor(at / levelsPpm.length);
      const step = history.steps + (row % steps);
      return plan.panel.values[Math.floor(row / steps) * plan.panel.steps + step]!;
    }),
  );
  const result = await backtest(plan, [named("seasonal-naive"), oracle], REFERENCES);
  const { metrics } = result.models[1]!;
  assert.equal([metrics["mse"], metrics["sql"], metrics["coverage80"]], [0, 0, 1]);
  assert.equal(
    result.examples.map(({ title }) => title),
    ["worst", "median", "best"],
  );
});

test("constant and all-zero series are apart; a panel of nothing else still has a result", async () => {
  const panel = valuePanel([new Array<number>(300).fill(0), new Array<number>(300).fill(6)]);
  const result = await backtest(walkForward(panel, 6, 4, 1), [named("seasonal-naive"), named("naive")], REFERENCES);
  const { metrics, intervals } = result.models[1]!;
  assert.equal([metrics["sql"], metrics["sql_ratio"], metrics["apart"], metrics["apart_loss"]], [null, null, 8, 0]);
  assert.is(intervals["sql"], null);
  assert.equal(result.examples, []);
});

test("arrivals are scored over the steps at risk, against the seasonal Poisson process", async () => {
  const rows = Array.from({ length: 25 }, (_, row) => Array.from({ length: 600 }, (__, t) => ((t + row) % 10 === 0 ? 1 : 0)));
  const names = ["seasonal-poisson", "best-classical", "idle-hazard"];
  const result = await backtest(
    walkForward(arrivalPanel(rows), 10, 5, 1),
    names.map((name) => modelKind(name, "arrival")!),
    { references: { simple: "seasonal-poisson", classical: "best-classical" }, fit: {} },
  );
  const [poisson, best, hazard] = result.models;
  assert.equal(
    result.models.map(({ fault }) => fault),
    [null, null, null],
  );
  assert.ok(hazard!.metrics["log_loss_ratio"]! < 0.5, "gaps that are always alike are known");
  assert.ok(best!.metrics["log_loss"]! <= hazard!.metrics["log_loss"]!);
  assert.is(poisson!.metrics["log_loss_ratio"], 1);
  assert.is(hazard!.calibration!.of, "chances");
  assert.ok(hazard!.intervals["log_loss_ratio"]![1] < 1);
});

test.run();
