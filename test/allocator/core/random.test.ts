import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";

const test = suite("core/random");

function take<T>(count: number, draw: () => T): T[] {
  return Array.from({ length: count }, draw);
}

test("the generator is xoshiro128** 1.1: its authors' program from state 1, 2, 3, 4", () => {
  const random = new RandomStream(0, "reference");
  random.restore([1, 2, 3, 4]);
  assert.equal(
    take(10, () => random.uint32()),
    [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
  );
  assert.equal(random.snapshot(), [939045227, 1864939416, 1451579149, 2199351389]);
});

test("golden draws: any engine and any change of the code must give these", () => {
  const random = new RandomStream(1, "golden");
  assert.equal(
    [random.uint32(), random.float(), random.below(1000), random.exponential(60_000), random.normal()],
    [2252193448, 0.045477630770688116, 367, 22294.774327261886, 0.5115426878906448],
  );
});

test("streams depend on the seed and on the cause, and on nothing else", () => {
  const first = (seed: number, cause: string) =>
    take(
      4,
      (
        (random) => () =>
          random.uint32()
      )(new RandomStream(seed, cause)),
    );
  assert.equal(first(1, "arrivals"), first(1, "arrivals"));
  const seen = new Set<string>();
  const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
  const causes = ["", "a", "b", "aa", "ab", "ba", "user 1", "user 10", "user 2"];
  for (const seed of seeds) for (const cause of causes) seen.add(String(first(seed, cause)));
  assert.is(seen.size, seeds.length * causes.length);
});

test("streams of neighbouring causes are uncorrelated", () => {
  const streams = take(
    64,
    (
      (i) => () =>
        new RandomStream(1, `user ${i++}`)
    )(0),
  );
  const pairs = 64 * 2_000;
  let products = 0;
  for (let n = 0; n < 2_000; n++) {
    const row = streams.map((random) => random.float() - 0.5);
    row.forEach((x, i) => {
      products += x * (row[(i + 1) % row.length] as number);
    });
  }
  // A product of two independent uniforms on ±½ has variance 1⁄144; five standard errors.
  assert.ok(Math.abs(products / pairs) < 5 / 12 / Math.sqrt(pairs));
});

test("below is unbiased where a plain remainder would not be", () => {
  const random = new RandomStream(1, "below");
  // 2³² mod (3·2³⁰) leaves a quarter: a plain remainder would put half of all draws in the first third.
  const n = 3 * 2 ** 30;
  const third = take(60_000, () => random.below(n)).filter((drawn) => drawn < 2 ** 30).length;
  assert.ok(Math.abs(third - 20_000) < 5 * Math.sqrt(60_000 * (1 / 3) * (2 / 3)), String(third));
  assert.ok(take(1_000, () => random.below(7)).every((drawn) => Number.isInteger(drawn) && drawn >= 0 && drawn < 7));
  assert.is(random.below(1), 0);
  for (const n of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) assert.throws(() => random.below(n), /below/);
});

test("float has its moments and stays in [0, 1)", () => {
  const random = new RandomStream(1, "float");
  const drawn = take(100_000, () => random.float());
  assert.ok(drawn.every((x) => x >= 0 && x < 1));
  assert.ok(Math.abs(mean(drawn) - 0.5) < 5 * Math.sqrt(1 / 12 / drawn.length));
  assert.ok(Math.abs(variance(drawn) - 1 / 12) < 0.001);
});

test("exponential and normal have their moments and their tails", () => {
  const random = new RandomStream(1, "shapes");
  const gaps = take(100_000, () => random.exponential(250));
  assert.ok(Math.abs(mean(gaps) - 250) < (5 * 250) / Math.sqrt(gaps.length));
  assert.ok(Math.abs(gaps.filter((gap) => gap > 750).length / gaps.length - 0.0498) < 0.004);
  const normals = take(100_000, () => random.normal());
  assert.ok(Math.abs(mean(normals)) < 5 / Math.sqrt(normals.length));
  assert.ok(Math.abs(variance(normals) - 1) < 0.025);
  assert.ok(Math.abs(normals.filter((x) => x > 1.959964).length / normals.length - 0.025) < 0.003);
});

test("a snapshot continues the stream, and bad state or seed is refused", () => {
  const random = new RandomStream(5, "snapshot");
  take(17, () => random.normal());
  const state = random.snapshot();
  const expected = take(20, () => random.uint32());
  const other = new RandomStream(6, "other");
  other.restore(state);
  assert.equal(
    take(20, () => other.uint32()),
    expected,
  );
  assert.throws(() => random.restore([0, 0, 0, 0]), /random state/);
  assert.throws(() => new RandomStream(0.5, "x"), /seed/);
  assert.throws(() => new RandomStream(Number.NaN, "x"), /seed/);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}

test.run();
