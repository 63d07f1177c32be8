import { type GpuShape, gpuShapeKey, totalGpuMillis } from "../../allocator/core/placement/gpu-shape.ts";
import { RandomStream } from "../../allocator/core/random.ts";
import { InputError } from "../../datasets/issues.ts";

/** More arrivals than this are a mistake in the input. */
const MOST_ARRIVALS = 5_000_000;

/** What arrives, in order, with equal shapes as the same object. */
export interface Arrivals {
  readonly shapes: readonly GpuShape[];
  /** Σ GPU millis asked for. */
  readonly gpuMillis: number;
}

/**
 * Every shape once, shuffled, then shapes drawn with replacement; it ends before the first that would take the GPU millis asked for
 * beyond `targetGpuMillis`.
 * @throws InputError when the shapes ask for no GPU, or for so little of it that arrivals would be too many.
 */
export function drawArrivals(all: readonly GpuShape[], targetGpuMillis: number, seed: number): Arrivals {
  const sum = all.reduce((total, shape) => total + totalGpuMillis(shape), 0);
  const expected = sum === 0 ? Number.POSITIVE_INFINITY : (all.length * targetGpuMillis) / sum;
  if (expected > MOST_ARRIVALS) {
    const found = sum === 0 ? "no GPU at all" : `so little that ${Math.round(expected)} arrivals would be needed`;
    throw new InputError([{ where: "pods", expected: "requests for GPUs that can reach the load", found }]);
  }
  const same = interned(all);
  const random = new RandomStream(seed, "placement arrivals");
  const once = shuffled(same, random);
  const shapes: GpuShape[] = [];
  let gpuMillis = 0;
  for (;;) {
    const shape = once[shapes.length] ?? (same[random.below(same.length)] as GpuShape);
    const after = gpuMillis + totalGpuMillis(shape);
    if (after > targetGpuMillis) return { shapes, gpuMillis };
    gpuMillis = after;
    shapes.push(shape);
  }
}

/** In random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: RandomStream): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const chosen = random.below(last + 1);
    [order[last], order[chosen]] = [order[chosen] as T, order[last] as T];
  }
  return order;
}

function interned(shapes: readonly GpuShape[]): GpuShape[] {
  const known = new Map<string, GpuShape>();
  return shapes.map((shape) => {
    const key = `${gpuShapeKey(shape)}/${shape.memoryMiB}`;
    const same = known.get(key) ?? shape;
    known.set(key, same);
    return same;
  });
}
