import { test } from "uvu";
import * as assert from "uvu/assert";
import { pinball } from "../../../models/scoring/pinball.ts";

test("at the median it is the absolute error", () => {
  assert.is(pinball(500_000, 7, 4), 3);
  assert.is(pinball(500_000, 4, 7), 3);
});

test("above the forecast it costs the level, below what is left to 1, twice over", () => {
  assert.is(pinball(900_000, 10, 0), 18);
  assert.is(pinball(900_000, 0, 10), 2);
  assert.is(pinball(50_000, 10, 0), 1);
});

test("exact is free", () => {
  assert.is(pinball(990_000, 5, 5), 0);
});

test("over a uniform sample the level's own quantile costs least", () => {
  const cost = (forecast: number) => {
    let sum = 0;
    for (let y = 0.5; y < 100; y += 1) sum += pinball(750_000, y, forecast);
    return sum;
  };
  for (const other of [0, 50, 70, 80, 100]) assert.ok(cost(75) < cost(other), `${other}`);
});

test.run();
