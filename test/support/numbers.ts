import { RandomStream } from "../../allocator/core/random.ts";

/** Normal numbers, the same for the same cause. */
export function drawNumbers(count: number, cause: string, deviation: number): Float32Array {
  const stream = new RandomStream(1, cause);
  return Float32Array.from({ length: count }, () => stream.normal() * deviation);
}
