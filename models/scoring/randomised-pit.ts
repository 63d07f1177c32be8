import type { RandomStream } from "../../allocator/core/random.ts";

/**
 * Where in its forecast an observation fell: the randomised probability integral transform, uniform over [0, 1] if the forecast was
 * right, also where demand has a mass at one value (Czado, Gneiting and Held, Predictive model assessment for count data, Biometrics
 * 65, 2009). A forecast is known at its levels only, so:
 *
 * - between two quantiles it is uniform between their levels; below the lowest from 0, above the highest up to 1;
 * - at a value that one or more quantiles have it is uniform over the mass there. That holds their levels, and ends somewhere
 *   between the last of them and the next: where, is drawn too, since no forecast says it. At the lowest quantile it begins at 0,
 *   at the highest it ends at 1;
 * - between quantiles, where several have the lower or upper one's value, what is drawn of the gap for that mass is left out.
 *
 * Without the second draw, of a right forecast with 60 % zeros and levels 0.5 and 0.75, all zeros would fall below 0.5.
 *
 * Three numbers are drawn whatever happens, so that models that are scored with equal streams meet equal luck.
 */
export function randomisedPit(
  observed: number,
  quantiles: Float32Array,
  start: number,
  levels: readonly number[],
  random: RandomStream,
): number {
  const luck = random.float();
  const lowEnd = random.float();
  const highEnd = random.float();
  const count = levels.length;
  const quantile = (index: number) => quantiles[start + index] as number;
  let below = 0;
  while (below < count && quantile(below) < observed) below += 1;
  let upTo = below;
  while (upTo < count && quantile(upTo) === observed) upTo += 1;
  const level = (index: number) => (index < 0 ? 0 : index >= count ? 1 : (levels[index] as number));
  const between = (index: number, share: number) => level(index) + share * (level(index + 1) - level(index));
  let from: number;
  let to: number;
  if (upTo === below) {
    const massBelow = below > 1 && below < count && quantile(below - 2) === quantile(below - 1);
    const massAbove = below > 0 && below + 1 < count && quantile(below + 1) === quantile(below);
    const ends = massBelow && massAbove ? [Math.min(lowEnd, highEnd), Math.max(lowEnd, highEnd)] : [highEnd, lowEnd];
    from = between(below - 1, massBelow ? (ends[0] as number) : 0);
    to = between(below - 1, massAbove ? (ends[1] as number) : 1);
  } else {
    from = below === 0 ? 0 : between(below - 1, lowEnd);
    to = upTo === count ? 1 : between(upTo - 1, highEnd);
  }
  return from + luck * (to - from);
}
