/**
 * The pinball loss of a quantile forecast at level q, twice over: 2·max(q·(y − f), (q − 1)·(y − f)). At the median it is the
 * absolute error |y − f| (Koenker and Bassett, Regression quantiles, Econometrica 46, 1978). Never negative; 0 where f = y.
 */
export function pinball(levelPpm: number, observed: number, forecast: number): number {
  const error = observed - forecast;
  return (2 * (error >= 0 ? levelPpm * error : (levelPpm - 1_000_000) * error)) / 1_000_000;
}
