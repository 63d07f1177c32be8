/**
 * exp, log and pow built from + − × ÷ and comparisons only. ECMAScript leaves the last bits of `Math.exp`, `Math.log` and
 * `Math.pow` to the engine; these give the same bits on every one, so a replay never depends on where it runs.
 */

/** The power of two with exponent k is `TWO_TO[k + 1074]`, for every k a double can hold. Built by exact halvings and doublings. */
const TWO_TO = new Float64Array(2098);
TWO_TO[1074] = 1;
for (let k = 1; k <= 1023; k++) TWO_TO[1074 + k] = (TWO_TO[1073 + k] as number) * 2;
for (let k = 1; k <= 1074; k++) TWO_TO[1074 - k] = (TWO_TO[1075 - k] as number) / 2;

function twoTo(k: number): number {
  return TWO_TO[k + 1074] as number;
}

/** ln 2 in two parts: the first has 33 bits, so that its product with any exponent is exact. */
const LN2_HIGH = 0x162e42fef / 2 ** 33;
const LN2_LOW = 7.440617110012397e-11;

/** Above it e^x is more than the largest double; below its counterpart e^x rounds to zero. */
const EXP_OVERFLOW = 709.782712893384;
const EXP_UNDERFLOW = -745.1332191019412;

/** 1 ⁄ n! for n = 2…14. */
const INVERSE_FACTORIALS = (() => {
  const inverses: number[] = [];
  let factorial = 1;
  for (let n = 2; n <= 14; n++) {
    factorial *= n;
    inverses.push(1 / factorial);
  }
  return inverses;
})();

/**
 * e^x. Reduces x = k·ln 2 + r with |r| ≤ ln 2 ⁄ 2, sums the Taylor series of e^r to the 14th power (remainder below 2⁻⁵⁹ of the
 * result) and scales by 2^k. Error below 1 ulp; NaN and ±∞ as in `Math.exp`.
 */
export function exp(x: number): number {
  return expOfSum(x, 0);
}

/** e^(high + low) for |low| at most half an ulp of `high`. */
function expOfSum(high: number, low: number): number {
  if (Number.isNaN(high)) return NaN;
  if (high > EXP_OVERFLOW) return Infinity;
  if (high < EXP_UNDERFLOW) return 0;
  const k = Math.floor(high * Math.LOG2E + 0.5);
  const a = high - k * LN2_HIGH;
  const b = low - k * LN2_LOW;
  const r = a + b;
  const rest = a - r + b;
  let series = 0;
  for (let n = INVERSE_FACTORIALS.length - 1; n >= 0; n--) series = series * r + (INVERSE_FACTORIALS[n] as number);
  const e = 1 + (r + (rest + rest * r + r * r * series));
  // Two steps where 2^k alone is no normal double, so that the result is rounded once.
  if (k > 1023) return e * 2 * twoTo(1023);
  if (k < -1021) return e * twoTo(k + 200) * twoTo(-200);
  return e * twoTo(k);
}

/** 2⁄3, 2⁄5, 2⁄7, …: 2·atanh(s) = 2s + s·z·(2⁄3 + z·(2⁄5 + …)) with z = s². */
const ATANH_TERMS = Array.from({ length: 11 }, (_, n) => 2 / (2 * n + 3));

/** The sum of `ATANH_TERMS[from + i]·zⁱ`. For z ≤ 0.0295 what is left out is below 2⁻⁶⁰ of the whole. */
function atanhSeries(z: number, from: number): number {
  let series = 0;
  for (let n = ATANH_TERMS.length - 1; n >= from; n--) series = series * z + (ATANH_TERMS[n] as number);
  return series;
}

const bits = new DataView(new ArrayBuffer(8));

/** The integer e with x = m·2^e, m in [√½, √2), for positive finite x. */
function exponentOf(x: number): number {
  let offset = 0;
  let normal = x;
  if (x < 2.2250738585072014e-308) {
    normal = x * twoTo(54);
    offset = -54;
  }
  bits.setFloat64(0, normal);
  const e = ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
  // The mantissa is in [1, 2): move its upper half down.
  return normal / twoTo(e) >= Math.SQRT2 ? e + 1 + offset : e + offset;
}

/** m in [√½, √2) with x = m·2^e, exact. */
function mantissaOf(x: number, e: number): number {
  if (e > 1023) return x / twoTo(1023) / 2;
  return e < -1000 ? (x * twoTo(200)) / twoTo(e + 200) : x / twoTo(e);
}

/**
 * Natural logarithm. Writes x = m·2^e with m in [√½, √2) and sums ln m = 2·atanh((m − 1) ⁄ (m + 1)) as a series of 12 terms.
 * Error below 1 ulp; zero gives −∞, negatives and NaN give NaN, as in `Math.log`.
 */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return x;
  const e = exponentOf(x);
  const f = mantissaOf(x, e) - 1;
  const s = f / (2 + f);
  const half = 0.5 * f * f;
  // ln m = 2s + s·tail, and 2s = f − f²⁄2 + s·f²⁄2: f, which is exact, carries the result.
  const z = s * s;
  const correction = s * (half + z * atanhSeries(z, 0));
  return e * LN2_HIGH - (half - (correction + e * LN2_LOW) - f);
}

/** A number as an unevaluated sum: `high` is the double nearest to it. */
interface Pair {
  high: number;
  low: number;
}

/** a × b exactly (Veltkamp's splitting, Dekker's product), for |a|, |b| far from overflow. */
function product(a: number, b: number): Pair {
  const aHigh = upperHalf(a);
  const aLow = a - aHigh;
  const bHigh = upperHalf(b);
  const bLow = b - bHigh;
  const high = a * b;
  return { high, low: aHigh * bHigh - high + aHigh * bLow + aLow * bHigh + aLow * bLow };
}

function upperHalf(a: number): number {
  const c = 134_217_729 * a;
  return c - (c - a);
}

/** a + b exactly (Knuth). */
function sum(a: number, b: number): Pair {
  const high = a + b;
  const bPart = high - a;
  return { high, low: a - (high - bPart) + (b - bPart) };
}

const TWO_THIRDS = 2 / 3;
const TWO_THIRDS_LOW = 3.700743415417188e-17;

/** ln x for positive finite x as a pair: y·ln x magnifies its error by up to 745, so a double alone would not do. */
function logPair(x: number): Pair {
  const e = exponentOf(x);
  const m = mantissaOf(x, e);
  // s = (m − 1) ⁄ (m + 1) and what the division left over.
  const denominator = sum(m, 1);
  const s = (m - 1) / denominator.high;
  const back = product(s, denominator.high);
  const sLow = (m - 1 - back.high - back.low - s * denominator.low) / denominator.high;
  // 2s and (2⁄3)·s³ as pairs; the terms after them are below 2⁻¹² of 2s and a double holds them well enough.
  const square = product(s, s);
  const cube = product(s, square.high);
  const cubeLow = cube.low + s * (square.low + 2 * s * sLow) + sLow * square.high;
  const third = product(cube.high, TWO_THIRDS);
  const thirdLow = third.low + cube.high * TWO_THIRDS_LOW + cubeLow * TWO_THIRDS;
  const tail = cube.high * square.high * atanhSeries(square.high, 1);
  const first = sum(e * LN2_HIGH, 2 * s);
  const second = sum(first.high, third.high);
  return sum(second.high, second.low + (first.low + (thirdLow + 2 * sLow + e * LN2_LOW + tail)));
}

/** Beyond it every power of a number other than ±1 overflows or vanishes, and the exponent is an even integer. */
const HUGE_EXPONENT = 2 ** 64;

/**
 * x^y as e^(y·ln x), the logarithm and the product held in two doubles. Error below 1.1 ulp. Special cases as in `Math.pow`:
 * x^0 is 1, (±1)^±∞ is NaN, a negative base needs an integer exponent and gives NaN otherwise.
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const size = Math.abs(x);
  if (size === 1 && Math.abs(y) === Infinity) return NaN;
  const whole = Math.floor(y) === y;
  const negative = (x < 0 || (x === 0 && 1 / x < 0)) && whole && Math.abs(y % 2) === 1;
  if (x < 0 && x !== -Infinity && !whole && Math.abs(y) !== Infinity) return NaN;
  const power = sizeToPower(size, y);
  return negative ? -power : power;
}

function sizeToPower(size: number, y: number): number {
  if (size === 1) return 1;
  if (size === 0 || size === Infinity || Math.abs(y) > HUGE_EXPONENT) return size > 1 === y > 0 ? Infinity : 0;
  const logarithm = logPair(size);
  const power = product(y, logarithm.high);
  const exponent = sum(power.high, power.low + y * logarithm.low);
  return expOfSum(exponent.high, exponent.low);
}
