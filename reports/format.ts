/**
 * Numbers as a reader sees them: three significant digits in prose, as many decimals as a column needs in a table, narrow
 * no-break spaces between thousands and before units, a real minus sign.
 */
const SPACE = "\u202f";
const MINUS = "\u2212";
const BLANK_DIGIT = "\u2007";
const BLANK_POINT = "\u2008";

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
 * A column of numbers whose decimal points stand under one another: whole numbers exact, others to three significant digits,
 * blanks as wide as a digit where a number has fewer decimals than the column. `null`: does not apply.
 */
export function aligned(values: readonly (number | null)[]): string[] {
  const decimals = values.map((value) => (value === null ? 0 : decimalsShown(value)));
  const most = Math.max(0, ...decimals);
  return values.map((value, row) => {
    const own = decimals[row] as number;
    const blanks = most === own ? "" : `${own === 0 ? BLANK_POINT : ""}${BLANK_DIGIT.repeat(most - own)}`;
    return `${value === null ? NOT_APPLICABLE : fixed(value, own)}${blanks}`;
  });
}

/** To three significant digits, but never fewer than all the digits before the point. */
function decimalsShown(value: number): number {
  return Number.isInteger(value) ? 0 : Math.max(0, Math.min(9, 2 - magnitude(Number(Math.abs(value).toPrecision(3)))));
}

/** The power of ten of the first digit: 412 → 2, 0.05 → −2. */
function magnitude(size: number): number {
  return Number(size.toExponential().split("e")[1]);
}

function decimalsOf(value: number): number {
  const [digits = "", exponent] = value.toExponential().split("e");
  return Math.max(0, digits.replace(/^-?\d\.?/, "").length - Number(exponent));
}
