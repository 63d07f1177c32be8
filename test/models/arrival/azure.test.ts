import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadAzureFunctions2019 } from "../../../datasets/azure-functions-2019/azure-functions-2019.ts";
import { idleHazard } from "../../../models/arrival/idle-hazard.ts";
import { periodicGap } from "../../../models/arrival/periodic-gap.ts";
import { seasonalPoisson } from "../../../models/arrival/seasonal-poisson.ts";
import { History } from "../../../models/panel/panel.ts";
import { panelFromTrace } from "../../../models/panel/panel-from-trace.ts";
import { ArrivalScores, arrivalMetrics } from "../../../models/scoring/arrival-scores.ts";
import { futureChangesNothing } from "../../support/future.ts";
import { testOnTraces } from "../../support/skip.ts";

testOnTraces(
  "a hundred functions by the minute: every invocation is counted, and idle times say most of what comes",
  async (folder) => {
    const trace = await loadAzureFunctions2019(join(folder, "azure-functions-2019/sample-100"), { app: "function" });
    const panel = panelFromTrace(trace, { target: "arrival", stepMs: 60_000, entities: ["app"] });
    assert.is(panel.series.length, 100);
    assert.is(panel.steps, 480);
    const counted = panel.values.reduce((sum, count) => sum + (Number.isNaN(count) ? 0 : count), 0);
    assert.is(counted, trace.requests.count);
    const split = { trainEnd: 290, validationEnd: 330 };
    const horizon = { steps: 20, levelsPpm: [] };
    const origins = Array.from({ length: 12 }, (_, i) => 330 + 11 * i);
    const losses: number[] = [];
    for (const fit of [seasonalPoisson, idleHazard, periodicGap]) {
      const model = await fit(panel, split, horizon);
      const scores = new ArrivalScores(panel, { origins, steps: horizon.steps });
      for (const [i, origin] of origins.entries()) scores.add(i, await model.forecast(new History(panel, origin), horizon));
      const { log_loss: loss, calibration_error: off } = arrivalMetrics(scores);
      losses.push(loss!);
      assert.ok(off! < 0.03, `${model.name} is off by ${off}`);
      await futureChangesNothing(model, panel, [330], horizon);
    }
    const [seasonal, idle, periodic] = losses as [number, number, number];
    assert.ok(idle < 0.6 * seasonal && periodic < 0.7 * seasonal, `${idle}, ${periodic} of ${seasonal}`);
  },
);

test.run();
