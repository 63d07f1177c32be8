import { test } from "uvu";
import * as assert from "uvu/assert";
import { isOnFrontier, sweepOf } from "../../../reports/sweep/points.ts";
import type { RunRecord } from "../../../sim/run-record.ts";
import { runWith } from "../../support/run-records.ts";

const readCells = async () => null;

function run(
  policyText: string,
  waste: number | null,
  violations: number,
  seed = 1,
): { record: RunRecord; readCells: typeof readCells } {
  const made = runWith(policyText, { waste_cost: waste, violation_cost: violations, cost: (waste ?? 0) + violations });
  return { record: { ...made, seed, journal: { ...made.journal, digest: `${policyText} ${waste} ${violations}` } }, readCells };
}

test("worked by hand: which points dominate which", async () => {
  // b wastes more than a and violates as often: dominated. c wastes more and violates less: not. d equals c: neither dominates.
  // A reference dominates nobody, though it is better than all; without waste there is no place on the plane.
  const { points } = await sweepOf([
    run("a", 10, 5),
    run("b", 11, 5),
    run("c", 20, 1),
    run("d", 20, 1),
    run("clairvoyant", 1, 0),
    run("e", null, 0),
  ]);
  const of = (text: string) => points.find(({ policyText }) => policyText === text)!;
  assert.is(of("b").dominatedBy, "a");
  for (const text of ["a", "c", "d", "clairvoyant", "e"]) assert.is(of(text).dominatedBy, null, text);
  assert.equal(
    points.filter(isOnFrontier).map(({ policyText }) => policyText),
    ["a", "c", "d"],
  );
  assert.equal(
    points.map(({ policyText }) => policyText),
    ["clairvoyant", "a", "b", "c", "d", "e"],
  );
});

test("worked by hand: means over seeds, and their intervals", async () => {
  // Waste 1, 2 and 3: mean 2 ± 4.303 × 1 ÷ √3.
  const { points, seedsMatter } = await sweepOf([run("a", 1, 0, 1), run("a", 2, 0, 2), run("a", 3, 0, 3)]);
  assert.is(seedsMatter, true);
  assert.is(points[0]!.metrics["waste_cost"], 2);
  const [low, high] = points[0]!.seedIntervals!["waste_cost"]!;
  assert.ok(Math.abs(high - 2 - 4.303 / Math.sqrt(3)) < 1e-9 && Math.abs(2 - low - 4.303 / Math.sqrt(3)) < 1e-9);
  assert.equal(
    points[0]!.runs.map(({ seed }) => seed),
    [1, 2, 3],
  );
});

test("seeds that give equal journals give no interval", async () => {
  const { points, seedsMatter } = await sweepOf([run("a", 1, 0, 1), run("a", 1, 0, 2)]);
  assert.equal([seedsMatter, points[0]!.seedIntervals, points[0]!.metrics["waste_cost"]], [false, null, 1]);
});

test.run();
