/** A ratio of sums over users, and how sure it is. */
export interface Ratio {
  /** Σ y ÷ Σ x; `null`: nothing was counted. */
  readonly value: number | null;
  /** Its standard error. */
  readonly error: number;
  /** Users of whom anything was counted. */
  readonly users: number;
}

/**
 * Users are what was drawn, so they are what it varies over: what one user does hangs together. The error of a ratio of means by
 * linearisation, √(n ÷ (n − 1) · Σ (y − r·x)²) ÷ Σ x (Cochran, “Sampling Techniques”, 3rd ed., §6.3, without the finite population's
 * correction).
 */
export function ratioOf(pairs: readonly (readonly [y: number, x: number])[]): Ratio {
  const counted = pairs.filter(([y, x]) => x > 0 || y > 0);
  const users = counted.length;
  const of = counted.reduce((sum, [y]) => sum + y, 0);
  const per = counted.reduce((sum, [, x]) => sum + x, 0);
  if (per === 0) return { value: null, error: 0, users };
  const value = of / per;
  if (users < 2) return { value, error: Number.POSITIVE_INFINITY, users };
  const squares = counted.reduce((sum, [y, x]) => sum + (y - value * x) ** 2, 0);
  return { value, error: Math.sqrt((users / (users - 1)) * squares) / per, users };
}
