import { log } from "../math.ts";
import { leastSquares } from "./least-squares.ts";

/** Autoregressive order, differences taken, moving-average order. */
export interface Order {
  readonly p: number;
  readonly d: number;
  readonly q: number;
}

export interface ArimaFit {
  readonly order: Order;
  /** Mean of the differenced series where the model is about its deviations; 0 where d > 0. */
  readonly mean: number;
  readonly ar: readonly number[];
  readonly ma: readonly number[];
  /** Mean squared residual. */
  readonly variance: number;
  /** Akaike's criterion with the correction for few values; lower is better. */
  readonly aicc: number;
  /** The next value of the series. */
  readonly next: number;
}

const MOST_P = 2;
const MOST_Q = 2;
const MOST_ITERATIONS = 50;
/** Least squares finds a little more than a unit root where likelihood finds a little less, as for two values in turn. */
const AUTOREGRESSIVE_SLACK = 0.05;
/** 5 % point of the level-stationarity statistic (Kwiatkowski and others, J. of Econometrics 54, 1992, table 1). */
const KPSS_5_PERCENT = 0.463;

/**
 * The next value of a short series, by the ARIMA model that Akaike's corrected criterion prefers among p, q ≤ 2: as automatic ARIMA
 * forecasting does (Hyndman and Khandakar, J. of Statistical Software 27, 2008), but with every order tried rather than stepwise, one
 * difference at most, and coefficients by conditional sum of squares rather than maximum likelihood. One difference is taken when
 * the KPSS test rejects a constant level at 5 %. `null`: fewer than three values.
 */
export function fitArima(series: readonly number[]): ArimaFit | null {
  if (series.length < 3) return null;
  const d = kpss(series) > KPSS_5_PERCENT ? 1 : 0;
  let best: ArimaFit | null = null;
  for (let p = 0; p <= MOST_P; p += 1) {
    for (let q = 0; q <= MOST_Q; q += 1) {
      const fit = fitOrder(series, { p, d, q });
      if (fit !== null && (best === null || fit.aicc < best.aicc)) best = fit;
    }
  }
  return best;
}

/**
 * One model, by the least sum of squared residuals given that those before the first are 0 (conditional sum of squares). `null`:
 * there are too few values for it, or its coefficients are far from those of a stationary and invertible process.
 */
export function fitOrder(series: readonly number[], order: Order): ArimaFit | null {
  const { p, d, q } = order;
  const w = d === 0 ? series : series.slice(1).map((value, i) => value - (series[i] as number));
  const hasMean = d === 0;
  const parameters = p + q + (hasMean ? 1 : 0);
  const count = w.length - p;
  if (count < parameters + 2 || count - parameters - 2 <= 0) return null;
  let theta = new Array<number>(p + q).fill(0);
  if (hasMean) theta.push(w.reduce((sum, value) => sum + value, 0) / w.length);
  let state = residuals(w, theta, order, hasMean);
  // Gauss and Newton, with a damping that grows until a step helps (Levenberg).
  for (let iteration = 0, damping = 1e-6; iteration < MOST_ITERATIONS; iteration += 1) {
    const step = leastSquares(state.slopes, state.errors, damping);
    if (step === null) break;
    const tried = theta.map((value, i) => value - (step[i] as number));
    const next = residuals(w, tried, order, hasMean);
    if (next.squares < state.squares) {
      const gain = state.squares - next.squares;
      theta = tried;
      state = next;
      damping /= 10;
      if (gain <= 1e-12 * state.squares) break;
    } else if (damping < 1e6) damping = Math.max(damping, 1e-9) * 10;
    else break;
  }
  const ar = theta.slice(0, p);
  const ma = theta.slice(p, p + q);
  if (
    !isStable(ar, AUTOREGRESSIVE_SLACK) ||
    !isStable(
      ma.map((value) => -value),
      0,
    )
  )
    return null;
  const mean = hasMean ? (theta[p + q] as number) : 0;
  const variance = state.squares / count;
  // A series that is told without error has no likelihood; the simplest such model is best. All values count, though the first p have
  // no residual: else the unit of the values would decide between orders.
  const fitted = variance > 0 ? w.length * log(variance) : -1e9;
  const k = parameters + 1;
  const aicc = fitted + 2 * k + (2 * k * (k + 1)) / Math.max(1, w.length - k - 1);
  const change =
    mean + sum(ar, (i) => at(w, w.length - 1 - i) - mean) + sum(ma, (j) => at(state.errors, state.errors.length - 1 - j));
  return { order, mean, ar, ma, variance, aicc, next: d === 0 ? change : at(series, series.length - 1) + change };
}

interface Residuals {
  /** From the p-th value on. */
  readonly errors: readonly number[];
  /** Of each error, its derivatives by the parameters. */
  readonly slopes: readonly (readonly number[])[];
  readonly squares: number;
}

/** e_t = (w_t − μ) − Σ φ_i (w_{t−i} − μ) − Σ θ_j e_{t−j}, and what each parameter does to it. */
function residuals(w: readonly number[], theta: readonly number[], { p, q }: Order, hasMean: boolean): Residuals {
  const mean = hasMean ? at(theta, p + q) : 0;
  const ar = theta.slice(0, p);
  const ma = theta.slice(p, p + q);
  const errors: number[] = [];
  const slopes: number[][] = [];
  let squares = 0;
  for (let t = p; t < w.length; t += 1) {
    const now = errors.length;
    const error = at(w, t) - mean - sum(ar, (i) => at(w, t - 1 - i) - mean) - sum(ma, (j) => at(errors, now - 1 - j));
    const own = theta.map((_, k) => {
      if (k < p) return -(at(w, t - 1 - k) - mean);
      return k < p + q ? -at(errors, now - 1 - (k - p)) : -1 + sum(ar, () => 1);
    });
    slopes.push(own.map((slope, k) => slope - sum(ma, (j) => slopes[now - 1 - j]?.[k] ?? 0)));
    errors.push(error);
    squares += error * error;
  }
  return { errors, slopes, squares };
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}

/** Σ coefficient × value of its index. */
function sum(coefficients: readonly number[], value: (index: number) => number): number {
  let total = 0;
  for (let i = 0; i < coefficients.length; i += 1) total += (coefficients[i] as number) * value(i);
  return total;
}

/** Whether 1 − a₁z − a₂z² has its roots outside the unit circle, or not further inside than `slack`, for up to two coefficients. */
function isStable(coefficients: readonly number[], slack: number): boolean {
  const [first = 0, second = 0] = coefficients;
  return Math.max(Math.abs(second), first + second, second - first) < 1 + slack;
}

/**
 * The KPSS statistic of a constant level: Σ S_t² ⁄ (n² σ²), S the partial sums of the deviations from the mean, σ² their long-run
 * variance with Bartlett weights over ⌊3√n ⁄ 13⌋ lags. 0 for a constant.
 */
export function kpss(series: readonly number[]): number {
  const count = series.length;
  const mean = series.reduce((total, value) => total + value, 0) / count;
  const deviations = series.map((value) => value - mean);
  const lags = Math.floor((3 * Math.sqrt(count)) / 13);
  let variance = 0;
  for (let lag = 0; lag <= lags; lag += 1) {
    let product = 0;
    for (let t = lag; t < count; t += 1) product += at(deviations, t) * at(deviations, t - lag);
    variance += (lag === 0 ? 1 : 2 * (1 - lag / (lags + 1))) * (product / count);
  }
  if (!(variance > 0)) return 0;
  let partial = 0;
  let squares = 0;
  for (const deviation of deviations) {
    partial += deviation;
    squares += partial * partial;
  }
  return squares / (count * count * variance);
}
