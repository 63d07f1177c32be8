import { test } from "uvu";
import * as assert from "uvu/assert";
import { History, type Panel } from "../../../models/panel/panel.ts";
import { recipeOf, windowReader } from "../../../models/training/recipe.ts";
import { trainingSpec } from "../../../models/training/training-spec.ts";
import { WindowBatch } from "../../../models/training/window-batch.ts";
import { seasonPanel } from "../../support/season-panel.ts";

const ORIGIN = 24 * 8;
const FOLLOWS = [0, 5, Number.NaN, 0];

/** A panel of one user of whom `FOLLOWS` is what comes from `ORIGIN` on. */
function panelWith(of: Partial<Panel>): Panel {
  const panel = seasonPanel({ users: 1, steps: 24 * 10 });
  panel.values.set(FOLLOWS, ORIGIN);
  return { ...panel, ...of };
}

for (const [what, of, expected] of [
  ["a demand of 0", {}, [1, 0, 0, 1]],
  ["a concurrency of 0", { target: "concurrency" }, [1, 0, 0, 1]],
  ["a signed value of 0", { signed: true }, [0, 0, 0, 0]],
] as const) {
  test(`${what} is ${expected[0] === 1 ? "" : "not "}censored; what is positive or not observed never is`, () => {
    const panel = panelWith(of);
    const spec = trainingSpec("nlinear", panel, { lookBack: 24, horizon: FOLLOWS.length });
    const sides = { lookBack: spec.lookBack, horizon: spec.horizon, target: panel.target };
    const reader = windowReader(recipeOf(panel, ORIGIN, spec), sides, new History(panel, panel.steps));
    const batch = new WindowBatch(1, reader.shape);
    // A row is filled again for every step of training: what stood there before must go.
    batch.censored.fill(1);
    reader.readInput(batch, 0, 0, panel.values, ORIGIN);
    assert.is(reader.readTarget(batch, 0, panel.values, ORIGIN), 3);
    assert.equal([...batch.censored], [...expected]);
    assert.equal([...batch.counts], [1, 1, 0, 1]);
  });
}

test.run();
