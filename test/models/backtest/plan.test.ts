import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { walkForward } from "../../../models/backtest/plan.ts";
import { valuePanel } from "../../support/value-panel.ts";

const panelOf = (steps: number) => valuePanel([new Array<number>(steps).fill(1)]);

test("train, validation, an embargo of one horizon, test: in that order, whole horizons only", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { split, origins, embargoSteps } = walkForward(panelOf(1000), 24, 8, seed);
    assert.equal(split, { trainEnd: 600, validationEnd: 750 });
    assert.is(embargoSteps, 24);
    assert.is(origins.length, 8);
    assert.ok(origins[0]! >= 774 && origins.at(-1)! <= 976, `${origins}`);
    for (const [k, origin] of origins.entries()) if (k > 0) assert.ok(origin > origins[k - 1]!);
  }
});

test("one origin in each equal part, at other hours for another seed, the same for the same", () => {
  const at = (seed: number) => walkForward(panelOf(1000), 24, 8, seed).origins;
  assert.equal(at(1), at(1));
  assert.not.equal(at(1), at(2));
  const room = 976 - 774 + 1;
  for (const [k, origin] of at(3).entries()) {
    const from = 774 + Math.floor((k * room) / 8);
    assert.ok(origin >= from && origin < 774 + Math.floor(((k + 1) * room) / 8), `${origin}`);
  }
});

test("the shortest panel that is enough is enough; one too short, or empty, is refused", () => {
  const least = [...Array(2000).keys()].slice(1).find((steps) => {
    try {
      walkForward(panelOf(steps), 12, 4, 1);
      return true;
    } catch (error) {
      assert.instance(error, InputError);
      return false;
    }
  })!;
  assert.ok(least > 80 && least < 130, `${least}`);
  assert.throws(
    () => walkForward(valuePanel([], { steps: 500 }), 12, 4, 1),
    (error: unknown) => error instanceof InputError,
  );
});

test.run();
