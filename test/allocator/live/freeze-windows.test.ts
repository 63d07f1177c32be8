import { test } from "uvu";
import * as assert from "uvu/assert";
import { edgesOf, lastEdge } from "../../../allocator/live/freeze-windows.ts";

test("windows that touch or overlap are one", () => {
  const windows = [
    { fromMs: 50, toMs: 60 },
    { fromMs: 10, toMs: 20 },
    { fromMs: 15, toMs: 18 },
    { fromMs: 20, toMs: 30 },
  ];
  assert.equal(
    edgesOf(windows).map(({ atMs, frozen }) => [atMs, frozen]),
    [
      [10, true],
      [30, false],
      [50, true],
      [60, false],
    ],
  );
});

test("what was missed while nothing ran is the last edge alone", () => {
  const edges = edgesOf([
    { fromMs: 10, toMs: 20 },
    { fromMs: 50, toMs: 60 },
  ]);
  assert.equal(lastEdge(edges, 5, 15), { atMs: 10, frozen: true });
  assert.equal(lastEdge(edges, 5, 49), { atMs: 20, frozen: false });
  assert.is(lastEdge(edges, 20, 49), undefined);
});

test.run();
