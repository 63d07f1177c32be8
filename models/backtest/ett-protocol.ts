import { InputError } from "../../datasets/issues.ts";
import { LEVELS_PPM } from "../forecaster.ts";
import type { Panel } from "../panel/panel.ts";
import type { BacktestPlan } from "./plan.ts";

const HOUR_MS = 3_600_000;
/** A month of the protocol has 30 days. */
const MONTH_HOURS = 30 * 24;

/**
 * The protocol in which results on the ETT benchmark are published (Zhou et al., Informer, AAAI 2021): 12 months to learn from, 4
 * to choose by, 4 to test on; every column standardised by its mean and deviation over the first 12; a forecast from every step of
 * the test months whose horizon lies within them, none dropped; errors on standardised values. Between the parts there is no
 * embargo, and a forecast may look back beyond where its part begins.
 * @throws InputError when the table is shorter than the 20 months, or its steps do not divide an hour.
 */
export function ettPlan(panel: Panel, horizonSteps: number, seed: number): BacktestPlan {
  const perHour = HOUR_MS / panel.stepMs;
  const months = (count: number) => count * MONTH_HOURS * perHour;
  const steps = months(20);
  if (!Number.isInteger(perHour) || panel.steps < steps) {
    const expected = "20 months of 30 days, in steps of an hour or a part of it";
    throw new InputError([{ where: "panel", expected, found: `${panel.steps} steps of ${panel.stepMs} ms` }]);
  }
  if (horizonSteps > months(4)) {
    throw new InputError([{ where: "--horizon", expected: `at most ${months(4)} steps, 4 months`, found: `${horizonSteps}` }]);
  }
  const split = { trainEnd: months(12), validationEnd: months(16) };
  return {
    panel: standardised(panel, steps, split.trainEnd),
    split,
    embargoSteps: 0,
    origins: Array.from({ length: steps - horizonSteps - split.validationEnd + 1 }, (_, k) => split.validationEnd + k),
    horizon: { steps: horizonSteps, levelsPpm: LEVELS_PPM },
    seed,
  };
}

/** (value − mean) ⁄ deviation of the first `fitted` steps (that of the population); of a constant column only the mean is taken. */
function standardised(panel: Panel, steps: number, fitted: number): Panel {
  const values = new Float32Array(panel.series.length * steps);
  for (let series = 0; series < panel.series.length; series += 1) {
    const own = panel.values.subarray(series * panel.steps, series * panel.steps + steps);
    const known = own.subarray(0, fitted).filter((value) => !Number.isNaN(value));
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const variance = known.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / known.length;
    const deviation = variance > 0 ? Math.sqrt(variance) : 1;
    for (const [step, value] of own.entries()) values[series * steps + step] = (value - mean) / deviation;
  }
  return { ...panel, steps, values, signed: true };
}
