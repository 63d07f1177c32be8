import { test } from "uvu";
import * as assert from "uvu/assert";
import { blocksOf, lossIntervals } from "../../../models/backtest/paired-bootstrap.ts";
import { drawNumbers } from "../../support/numbers.ts";
import { valuePanel } from "../../support/value-panel.ts";

const SERIES = 40;
const BLOCKS = 8;

const blocks = {
  unitOf: Int32Array.from({ length: SERIES }, (_, series) => series),
  units: SERIES,
  blockOf: [...Array(BLOCKS).keys()],
  blocks: BLOCKS,
};
const ones = new Float64Array(SERIES * BLOCKS).fill(1);
const base = drawNumbers(SERIES * BLOCKS, "loss", 1).map((value) => Math.exp(value));

test("a model that halves every loss has a ratio of exactly one half, however much losses differ", () => {
  const models = [base, base.map((loss) => loss / 2)].map((loss) => ({ loss: Float64Array.from(loss), count: ones }));
  const [reference, half] = lossIntervals(models, [0], blocks, 1);
  const [low, high] = half!.meanRatio[0]!;
  assert.ok(Math.abs(low - 0.5) < 1e-12 && Math.abs(high - 0.5) < 1e-12);
  // The geometric ratio adds 0.01 to each side.
  assert.ok(half!.geometricRatio[0]!.every((end) => end > 0.5 && end < 0.51));
  assert.equal(reference!.meanRatio, [null]);
  const [from, to] = reference!.mean!;
  assert.ok(from < 1.65 && to > 1.65 && to - from > 0.2, `${from} to ${to}`);
});

test("two models with the same distribution of losses: the interval holds 1", () => {
  const other = drawNumbers(SERIES * BLOCKS, "other", 1).map((value) => Math.exp(value));
  const models = [base, other].map((loss) => ({ loss: Float64Array.from(loss), count: ones }));
  const [low, high] = lossIntervals(models, [0], blocks, 1)[1]!.geometricRatio[0]!;
  assert.ok(low < 1 && high > 1, `${low} to ${high}`);
});

test("the same seed, the same interval; another, another", () => {
  const models = [{ loss: Float64Array.from(base), count: ones }];
  const at = (seed: number) => lossIntervals(models, [], blocks, seed)[0]!.mean;
  assert.equal(at(1), at(1));
  assert.not.equal(at(1), at(2));
});

test("what differs from block to block alone widens the interval, though no unit is drawn", () => {
  const loss = Float64Array.from({ length: SERIES * BLOCKS }, (_, at) => at % BLOCKS);
  const alike = { ...blocks, unitOf: new Int32Array(SERIES).fill(-1), units: 0 };
  const [low, high] = lossIntervals([{ loss, count: ones }], [], alike, 1)[0]!.mean!;
  assert.ok(low < 2.5 && high > 4.5, `${low} to ${high}`);
});

test("series and blocks without a loss are passed over; nothing at all has no interval", () => {
  const count = ones.map((one, at) => (at < 4 * BLOCKS ? 0 : one));
  const loss = Float64Array.from(base.map((value, at) => (at < 4 * BLOCKS ? 0 : value)));
  assert.ok(lossIntervals([{ loss, count }], [], blocks, 1)[0]!.mean !== null);
  const nothing = { loss: new Float64Array(ones.length), count: new Float64Array(ones.length) };
  assert.is(lossIntervals([nothing], [], blocks, 1)[0]!.mean, null);
});

test("all series of a user are one unit; origins that overlap are one block; few units are not drawn", () => {
  const many = valuePanel(Array.from({ length: 60 }, () => [1]));
  const users = { ...many, series: many.series.map((series, index) => ({ ...series, user: index >> 1 })) };
  const horizon = { steps: 10, levelsPpm: [] };
  const found = blocksOf({ panel: users, origins: [0, 5, 9, 10, 30], horizon });
  assert.is(found.units, 30);
  assert.equal([...found.unitOf.slice(0, 4)], [0, 0, 1, 1]);
  assert.equal(found.blockOf, [0, 0, 0, 1, 2]);
  assert.is(found.blocks, 3);
  const few = blocksOf({ panel: valuePanel([[1], [1]]), origins: [0], horizon });
  assert.is(few.units, 0);
  assert.equal([...few.unitOf], [-1, -1]);
});

test.run();
