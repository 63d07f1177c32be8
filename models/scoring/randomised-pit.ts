import type { RandomStream } from "../../allocator/core/random.ts";

/**
 * Where in its forecast an observation fell: the randomised probability integral transform, uniform over [0, 1] exactly if the
 * forecast was right, also where demand has a mass at one value (Czado, Gneiting and Held, Predictive model assessment for count
 * data, Biometrics 65, 2009; Smith 1985). A forecast is known at its levels only:
 *
 * - between two quantiles, uniform between their levels; below the lowest from 0, above the highest up to 1;
 * - at a value that several quantiles share, uniform over all their levels, and from 0 where the lowest is among them, up to 1
 *   where the highest is: the mass there may be that of the whole tail;
 * - at one quantile alone, its level.
 *
 * One number is drawn whatever happens, so that models that are scored with equal streams meet equal luck.
 */
export function randomisedPit(
  observed: number,
  quantiles: Float32Array,
  start: number,
  levels: readonly number[],
  random: RandomStream,
): number {
  const luck = random.float();
  const count = levels.length;
  let below = 0;
  while (below < count && (quantiles[start + below] as number) < observed) below += 1;
  let upTo = below;
  while (upTo < count && (quantiles[start + upTo] as number) === observed) upTo += 1;
  const level = (index: number) => (index < 0 ? 0 : index >= count ? 1 : (levels[index] as number));
  const alike = upTo - below;
  if (alike === 0) return level(below - 1) + luck * (level(below) - level(below - 1));
  if (alike === 1 && below > 0 && upTo < count) return level(below);
  const from = below === 0 ? 0 : level(below);
  const to = upTo === count ? 1 : level(upTo - 1);
  return from + luck * (to - from);
}
