import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../allocator/core/bytes.ts";
import { DurationSketch } from "../../../allocator/core/duration-sketch.ts";

function sketchOf(durations: readonly number[]): DurationSketch {
  const sketch = new DurationSketch();
  for (const ms of durations) sketch.add(ms);
  return sketch;
}

test("a quantile is at most a sixteenth above the duration of that rank, and never below it; a copy says the same", () => {
  const durations = fc.array(fc.oneof(fc.nat(40), fc.nat(100_000), fc.nat(0xffff_ffff)), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(durations, fc.nat(1_000_000), (values, levelPpm) => {
      const sketch = sketchOf(values);
      const rank = Math.max(1, Math.ceil((levelPpm * values.length) / 1_000_000));
      const exact = [...values].sort((a, b) => a - b)[rank - 1] as number;
      const said = sketch.quantile(levelPpm) as number;
      assert.ok(said >= exact && said <= exact + exact / 16, `${said} for ${exact}`);
      const out = new ByteWriter();
      sketch.write(out);
      const copy = new DurationSketch();
      copy.read(new ByteReader(out.written()));
      assert.is(copy.quantile(levelPpm), said);
    }),
  );
});

test("nothing measured has no quantile", () => {
  assert.is(new DurationSketch().quantile(500_000), null);
});

test("what was measured long ago counts for less: of 4,096 at 10 ms and then 2,100 at 30 ms, the median is 30", () => {
  const long = Array.from({ length: 4_096 }, () => 10);
  const late = (count: number) => Array.from({ length: count }, () => 30);
  // The first are halved to 2,048.
  assert.is(sketchOf([...long, ...late(2_000)]).quantile(500_000), 10);
  assert.is(sketchOf([...long, ...late(2_047)]).quantile(500_000), 10);
  // The 2,048th makes 4,096, which are halved to 1,024 of each.
  assert.is(sketchOf([...long, ...late(2_100)]).quantile(500_000), 30);
});

test.run();
