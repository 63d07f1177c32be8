const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/**
 * Local time of one zone at instants of a trace, daylight saving included. Where the trace does not know its place in time, hours
 * and weekdays count from its time zero, as if that were a Monday's midnight, in every zone.
 *
 * The zone's offset is asked of the engine once a day and remembered; on the day of a change, its minute is searched for.
 */
export class LocalClock {
  readonly #epochMs: number | null;
  readonly #format: Intl.DateTimeFormat;
  /** By UTC day: the offset at its beginning. */
  readonly #offsets = new Map<number, number>();
  /** By UTC day on which the offset changes: the instant. */
  readonly #changes = new Map<number, number>();

  constructor(timeZone: string, epochMs: number | null) {
    this.#epochMs = epochMs;
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** Minutes since local midnight by the wall clock, with a fraction; in [0, 1440). */
  minuteOfDay(atMs: number): number {
    const localMs = this.#localMs(atMs);
    return (localMs - Math.floor(localMs / DAY_MS) * DAY_MS) / MINUTE_MS;
  }

  /** 0 Monday … 6 Sunday. */
  weekday(atMs: number): number {
    const day = Math.floor(this.#localMs(atMs) / DAY_MS);
    // 1 January 1970 was a Thursday.
    const sinceMonday = this.#epochMs === null ? day : day + 3;
    return ((sinceMonday % 7) + 7) % 7;
  }

  /** 0, Monday from 0:00, … 167, Sunday from 23:00. */
  hourOfWeek(atMs: number): number {
    return 24 * this.weekday(atMs) + Math.floor(this.minuteOfDay(atMs) / 60);
  }

  /** The wall clock as ms since 1970, or since time zero. */
  #localMs(atMs: number): number {
    if (this.#epochMs === null) return atMs;
    const unixMs = this.#epochMs + atMs;
    return unixMs + this.#offsetMs(unixMs);
  }

  #offsetMs(unixMs: number): number {
    const day = Math.floor(unixMs / DAY_MS);
    const before = this.#offsetOfDay(day);
    const after = this.#offsetOfDay(day + 1);
    if (before === after) return before;
    return unixMs < this.#changeOn(day, before) ? before : after;
  }

  #offsetOfDay(day: number): number {
    let offset = this.#offsets.get(day);
    if (offset === undefined) {
      offset = this.#ask(day * DAY_MS);
      this.#offsets.set(day, offset);
    }
    return offset;
  }

  /** The first minute of the day at which the offset is no longer `before`. */
  #changeOn(day: number, before: number): number {
    const known = this.#changes.get(day);
    if (known !== undefined) return known;
    let low = day * DAY_MS;
    let high = low + DAY_MS;
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (this.#ask(middle) === before) low = middle;
      else high = middle;
    }
    this.#changes.set(day, high);
    return high;
  }

  /** What the zone's clock shows, less what UTC's does; `unixMs` is a whole second. */
  #ask(unixMs: number): number {
    const shown: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(unixMs)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second) - unixMs;
  }
}

/** One clock a zone, shared by the users in it. */
export class LocalClocks {
  readonly #epochMs: number | null;
  readonly #clocks = new Map<string, LocalClock>();

  constructor(epochMs: number | null) {
    this.#epochMs = epochMs;
  }

  of(timeZone: string): LocalClock {
    let clock = this.#clocks.get(timeZone);
    if (clock === undefined) {
      clock = new LocalClock(timeZone, this.#epochMs);
      this.#clocks.set(timeZone, clock);
    }
    return clock;
  }
}

/** Steps of a grid in a period, at least one: the length of a season. */
export function stepsOf(periodMs: number, stepMs: number): number {
  return Math.max(1, Math.round(periodMs / stepMs));
}
