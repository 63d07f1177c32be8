/**
 * Numbers as a reader sees them: three significant digits in prose, as many decimals as a column needs in a table, narrow
 * no-break spaces between thousands and before units, a real minus sign.
 */
const SPACE = "\u202f";
const MINUS = "\u2212";

/** Shown where a value does not apply. */
export const NOT_APPLICABLE = "\u2013";

/** With exactly `decimals` decimals: 12345.678, 1 → "12 345.7". */
export function fixed(value: number, decimals: number): string {
  const [whole = "", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, SPACE);
  const digits = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(digits) ? `${MINUS}${digits}` : digits;
}

/** To three significant digits, without trailing zeros after the point: 1234 → "1 230", 0.01234 → "0.0123", 2 → "2". */
export function significant(value: number): string {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(3));
  return fixed(rounded, Math.min(12, decimalsOf(rounded)));
}

/** A whole number, exact. */
export function count(value: number): string {
  return fixed(value, 0);
}

/** A count and its noun: 1 → "1 policy", 3 → "3 policies". */
export function counted(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 0.0312 → "3.12 %". */
export function share(fraction: number): string {
  return `${significant(fraction * 100)}${SPACE}%`;
}

export function money(amount: number, currency: string): string {
  return currency === "" ? significant(amount) : `${significant(amount)}${SPACE}${currency}`;
}

/** A length of time in its natural unit: 0 → "0 ms", 1250 → "1.25 s", 1209600000 → "14 days". */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1000) return `${significant(ms)}${SPACE}ms`;
  if (size < 120_000) return `${significant(ms / 1000)}${SPACE}s`;
  if (size < 7_200_000) return `${significant(ms / 60_000)}${SPACE}min`;
  if (size < 172_800_000) return `${significant(ms / 3_600_000)}${SPACE}h`;
  return `${significant(ms / 86_400_000)}${SPACE}days`;
}

/**
 * How many decimals let a column line up and still show each value: two significant digits of its smallest value that is not
 * 0, three of its largest, but never more than three decimals beyond what the largest needs.
 */
export function columnDecimals(values: readonly number[]): number {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  if (sizes.length === 0 || sizes.every(Number.isInteger)) return 0;
  const forLargest = Math.max(0, 2 - magnitude(Math.max(...sizes)));
  const forSmallest = Math.max(0, 1 - magnitude(Math.min(...sizes)));
  return Math.min(9, Math.max(forLargest, Math.min(forSmallest, forLargest + 3)));
}

/** The power of ten of the first digit: 412 → 2, 0.05 → −2. */
function magnitude(size: number): number {
  return Number(size.toExponential().split("e")[1]);
}

function decimalsOf(value: number): number {
  const [digits = "", exponent] = value.toExponential().split("e");
  return Math.max(0, digits.replace(/^-?\d\.?/, "").length - Number(exponent));
}
