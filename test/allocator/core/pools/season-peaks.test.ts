import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import { SeasonPeaks } from "../../../../allocator/core/pools/season-peaks.ts";
import { amounts } from "../../../support/stream.ts";

const MINUTE = 60_000;
const cores = (count: number) => amounts({ cpuMillis: count * 1000 });

/** A season of 20 min is one of four bins of five. */
function season(): SeasonPeaks {
  const peaks = new SeasonPeaks(20 * MINUTE);
  for (const [minute, count] of [
    [0, 1],
    [6, 5],
    [9, 3],
    [12, 2],
    [17, 4],
  ] as const)
    peaks.observe(cores(count), minute * MINUTE);
  return peaks;
}

test("the largest of each bin is what the same bin of the next season is expected to bring", () => {
  const peaks = season();
  assert.equal(peaks.ahead(17 * MINUTE, 19 * MINUTE), cores(0), "within its own bin nothing is known ahead");
  assert.equal(peaks.ahead(17 * MINUTE, 20 * MINUTE), cores(1));
  assert.equal(peaks.ahead(17 * MINUTE, 25 * MINUTE), cores(5), "the largest of the two");
  assert.equal(peaks.ahead(24 * MINUTE, 34 * MINUTE), cores(5));
  assert.equal(peaks.ahead(17 * MINUTE, 300 * MINUTE), cores(5), "a season is as far as it knows");
});

test("a bin that begins again forgets what it held", () => {
  const peaks = season();
  peaks.observe(cores(2), 26 * MINUTE);
  assert.equal(peaks.ahead(44 * MINUTE, 45 * MINUTE), cores(2));
});

test("it is written and read whole", () => {
  const out = new ByteWriter();
  season().write(out);
  const copy = new SeasonPeaks(20 * MINUTE);
  copy.read(new ByteReader(out.written().slice()));
  assert.equal(copy.ahead(17 * MINUTE, 25 * MINUTE), cores(5));
});

test.run();
