import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ForecastTarget } from "../../../allocator/core/forecast.ts";
import { RandomStream } from "../../../allocator/core/random.ts";
import type { Trial } from "../../../models/classical/tune.ts";
import { ensembleOf, ensembleWeights } from "../../../models/ensemble/ensemble.ts";
import { checkForecast, type Forecaster, ForecastFault, LEVELS_PPM } from "../../../models/forecaster.ts";
import { History, type Panel } from "../../../models/panel/panel.ts";

const HORIZON = { steps: 4, levelsPpm: LEVELS_PPM };
const ORIGINS = [20, 40, 60, 80];
const TRAITS = { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null };

function panelOf(target: ForecastTarget, value: (stream: RandomStream) => number): Panel {
  const stream = new RandomStream(5, "ensemble");
  const series = ["ann", "ben", "cem"].map((name, user) => ({ name, user, app: null, resource: null, traits: TRAITS }));
  const values = Float32Array.from({ length: 3 * 100 }, () => value(stream));
  return { target, startMs: 0, stepMs: 60_000, steps: 100, epochMs: null, signed: false, series, values, context: [] };
}

function trialOn(panel: Panel): Trial {
  const scales = new Float64Array(panel.series.length * ORIGINS.length).fill(1);
  return { panel, origins: ORIGINS, scales, horizon: HORIZON };
}

/** Says `level(q, step)` for every series. */
function saying(name: string, target: ForecastTarget, of: (level: number, step: number) => number): Forecaster {
  return {
    name,
    target,
    async forecast(history, horizon) {
      const width = target === "arrival" ? 1 : horizon.levelsPpm.length;
      return Float32Array.from({ length: history.frame.series.length * horizon.steps * width }, (_, at) =>
        of((horizon.levelsPpm[at % width] as number) / 1_000_000, Math.floor(at / width) % horizon.steps),
      );
    },
  };
}

const demand = panelOf("demand", (stream) => 10 + stream.float());
const right = (level: number) => 10 + level;

test("the better member has the weight, step by step ahead", async () => {
  const near = saying("near", "demand", (level, step) => right(level) + (step === 0 ? 0 : 5));
  const far = saying("far", "demand", (level, step) => right(level) + (step === 0 ? 5 : 0));
  assert.equal(await ensembleWeights([near, far], trialOn(demand)), [
    [1, 0],
    [0, 1],
    [0, 1],
  ]);
  const ensemble = ensembleOf([near, far], await ensembleWeights([near, far], trialOn(demand)));
  const history = new History(demand, 90);
  assert.equal(await ensemble.forecast(history, HORIZON), await saying("", "demand", right).forecast(history, HORIZON));
});

test("members that err to either side are mixed, and the mix is better than both", async () => {
  const members = [-0.4, 0.4].map((by) => saying(`by ${by}`, "demand", (level) => right(level) + by));
  const weights = await ensembleWeights(members, trialOn(demand));
  for (const [share] of weights) assert.ok(Math.abs((share as number) - 0.5) < 0.2, `${share}`);
  const ensemble = ensembleOf(members, weights);
  assert.match(ensemble.chosen ?? "", /^by -0\.4 \d+(–\d+)? %, by 0\.4 /);
  const history = new History(demand, 90);
  checkForecast(ensemble, await ensemble.forecast(history, HORIZON), history, HORIZON);
});

test("for arrivals the chances are mixed by their log loss over the steps at risk", async () => {
  const arrivals = panelOf("arrival", (stream) => (stream.float() < 0.25 ? 1 : 0));
  const members = [0.25, 0.9].map((chance) => saying(String(chance), "arrival", () => chance));
  const weights = await ensembleWeights(members, trialOn(arrivals));
  for (const [good] of weights) assert.ok((good as number) > 0.7, `${good}`);
});

test("without a validation part all members count the same; a member without weight is not even asked", async () => {
  const broken: Forecaster = { name: "broken", target: "demand", forecast: () => Promise.reject(new Error("asked")) };
  assert.equal(await ensembleWeights([saying("a", "demand", right), broken], null), [[0.5, 0.5]]);
  const one = ensembleOf([saying("a", "demand", right), broken], [[1, 0]]);
  assert.is((await one.forecast(new History(demand, 90), HORIZON)).length, 3 * 4 * LEVELS_PPM.length);
});

test("a member that says nonsense is a fault, not outvoted", async () => {
  const nonsense = saying("nonsense", "demand", () => Number.NaN);
  const members = [saying("a", "demand", right), nonsense];
  for (const attempt of [
    () => ensembleWeights(members, trialOn(demand)),
    () => ensembleOf(members, [[0.5, 0.5]]).forecast(new History(demand, 90), HORIZON),
  ]) {
    try {
      await attempt();
      assert.unreachable();
    } catch (error) {
      assert.instance(error, ForecastFault);
      assert.match((error as Error).message, /nonsense gave NaN/);
    }
  }
});

test.run();
