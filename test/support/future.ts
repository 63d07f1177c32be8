import * as assert from "uvu/assert";
import { checkForecast, type Forecaster, type Horizon, type Split } from "../../models/forecaster.ts";
import { isAnnounced } from "../../models/panel/feature-spec.ts";
import { History, type Panel } from "../../models/panel/panel.ts";

/** What the values of a step that is to come could be instead. */
const OTHER_FUTURES: readonly ((value: number, i: number) => number)[] = [
  () => Number.NaN,
  () => 0,
  (value, i) => (Number.isNaN(value) ? i % 7 : 3 * value + 1 + (i % 5)),
];

/** The panel with other values from step `from` on, and context that begins there gone unless it was announced. */
function withFuture(panel: Panel, from: number, other: (value: number, i: number) => number): Panel {
  const fromMs = panel.startMs + from * panel.stepMs;
  return {
    ...panel,
    values: panel.values.map((value, i) => (i % panel.steps < from ? value : other(value, i))),
    ...(panel.firstUses === undefined ? {} : { firstUses: panel.firstUses.filter(({ step }) => step < from) }),
    context: panel.context.filter(({ atMs, kind }) => atMs < fromMs || isAnnounced(kind)),
  };
}

async function forecastAt(forecaster: Forecaster, panel: Panel, origin: number, horizon: Horizon): Promise<Float32Array> {
  const history = new History(panel, origin);
  const values = await forecaster.forecast(history, horizon);
  checkForecast(forecaster, values, history, horizon);
  return values;
}

/**
 * Fails unless a fitted forecaster says something lawful at each origin, the same when asked again, and the same bit for bit whatever
 * comes at or after the origin.
 */
export async function futureChangesNothing(
  forecaster: Forecaster,
  panel: Panel,
  origins: readonly number[],
  horizon: Horizon,
): Promise<void> {
  for (const origin of origins) {
    const said = await forecastAt(forecaster, panel, origin, horizon);
    const what = `${forecaster.name} at step ${origin}`;
    assert.equal(await forecastAt(forecaster, panel, origin, horizon), said, `${what} says something else when asked again`);
    for (const other of OTHER_FUTURES) {
      const perturbed = await forecastAt(forecaster, withFuture(panel, origin, other), origin, horizon);
      assert.equal(perturbed, said, `${what} knows what comes after it`);
    }
  }
}

/** Fails unless a fit gives the same forecasts whatever comes after the split's end. */
export async function fitSeesNoFuture(
  fit: (panel: Panel, split: Split) => Promise<Forecaster>,
  panel: Panel,
  split: Split,
  horizon: Horizon,
): Promise<void> {
  const origin = split.validationEnd;
  const fitted = await fit(panel, split);
  const said = await forecastAt(fitted, panel, origin, horizon);
  for (const other of OTHER_FUTURES) {
    const perturbed = await fit(withFuture(panel, origin, other), split);
    assert.equal(
      await forecastAt(perturbed, panel, origin, horizon),
      said,
      `${fitted.name} was fitted on what comes after the split`,
    );
  }
}
