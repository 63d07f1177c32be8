import { exp } from "../../allocator/core/math.ts";
import type { RandomStream } from "../../allocator/core/random.ts";
import type { RunTime } from "./apps.ts";

/** Log-normal: half of the draws are below `median`; `sigma` is the standard deviation of the logarithm. */
export function logNormal(random: RandomStream, median: number, sigma: number): number {
  return median * exp(sigma * random.normal());
}

/** A run time, whole milliseconds, at least 1. */
export function drawRunMs(random: RandomStream, { medianMs, sigma, maxMs }: RunTime): number {
  return Math.max(1, Math.round(Math.min(maxMs, logNormal(random, medianMs, sigma))));
}

/** Geometric number 0, 1, 2, … with this mean. */
export function geometric(random: RandomStream, mean: number): number {
  const goOn = mean / (1 + mean);
  let count = 0;
  while (random.float() < goOn) count += 1;
  return count;
}

/** One of the choices, as likely as its weight says. */
export function choose<T>(random: RandomStream, choices: readonly (readonly [choice: T, weight: number])[]): T {
  let total = 0;
  for (const [, weight] of choices) total += weight;
  let left = random.float() * total;
  for (const [choice, weight] of choices) {
    left -= weight;
    if (left < 0) return choice;
  }
  return (choices.at(-1) as readonly [T, number])[0];
}
