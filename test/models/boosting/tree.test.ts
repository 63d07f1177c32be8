import { test } from "uvu";
import * as assert from "uvu/assert";
import { binned } from "../../../models/boosting/feature-rows.ts";
import { growTree, treeValue } from "../../../models/boosting/tree.ts";

const N = Number.NaN;

function grown(rows: readonly (readonly number[])[], gradient: readonly number[], depth: number, leastRows = 1) {
  const features = Float32Array.from(rows.flat());
  const bins = binned({ count: rows.length, width: rows[0]!.length, features, targets: new Float32Array(rows.length) });
  const mean = (members: Int32Array) => members.reduce((sum, row) => sum + gradient[row]!, 0) / members.length;
  const tree = growTree(bins, Float32Array.from(gradient), Int32Array.from(rows.keys()), { depth, leastRows, answer: mean });
  return { tree, said: rows.map((_, row) => treeValue(tree, features, row * rows[0]!.length)) };
}

test("one split parts low from high, by the feature that tells them", () => {
  const rows = [
    [7, 1],
    [3, 2],
    [7, 3],
    [3, 10],
    [7, 11],
    [3, 12],
  ];
  const { tree, said } = grown(rows, [-1, -1, -1, 5, 5, 5], 1);
  assert.is(tree.feature[0], 1);
  assert.equal(said, [-1, -1, -1, 5, 5, 5]);
  assert.is(treeValue(tree, Float32Array.of(0, 3.5), 0), 5, "above the largest value that goes left");
});

test("two features together need two splits", () => {
  const rows = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  assert.equal(grown(rows, [1, 2, 3, 10], 2).said, [1, 2, 3, 10]);
});

test("what is not known goes left, and can be told from all that is", () => {
  const { tree, said } = grown([[N], [N], [1], [2], [3]], [9, 9, 0, 0, 0], 1);
  assert.equal(said, [9, 9, 0, 0, 0]);
  assert.is(treeValue(tree, Float32Array.of(-1e9), 0), 0);
});

test("no leaf of fewer rows than asked, and none but the root where nothing differs", () => {
  const rows = [[1], [2], [3], [4], [5], [6]];
  assert.equal(grown(rows, [9, 0, 0, 0, 0, 0], 3, 3).said, [3, 3, 3, 0, 0, 0]);
  assert.equal([...grown(rows, [2, 2, 2, 2, 2, 2], 3).tree.feature], new Array(15).fill(-1));
});

test.run();
