import { parseNumber, type TableCell } from "./table-reader.ts";

/** Units in which a source may give times and periods; `datetime`: a date and time of day. */
export const TIME_UNITS = ["us", "ms", "s", "min", "h", "d", "datetime"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

const MS: Readonly<Record<Exclude<TimeUnit, "us" | "datetime">, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** In whole ms, to the nearest; a date and time as Unix time. NaN where it is neither a number nor a date and time. */
export function toMs(cell: TableCell, unit: TimeUnit): number {
  if (unit === "datetime") return typeof cell === "string" ? parseDateTime(cell) : Number.NaN;
  const value = toNumber(cell);
  return Math.round(unit === "us" ? value / 1_000 : value * MS[unit]);
}

/** NaN where there is none. */
export function toNumber(cell: TableCell): number {
  return typeof cell === "number" ? cell : parseNumber(cell ?? "");
}

/** An amount × `scale`, whole, rounded up. */
export function toAmount(cell: TableCell, scale: number): number {
  const value = toNumber(cell) * scale;
  // 0.29 × 100 is 28.999999999999996, and 0.07 × 100 is 7.000000000000001: what is whole but for the last bits is whole.
  const nearest = Math.round(value);
  return Math.abs(value - nearest) <= 1e-9 * Math.max(1, nearest) ? nearest : Math.ceil(value);
}

const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(?:(Z|UTC)|([+-])(\d\d)(?::?(\d\d))?)?$/;

/** `2024-11-15 16:57:50`, with `T`, a fraction, `Z` or an offset where given; without an offset it is UTC. Unix time in ms, or NaN. */
export function parseDateTime(text: string): number {
  const match = DATE_TIME.exec(text.trim());
  if (match === null) return Number.NaN;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const dayMs = Date.UTC(year, month - 1, day);
  const isDay = new Date(dayMs).getUTCMonth() === month - 1 && new Date(dayMs).getUTCDate() === day && year >= 1000;
  if (!isDay || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const fraction = Math.floor(Number(`0.${match[7] ?? "0"}`) * 1000 + 1e-6);
  const offsetMs = (match[9] === "-" ? -1 : 1) * (part(10) * MS.h + part(11) * MS.min);
  return dayMs + hour * MS.h + minute * MS.min + second * MS.s + fraction - offsetMs;
}
