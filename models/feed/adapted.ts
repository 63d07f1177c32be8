import { AdaptiveForecaster } from "../calibration/adaptive.ts";
import type { Calibration } from "../calibration/conformal.ts";
import type { Forecaster } from "../forecaster.ts";
import type { ForecastPlan } from "./forecast-plan.ts";

const DAY_MS = 86_400_000;

/**
 * Of a plan that asks for it, a forecaster that corrects its levels by what came, as fast and as far as the plan says; of another, the
 * forecaster itself.
 * @param corrections those that one before it had learned.
 */
export function adapted(
  forecaster: Forecaster,
  { adaptPpm, adaptMostPpm, levelsPpm, stepMs }: ForecastPlan,
  corrections: Calibration["corrections"] = {},
): Forecaster {
  if (adaptPpm === undefined) return forecaster;
  const start = { levelsPpm, lookBack: Math.ceil(DAY_MS / stepMs), corrections, counts: {} };
  const most = adaptMostPpm === undefined ? Number.POSITIVE_INFINITY : adaptMostPpm / 1_000_000;
  return new AdaptiveForecaster(forecaster, start, { rate: adaptPpm / 1_000_000, most });
}
