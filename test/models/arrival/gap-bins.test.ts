import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BinnedHazard, drawn, GapList, gapBin, gapsOfBin } from "../../../models/arrival/gap-bins.ts";
import { GapPools } from "../../../models/arrival/gap-pools.ts";
import { arrivalPanel } from "../../support/arrival-panel.ts";

test("bins follow one another without a gap, single steps first", () => {
  let next = 1;
  for (let bin = 0; next < 2 ** 31; bin += 1) {
    const [first, last] = gapsOfBin(bin);
    assert.is(first, next);
    assert.equal([gapBin(first), gapBin(last)], [bin, bin]);
    next = last + 1;
  }
  assert.equal([1, 2, 8].map(gapsOfBin), [
    [2, 2],
    [3, 3],
    [9, 10],
  ]);
});

test("a list of gaps counts ends and steps at risk as one by one", () => {
  const gap = fc.integer({ min: 1, max: 30 });
  fc.assert(
    fc.property(fc.array(gap), fc.nat(30), gap, fc.nat(9), (gaps, open, first, more) => {
      const last = first + more;
      const lengths = Array.from({ length: more + 1 }, (_, i) => first + i);
      const list = new GapList(gaps, open);
      assert.is(list.ended(first, last), gaps.filter((one) => one >= first && one <= last).length);
      const atRisk = (length: number) => gaps.filter((one) => one >= length).length + (open >= length ? 1 : 0);
      assert.is(
        list.atRisk(first, last),
        lengths.reduce((sum, length) => sum + atRisk(length), 0),
      );
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("a binned hazard is ends by steps at risk, open gaps included; longer than all seen it stays as it was", () => {
  const hazard = new BinnedHazard();
  for (const gap of [1, 1, 2, 4]) hazard.add(gap, true);
  hazard.add(3, false);
  assert.equal(
    [0, 1, 2, 3].map((bin) => hazard.of(bin, 0, 0)),
    [2 / 5, 1 / 3, 0, 1],
  );
  assert.is(hazard.overall(0, 0), 4 / 11);
  assert.is(hazard.of(9, 0.25, 3), 0.25);
  const smoothed = hazard.smoothed(0, 2);
  assert.is(smoothed[0], drawn(2, 5, drawn(4, 11, 0, 2), 2));
  assert.is(smoothed[1], drawn(1, 3, smoothed[0]!, 2));
  assert.equal([...smoothed.subarray(4, 7)], [smoothed[3], smoothed[3], smoothed[3]]);
});

test("a pool counts the gap that is still open where training ends, and nothing after it", () => {
  const row = (...steps: readonly number[]) => Array.from({ length: 100 }, (_, step) => (steps.includes(step) ? 1 : 0));
  const poolOf = (...steps: readonly number[]) => {
    const panel = arrivalPanel([row(...steps)]);
    return new GapPools(panel, 60).overall(panel.series[0]!);
  };
  assert.ok(poolOf(10, 20) < 0.7 * poolOf(40, 50), "the same gap, then forty quiet steps or ten");
  assert.is(poolOf(10, 20, 70), poolOf(10, 20));
});

test.run();
