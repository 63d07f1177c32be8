/**
 * What one unit of a scaled error is: the mean of |y(t) − y(t − m)| over a series' history, its own seasonal naive error one
 * season m ahead (Hyndman and Koehler, Another look at measures of forecast accuracy, International Journal of Forecasting 22,
 * 2006). Pairs that are not both observed are left out; without any such pair m = 1 is taken instead.
 *
 * NaN: no two values to compare, or all of them alike. Such a series has no scale; its errors are scored apart, unscaled.
 */
export function errorScale(values: Float32Array, season: number): number {
  const scale = meanDifference(values, season);
  const used = Number.isNaN(scale) ? meanDifference(values, 1) : scale;
  return used > 0 ? used : Number.NaN;
}

function meanDifference(values: Float32Array, lag: number): number {
  let sum = 0;
  let pairs = 0;
  for (let at = lag; at < values.length; at += 1) {
    const difference = Math.abs((values[at] as number) - (values[at - lag] as number));
    if (Number.isNaN(difference)) continue;
    sum += difference;
    pairs += 1;
  }
  return pairs === 0 ? Number.NaN : sum / pairs;
}
