import { test } from "uvu";
import * as assert from "uvu/assert";
import { ettPlan } from "../../../models/backtest/ett-protocol.ts";
import { NAIVE } from "../../../models/classical/naive.ts";
import { panelFromTable } from "../../../models/panel/panel-from-table.ts";
import { pointsAfter, pointsAt } from "../../support/point-methods.ts";
import { testOnTraces } from "../../support/skip.ts";

test("the last value, at every step", () => {
  assert.equal(pointsAfter(NAIVE, [3, 1, 4], 3), [4, 4, 4]);
});

test("at several origins, each from its own past", () => {
  assert.equal(pointsAt(NAIVE, [3, 1, 4], [1, 2, 3], 1), [[3], [1], [4]]);
});

test("a gap carries the last value on", () => {
  assert.equal(pointsAfter(NAIVE, [3, Number.NaN, Number.NaN], 1), [3]);
});

/**
 * Zeng et al., Are Transformers Effective for Time Series Forecasting?, AAAI 2023, table of "Repeat": ETTh1, 96 ahead, MSE 1.295 and
 * MAE .713. Their loader takes batches of 32 and drops the last one, a single window here; none dropped gives 1.294.
 */
testOnTraces("repeating the last value scores on ETTh1 as published", async (folder) => {
  const { panel, origins } = ettPlan(await panelFromTable(`${folder}/ett/ETTh1.csv.gz`), 96, 1);
  const errors = (windows: number) => {
    let squared = 0;
    let absolute = 0;
    const out = new Float64Array(96);
    for (let series = 0; series < panel.series.length; series += 1) {
      const values = panel.values.subarray(series * panel.steps, (series + 1) * panel.steps);
      for (const origin of origins.slice(0, windows)) {
        NAIVE.points(values.subarray(origin - 1, origin), [1], 96, out);
        for (let step = 0; step < 96; step += 1) {
          const error = (values[origin + step] as number) - (out[step] as number);
          squared += error * error;
          absolute += Math.abs(error);
        }
      }
    }
    const count = windows * 96 * panel.series.length;
    return [(squared / count).toFixed(3), (absolute / count).toFixed(3)];
  };
  assert.is(origins.length, 2785);
  assert.equal(errors(2784), ["1.295", "0.713"]);
  assert.equal(errors(2785), ["1.294", "0.713"]);
});

test.run();
