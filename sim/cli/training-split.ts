import { InputError } from "../../datasets/issues.ts";
import type { Split } from "../../models/forecaster.ts";
import type { Panel } from "../../models/panel/panel.ts";

/** The share of the past by which a model is chosen: its last part. */
const VALIDATION_SHARE = 0.2;

/**
 * Fitted on the first four fifths of what came before `untilMs`, chosen by the last.
 * @param where the flag that gave `untilMs`.
 * @throws InputError when that is too little to learn from.
 */
export function splitBefore(panel: Panel, untilMs: number, horizon: number, where: string): Split {
  const known = Math.min(panel.steps, Math.floor((untilMs - panel.startMs) / panel.stepMs));
  const validation = Math.max(horizon, Math.round(known * VALIDATION_SHARE));
  const trainEnd = known - validation;
  // At least two windows to learn from, one after the other.
  if (trainEnd >= 2 * horizon + 2) return { trainEnd, validationEnd: known };
  const least = Math.ceil((2 * horizon + 2) / (1 - VALIDATION_SHARE)) + 1;
  const expected = `at least ${Math.max(least, 3 * horizon + 2)} steps of ${panel.stepMs} ms to learn from before it`;
  const hint = "--evaluate-from or --train-until later, shorter steps, or a shorter horizon";
  throw new InputError([{ where, expected, found: String(Math.max(0, known)), hint }]);
}
