import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type GpuShape, totalGpuMillis } from "../../../allocator/core/placement/gpu-shape.ts";
import { PLACEMENT_NAMES } from "../../../allocator/core/placement/strategies.ts";
import { InputError } from "../../../datasets/issues.ts";
import { readOpenb } from "../../../datasets/openb/files.ts";
import { type PlacementScene, runPlacement } from "../../../sim/placement/experiment.ts";
import { drawArrivals } from "../../../sim/placement/workload.ts";
import { sharing, whole, withoutGpu } from "../../support/gpu-shapes.ts";
import { testOnTraces } from "../../support/skip.ts";

const SHAPES: readonly GpuShape[] = [whole(1), whole(2), sharing(500), sharing(300), withoutGpu(4000)];
const SUM = 4 * 1000 - 200;

const scene = (loadPpm: number, shapes = SHAPES): PlacementScene => ({
  nodes: Array.from({ length: 5 }, (_, at) => ({
    name: `n${at}`,
    cpuMillis: 64_000,
    memoryMiB: 65_536,
    gpus: 4,
    gpuModel: "T4",
  })),
  shapes,
  loadPpm,
});

test("every shape arrives once before any arrives again, and the target is not passed", () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const { shapes, gpuMillis } = drawArrivals(SHAPES, 20_000, seed);
    assert.is(new Set(shapes.slice(0, SHAPES.length)).size, SHAPES.length);
    assert.is(
      shapes.reduce((sum, shape) => sum + totalGpuMillis(shape), 0),
      gpuMillis,
    );
    assert.ok(gpuMillis > 18_000 && gpuMillis <= 20_000);
  }
});

test("below one round the arrivals are a part of the shapes", () => {
  const { shapes, gpuMillis } = drawArrivals(SHAPES, SUM - 1, 3);
  assert.ok(gpuMillis < SUM && new Set(shapes).size === shapes.length);
});

test("equal shapes become one object", () => {
  const { shapes } = drawArrivals([whole(1), whole(1), whole(1)], 10_000, 1);
  assert.equal([shapes.length, new Set(shapes).size], [10, 1]);
});

test("the order of arrivals is another one with another seed, and no order is favoured", () => {
  const first = [0, 0, 0, 0, 0];
  for (let seed = 0; seed < 1000; seed += 1) {
    const at = SHAPES.indexOf(drawArrivals(SHAPES, 20_000, seed).shapes[0] as GpuShape);
    first[at] = (first[at] as number) + 1;
  }
  for (const times of first) assert.ok(Math.abs(times - 200) < 60, `${first}`);
});

test("shapes without GPU, or with next to none, are refused", () => {
  assert.throws(
    () => drawArrivals([withoutGpu(1000)], 1000, 1),
    (error: unknown) => error instanceof InputError,
  );
  assert.throws(
    () => drawArrivals([sharing(1)], 1e9, 1),
    (error: unknown) => error instanceof InputError,
  );
});

test("what is allocated is what arrived, until the cluster is crowded", () => {
  for (const policy of PLACEMENT_NAMES) {
    const { curve, placed, arrived, gpuAllocationPct } = runPlacement(scene(400_000, [sharing(100, 1000)]), policy, 1);
    assert.equal(
      curve.map(({ loadPct }) => loadPct),
      Array.from({ length: 41 }, (_, at) => at),
    );
    assert.equal([arrived, placed, gpuAllocationPct], [80, 80, 40]);
    // A tenth of a GPU is half a percent of the twenty.
    for (const { loadPct, gpuAllocationPct: allocated } of curve) assert.is(allocated, loadPct);
  }
});

test("fragmentation is the share of the free GPU, as it goes along", () => {
  const node = { memoryMiB: 65_536, gpus: 2, gpuModel: "T4" };
  const nodes = [4000, 8000, 64_000].map((cpuMillis) => ({ ...node, name: `${cpuMillis}`, cpuMillis }));
  // The typical pod needs 8000: the smallest node is lost to it. FGD fills the largest first; then the third pod takes the last CPU.
  const { curve, placed } = runPlacement({ nodes, shapes: [whole(1)], loadPpm: 1_000_000 }, "fgd", 1);
  const fragmentation = (load: number) => curve[load]?.fragmentationPct;
  assert.ok(Math.abs((fragmentation(0) ?? 0) - 100 / 3) < 1e-9);
  assert.equal([16, 17, 33, 34, 49, 50, 100].map(fragmentation).slice(1), [40, 40, 50, 50, 100, 100]);
  assert.is(fragmentation(16), fragmentation(0));
  assert.equal([placed, curve[100]?.gpuAllocationPct], [3, 50]);
});

test("a cluster that is full has no fragmentation to speak of", () => {
  const { gpuAllocationPct, fragmentationPct, placed } = runPlacement(scene(2_000_000, [whole(1)]), "fgd", 1);
  assert.equal([gpuAllocationPct, fragmentationPct, placed], [100, null, 20]);
});

test("a run is the same each time, and policies meet the same arrivals", () => {
  assert.equal(runPlacement(scene(1_300_000), "random", 5), runPlacement(scene(1_300_000), "random", 5));
  const arrived = PLACEMENT_NAMES.map((policy) => runPlacement(scene(1_300_000), policy, 5).arrived);
  assert.is(new Set(arrived).size, 1);
});

/** Mean of ten seeds, default workload, 130 % load: Weng et al., USENIX ATC 2023, and the results kept with their simulator. */
const PUBLISHED = {
  random: 87.47,
  "dot-product": 90.85,
  "gpu-clustering": 91.88,
  "gpu-packing": 92,
  "best-fit": 93.08,
  fgd: 95.39,
};

testOnTraces("two seeds on openb come near the published means of ten", async (folder) => {
  const { nodes, pods } = await readOpenb(join(folder, "alibaba-openb-2023"), { variant: "default" });
  for (const [policy, published] of Object.entries(PUBLISHED) as [keyof typeof PUBLISHED, number][]) {
    const runs = [42, 43].map((seed) => runPlacement({ nodes, shapes: pods, loadPpm: 1_300_000 }, policy, seed));
    const mean = runs.reduce((sum, { gpuAllocationPct }) => sum + gpuAllocationPct, 0) / runs.length;
    // Two seeds of the policies that vary most (sd 0.6) stray up to about 1 point.
    assert.ok(Math.abs(mean - published) < 1, `${policy}: ${mean}, published ${published}`);
    const [run] = runs;
    // Their mean over loads that round to 0 %: 13.92.
    assert.ok(Math.abs((run?.curve[0]?.fragmentationPct ?? 0) - 13.92) < 0.1, `${run?.curve[0]?.fragmentationPct}`);
    assert.ok((run?.fragmentationPct ?? 0) > 95, "what is left when nothing fits any more is nearly all fragments");
  }
});

test.run();
