import { test } from "uvu";
import * as assert from "uvu/assert";
import { headroom, replicasFor } from "../../../../allocator/live/kubernetes/capacity-hold.ts";
import { holdManifest, priorityClassManifest } from "../../../../allocator/live/kubernetes/hold-manifest.ts";

const of = (cpuMillis: number, memoryMiB: number) => ({ cpuMillis, memoryMiB, gpuMillis: 0, networkKbps: 0 });

test("headroom is what is reserved beyond a user's own instances, summed by tier", () => {
  const owners = [
    { tier: "gold", label: "a", reserved: of(4000, 1000) },
    { tier: "gold", label: "b", reserved: of(1000, 1000) },
    { tier: "bronze", label: "c", reserved: of(500, 500) },
  ];
  const instances = new Map([
    ["a", of(1500, 3000)],
    ["b", of(9000, 0)],
    ["nobody", of(1, 1)],
  ]);
  // What b has too much gives a nothing.
  assert.equal(Object.fromEntries(headroom(owners, instances)), { gold: of(2500, 1000), bronze: of(500, 500) });
  assert.equal([...headroom([], instances)], []);
});

test("there are as many units as hold all of the cores and all of the memory", () => {
  for (const [amount, expected] of [
    [of(0, 0), 0],
    [of(1, 0), 1],
    [of(1000, 1024), 1],
    [of(1001, 1024), 2],
    [of(1000, 5000), 5],
  ] as const)
    assert.is(replicasFor(amount, of(1000, 1024)), expected);
});

test("what is held gives way to any pod, and what is held for a lower tier first", () => {
  const value = (rank: number) => (priorityClassManifest("t", rank) as unknown as { value: number }).value;
  assert.equal([0, 1, 2].map(value), [-10, -9, -8]);
  assert.is(value(500), -1);
  assert.is(priorityClassManifest("t", 0)["preemptionPolicy"], "Never");
});

test("any tier and run gives names that objects may have", () => {
  const hold = { pool: "general", unit: of(1000, 1024), image: "pause", by: "auto" } as const;
  for (const tier of ["Gold", "a b", "x".repeat(64), "a_b.c", "ü"]) {
    for (const { metadata } of [priorityClassManifest(tier, 0), holdManifest({ runId: "r", epoch: 1, tier, hold })])
      assert.match(metadata.name, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
  }
});

test.run();
