/**
 * The quantile of an ascending sample, linear between order statistics: type 7 of Hyndman and Fan, "Sample quantiles in statistical
 * packages", The American Statistician 50, 1996. The sample is not empty.
 */
export function quantileOf(ascending: Float64Array, levelPpm: number): number {
  const position = ((ascending.length - 1) * levelPpm) / 1_000_000;
  const below = Math.floor(position);
  const low = ascending[below] as number;
  if (below + 1 >= ascending.length) return low;
  return low + ((ascending[below + 1] as number) - low) * (position - below);
}
