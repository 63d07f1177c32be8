import { test } from "uvu";
import * as assert from "uvu/assert";
import { trainingSpec } from "../../../models/training/training-spec.ts";

const FIVE_MINUTES = { target: "demand", stepMs: 300_000 } as const;

/** The length of a segment costs or saves a training ten times its time: short horizons must not shorten it. */
const SEGMENTS: readonly (readonly [number, number])[] = [
  [1, 12],
  [2, 12],
  [12, 12],
  [18, 18],
  [24, 24],
  [96, 24],
];

for (const [horizon, segment] of SEGMENTS) {
  test(`a segment RNN that looks ${horizon} steps ahead has segments of ${segment}, and its spec says so`, () => {
    assert.equal(trainingSpec("rnn", FIVE_MINUTES, { horizon }).sizes, { segment });
  });
}

test("chosen sizes stand as they are, and other networks have none of an RNN", () => {
  assert.equal(trainingSpec("rnn", FIVE_MINUTES, { sizes: { segment: 6 } }).sizes, { segment: 6 });
  assert.equal(trainingSpec("transformer", FIVE_MINUTES, { horizon: 2 }).sizes, {});
});

test("five-minute steps are forecast an hour ahead from a day, hours a day ahead from a week", () => {
  const short = trainingSpec("rnn", FIVE_MINUTES);
  assert.equal([short.horizon, short.lookBack], [12, 288]);
  const long = trainingSpec("rnn", { target: "demand", stepMs: 3_600_000 });
  assert.equal([long.horizon, long.lookBack], [24, 168]);
});

test.run();
