import { acceptsModel, type GpuShape, gpuShapeKey } from "./gpu-shape.ts";

/** Shapes are typical, most frequent first, until they are this share of all. */
const TYPICAL_PERCENT = 95;

export interface CountedShape {
  readonly shape: GpuShape;
  readonly count: number;
}

/**
 * The target workload: the most frequent shapes, memory aside, that together are at least 95 % of all; of equally frequent ones
 * first the larger. Shapes without GPU are among them.
 */
export function typicalShapes(shapes: Iterable<GpuShape>): readonly CountedShape[] {
  const counts = new Map<string, { shape: GpuShape; count: number }>();
  let all = 0;
  for (const shape of shapes) {
    const key = gpuShapeKey(shape);
    const counted = counts.get(key) ?? { shape, count: 0 };
    counted.count += 1;
    counts.set(key, counted);
    all += 1;
  }
  const typical: CountedShape[] = [];
  let covered = 0;
  for (const counted of [...counts.values()].sort((a, b) => b.count - a.count || compareShapes(b.shape, a.shape))) {
    if (covered * 100 >= all * TYPICAL_PERCENT) break;
    typical.push(counted);
    covered += counted.count;
  }
  return typical;
}

function compareShapes(a: GpuShape, b: GpuShape): number {
  const [modelsA, modelsB] = [a.gpuModels.join("|"), b.gpuModels.join("|")];
  return (
    a.cpuMillis - b.cpuMillis ||
    a.gpuMillis - b.gpuMillis ||
    a.gpus - b.gpus ||
    (modelsA < modelsB ? -1 : modelsA > modelsB ? 1 : 0)
  );
}

/** Typical shapes that differ only in CPU. */
interface Group {
  readonly shape: GpuShape;
  /** Ascending. */
  readonly cpuMillis: number[];
  /** How many typical instances ask for at most that much CPU. */
  readonly atMost: number[];
}

/** What fragmentation depends on; memory does not matter to it. */
export interface FreeGpus {
  readonly cpuFreeMillis: number;
  readonly gpuFreeMillis: readonly number[];
  readonly model: string | null;
}

/**
 * How much of a node's free GPU the target workload cannot use, in expectation (Weng et al., "Beware of Fragmentation", USENIX ATC
 * 2023, §3). For one typical shape: all that is free on the node where the shape does not fit (CPU, number of devices with room,
 * model) or asks for no GPU; else what is free on devices with too little room for it. The amount is the mean over the typical shapes,
 * each as often as it occurs.
 *
 * Amounts are kept as integers, GPU millis × `weight`, so that they are exact and do not depend on the order of addition.
 */
export class Fragmentation {
  /** How many instances the typical shapes stand for. */
  readonly weight: number;
  readonly #groups: readonly Group[];

  constructor(typical: readonly CountedShape[]) {
    this.weight = typical.reduce((sum, { count }) => sum + count, 0);
    const groups = new Map<string, Group>();
    for (const { shape, count } of [...typical].sort((a, b) => a.shape.cpuMillis - b.shape.cpuMillis)) {
      if (shape.gpus === 0) continue;
      const key = gpuShapeKey({ ...shape, cpuMillis: 0 });
      const group = groups.get(key) ?? { shape, cpuMillis: [], atMost: [] };
      group.cpuMillis.push(shape.cpuMillis);
      group.atMost.push((group.atMost.at(-1) ?? 0) + count);
      groups.set(key, group);
    }
    this.#groups = [...groups.values()];
  }

  /** GPU millis × `weight`. */
  amount({ cpuFreeMillis, gpuFreeMillis, model }: FreeGpus): number {
    let total = 0;
    for (const free of gpuFreeMillis) total += free;
    if (total === 0) return 0;
    let usable = 0;
    for (const { shape, cpuMillis, atMost } of this.#groups) {
      let room = 0;
      let devices = 0;
      for (const free of gpuFreeMillis) {
        if (free < shape.gpuMillis) continue;
        room += free;
        devices += 1;
      }
      if (devices < shape.gpus || !acceptsModel(shape, model)) continue;
      usable += room * lastAtMost(cpuMillis, atMost, cpuFreeMillis);
    }
    return total * this.weight - usable;
  }
}

function lastAtMost(cpuMillis: readonly number[], atMost: readonly number[], cpuFreeMillis: number): number {
  for (let i = cpuMillis.length - 1; i >= 0; i -= 1) {
    if ((cpuMillis[i] as number) <= cpuFreeMillis) return atMost[i] as number;
  }
  return 0;
}
