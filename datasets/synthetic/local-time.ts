/**
 * Local time without a time zone database, so that no engine's version of it reaches the trace. Day 0 is Monday, 10 March 2025.
 */
export const EPOCH_MS = 1_741_564_800_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export type Region = "americas" | "europe" | "asia-pacific";

export interface Zone {
  /** IANA name. */
  readonly name: string;
  readonly region: Region;
  /** Minutes ahead of UTC, each from the given local day on. A change of daylight saving time counts from that day's midnight. */
  readonly offsets: readonly (readonly [fromDay: number, minutes: number])[];
}

const ALWAYS = Number.NEGATIVE_INFINITY;

/** Days 20, 27, 209, 230, 237 and 363: 30 March, 6 April, 5 and 26 October, 2 November 2025 and 8 March 2026. */
export const ZONES = {
  losAngeles: {
    name: "America/Los_Angeles",
    region: "americas",
    offsets: [
      [ALWAYS, -420],
      [237, -480],
      [363, -420],
    ],
  },
  newYork: {
    name: "America/New_York",
    region: "americas",
    offsets: [
      [ALWAYS, -240],
      [237, -300],
      [363, -240],
    ],
  },
  saoPaulo: { name: "America/Sao_Paulo", region: "americas", offsets: [[ALWAYS, -180]] },
  london: {
    name: "Europe/London",
    region: "europe",
    offsets: [
      [ALWAYS, 0],
      [20, 60],
      [230, 0],
    ],
  },
  berlin: {
    name: "Europe/Berlin",
    region: "europe",
    offsets: [
      [ALWAYS, 60],
      [20, 120],
      [230, 60],
    ],
  },
  kolkata: { name: "Asia/Kolkata", region: "asia-pacific", offsets: [[ALWAYS, 330]] },
  tokyo: { name: "Asia/Tokyo", region: "asia-pacific", offsets: [[ALWAYS, 540]] },
  sydney: {
    name: "Australia/Sydney",
    region: "asia-pacific",
    offsets: [
      [ALWAYS, 660],
      [27, 600],
      [209, 660],
    ],
  },
} as const satisfies Record<string, Zone>;

function offsetMinutes(zone: Zone, localDay: number): number {
  let minutes = 0;
  for (const [fromDay, offset] of zone.offsets) if (localDay >= fromDay) minutes = offset;
  return minutes;
}

/** Trace time of a local day and minute, to the whole millisecond; minutes may lie outside 0…1440. */
export function traceMs(zone: Zone, localDay: number, minuteOfDay: number): number {
  const day = localDay + Math.floor(minuteOfDay / 1440);
  return localDay * DAY_MS + Math.round((minuteOfDay - offsetMinutes(zone, day)) * MINUTE_MS);
}

/** Local milliseconds since day 0 at a trace time. */
export function localMs(zone: Zone, atMs: number): number {
  const nearly = atMs + offsetMinutes(zone, Math.floor(atMs / DAY_MS)) * MINUTE_MS;
  return atMs + offsetMinutes(zone, Math.floor(nearly / DAY_MS)) * MINUTE_MS;
}

/** 0 Monday … 6 Sunday. */
export function weekday(localDay: number): number {
  return ((localDay % 7) + 7) % 7;
}

export function isWeekend(localDay: number): boolean {
  return weekday(localDay) >= 5;
}
