import { test } from "uvu";
import * as assert from "uvu/assert";
import { Fragmentation, typicalShapes } from "../../../../allocator/core/placement/fragmentation.ts";
import { GpuNode } from "../../../../allocator/core/placement/gpu-node.ts";
import type { GpuShape } from "../../../../allocator/core/placement/gpu-shape.ts";
import { Placer } from "../../../../allocator/core/placement/placer.ts";
import { PLACEMENT_NAMES, placementStrategy } from "../../../../allocator/core/placement/strategies.ts";
import { RandomStream } from "../../../../allocator/core/random.ts";
import { hasRoom, type NaiveNode, naiveFgd, take } from "../../../support/naive-placement.ts";

const MODELS = ["T4", "P100"];

interface World {
  readonly nodes: readonly { readonly cpu: number; readonly memory: number; readonly gpus: number; readonly model: string }[];
  readonly shapes: readonly GpuShape[];
  readonly arrivals: readonly GpuShape[];
}

/** A small cluster, a few shapes, and more arrivals than fit. */
function randomWorld(seed: number): World {
  const random = new RandomStream(seed, "placement world");
  const nodes = Array.from({ length: 1 + random.below(8) }, () => ({
    cpu: 1000 * (1 + random.below(64)),
    memory: 1024 * (1 + random.below(64)),
    gpus: random.below(5),
    model: MODELS[random.below(2)] as string,
  }));
  const shapes = Array.from({ length: 1 + random.below(12) }, (): GpuShape => {
    const gpus = [0, 1, 1, 1, 2, 4][random.below(6)] as number;
    return {
      cpuMillis: 1000 * random.below(12),
      memoryMiB: 512 * random.below(12),
      gpus,
      gpuMillis: gpus === 0 ? 0 : gpus === 1 && random.below(3) > 0 ? 1 + random.below(1000) : 1000,
      gpuModels: gpus > 0 && random.below(4) === 0 ? [MODELS[random.below(2)] as string] : [],
    };
  });
  const arrivals = Array.from({ length: 120 }, () => shapes[random.below(shapes.length)] as GpuShape);
  return { nodes, shapes, arrivals };
}

const nodesOf = (world: World) =>
  world.nodes.map(({ cpu, memory, gpus, model }, at) => new GpuNode(`${at}`, cpu, memory, gpus, gpus === 0 ? null : model));
const naiveNodesOf = (world: World): NaiveNode[] =>
  world.nodes.map(({ cpu, memory, gpus, model }) => ({ cpu, memory, gpus: new Array<number>(gpus).fill(1000), model }));

for (const name of PLACEMENT_NAMES) {
  test(`${name}: no node or device is overcommitted, whole GPUs are empty ones, and nothing that fits is refused`, () => {
    for (let seed = 0; seed < 150; seed += 1) {
      const world = randomWorld(seed);
      const nodes = nodesOf(world);
      const shadow = naiveNodesOf(world);
      const strategy = placementStrategy(name, new Fragmentation(typicalShapes(world.arrivals)));
      const placer = new Placer(nodes, strategy, new RandomStream(seed, "placement choices"));
      for (const shape of world.arrivals) {
        const placement = placer.place(shape);
        const couldGo = shadow.some((node) => hasRoom(node, shape));
        assert.is(placement !== null, couldGo, `seed ${seed}`);
        if (placement === null) continue;
        const node = shadow[nodes.indexOf(placement.node)] as NaiveNode;
        assert.ok(hasRoom(node, shape), `seed ${seed}`);
        assert.is(new Set(placement.devices).size, shape.gpus);
        if (shape.gpuMillis === 1000) for (const device of placement.devices) assert.is(node.gpus[device], 1000);
        take(node, shape, placement.devices);
        assert.ok(node.cpu >= 0 && node.memory >= 0 && node.gpus.every((free) => free >= 0 && free <= 1000), `seed ${seed}`);
        assert.equal(placement.node.gpuFreeMillis, node.gpus);
        assert.is(placement.node.cpuFreeMillis, node.cpu);
      }
    }
  });
}

test("FGD with kept scores chooses what FGD by definition chooses", () => {
  for (let seed = 0; seed < 150; seed += 1) {
    const world = randomWorld(seed);
    const nodes = nodesOf(world);
    const naive = naiveNodesOf(world);
    const typical = typicalShapes(world.arrivals);
    const placer = new Placer(nodes, placementStrategy("fgd", new Fragmentation(typical)), new RandomStream(1, "unused"));
    for (const [at, shape] of world.arrivals.entries()) {
      const expected = naiveFgd(naive, shape, typical);
      const found = placer.place(shape);
      const choice = found === null ? null : { node: nodes.indexOf(found.node), devices: found.devices };
      assert.equal(choice, expected === null ? null : { node: expected.node, devices: expected.devices }, `seed ${seed}, ${at}`);
      if (expected !== null) take(naive[expected.node] as NaiveNode, shape, expected.devices);
    }
  }
});

test("the same seed gives the same placements, another seed others", () => {
  const placements = (seed: number) => {
    const world = randomWorld(7);
    const nodes = nodesOf(world);
    const strategy = placementStrategy("random", new Fragmentation([]));
    const placer = new Placer(nodes, strategy, new RandomStream(seed, "placement choices"));
    return world.arrivals.map((shape) => placer.place(shape)?.node.name);
  };
  assert.equal(placements(1), placements(1));
  assert.not.equal(placements(1), placements(2));
});

test.run();
