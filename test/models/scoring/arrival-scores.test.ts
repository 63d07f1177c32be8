import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { ArrivalScores, arrivalMetrics, logLoss } from "../../../models/scoring/arrival-scores.ts";
import { arrivalPanel } from "../../support/arrival-panel.ts";

const near = (found: number | null, expected: number) =>
  assert.ok(Math.abs(found! - expected) < 1e-6, `${found}, not ${expected}`);

function scored(rows: readonly (readonly number[])[], chances: readonly number[]) {
  const panel = arrivalPanel(rows);
  const scores = new ArrivalScores(panel, { origins: [0], steps: panel.steps });
  scores.add(0, Float32Array.from(rows.flatMap(() => chances)));
  return scores;
}

// Steps at risk: none, none, arrival; what follows is no longer at risk.
test("closed form: only steps up to the first arrival count", () => {
  const metrics = arrivalMetrics(scored([[0, 0, 2, 0, 1]], [0.5, 0.25, 0.75, 0.9, 0.9]));
  assert.is(metrics.at_risk_steps, 3);
  near(metrics.log_loss, (Math.log(2) + Math.log(4 / 3) + Math.log(4 / 3)) / 3);
  near(metrics.brier, (0.25 + 0.0625 + 0.0625) / 3);
  near(metrics.arrival_rate, 1 / 3);
  near(metrics.forecast_rate, 0.5);
});

test("a step that was not observed ends the count", () => {
  assert.is(arrivalMetrics(scored([[0, Number.NaN, 1]], [0.1, 0.1, 0.1])).at_risk_steps, 1);
  assert.is(arrivalMetrics(scored([[Number.NaN, 0]], [0.1, 0.1])).log_loss, null);
});

test("certainty that was wrong costs much, not infinity", () => {
  near(logLoss(0, 1), Math.log(1e6));
  near(logLoss(1, 0), Math.log(1e6));
  assert.ok(logLoss(1, 1) < 1e-5);
});

test("right chances have no calibration error to speak of, and no better loss is to be had", () => {
  const random = new RandomStream(1, "arrivals");
  const rows = Array.from({ length: 4000 }, () => Array.from({ length: 3 }, () => (random.float() < 0.3 ? 1 : 0)));
  const [right, low] = [arrivalMetrics(scored(rows, [0.3, 0.3, 0.3])), arrivalMetrics(scored(rows, [0.2, 0.2, 0.2]))];
  assert.ok(right.calibration_error! < 0.02 && low.calibration_error! > 0.08);
  assert.ok(right.log_loss! < low.log_loss! && right.brier! < low.brier!);
});

test("means over some series", () => {
  const scores = scored(
    [
      [1, 0],
      [0, 0],
    ],
    [0.5, 0.5],
  );
  assert.is(arrivalMetrics(scores, [0]).at_risk_steps, 1);
  assert.is(arrivalMetrics(scores, [1]).arrival_rate, 0);
});

test.run();
