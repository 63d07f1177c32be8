import type { ContextInput } from "../trace-input.ts";
import { DAY_MS, HOUR_MS, type Region, traceMs, weekday } from "./local-time.ts";
import type { UserProfile } from "./users.ts";

/**
 * Public holidays, days of each 28: two a region, one in either half, so that what is learnt in the first half can pay in the
 * second.
 */
const HOLIDAYS: Readonly<Record<Region, readonly number[]>> = { americas: [11, 24], europe: [7, 21], "asia-pacific": [3, 16] };

export function isHoliday(region: Region, localDay: number): boolean {
  return localDay >= 0 && HOLIDAYS[region].includes(localDay % 28);
}

/** A product is launched every other Tuesday, 14:00–22:00 UTC. */
const LAUNCH = { firstDay: 8, everyDays: 14, startHour: 14, hours: 8 } as const;

/** Hours since the launch that is under way; `null`: none is. */
export function hoursSinceLaunch(atMs: number): number | null {
  const day = Math.floor(atMs / DAY_MS);
  if (day < LAUNCH.firstDay || (day - LAUNCH.firstDay) % LAUNCH.everyDays !== 0) return null;
  const hours = (atMs - day * DAY_MS) / HOUR_MS - LAUNCH.startHour;
  return hours >= 0 && hours < LAUNCH.hours ? hours : null;
}

/** A lecture of a cohort of students: everybody opens the same notebook within minutes. */
export interface Lecture {
  readonly weekdays: readonly number[];
  readonly startMinute: number;
}

export const LECTURE_MINUTES = 100;
export const LECTURES: readonly Lecture[] = [
  { weekdays: [1, 3], startMinute: 10 * 60 },
  { weekdays: [0, 2], startMinute: 14 * 60 },
  { weekdays: [2, 4], startMinute: 9 * 60 },
];

/** Whether the cohort has its lecture on this day. */
export function hasLecture(cohort: number, localDay: number, region: Region): boolean {
  return (LECTURES[cohort] as Lecture).weekdays.includes(weekday(localDay)) && !isHoliday(region, localDay);
}

/** What a calendar or the news would have told in advance, inside the window. */
export function contextRows(users: readonly UserProfile[], days: number): ContextInput[] {
  const rows: ContextInput[] = [];
  const add = (atMs: number, endMs: number, kind: string, label: string, user: string | null) => {
    if (endMs > 0 && atMs < days * DAY_MS) rows.push({ atMs: Math.max(0, atMs), endMs, kind, label, user });
  };
  for (let day = LAUNCH.firstDay; day < days; day += LAUNCH.everyDays) {
    const atMs = day * DAY_MS + LAUNCH.startHour * HOUR_MS;
    add(atMs, atMs + LAUNCH.hours * HOUR_MS, "news", "product launch", null);
  }
  for (const { name, role, zone, leave, cohort } of users) {
    if (role === "service") continue;
    for (let day = 0; day <= days; day += 1) {
      if (isHoliday(zone.region, day)) add(traceMs(zone, day, 0), traceMs(zone, day + 1, 0), "calendar", "public holiday", name);
      if (cohort !== null && hasLecture(cohort, day, zone.region)) {
        const { startMinute } = LECTURES[cohort] as Lecture;
        add(traceMs(zone, day, startMinute), traceMs(zone, day, startMinute + LECTURE_MINUTES), "calendar", "lecture", name);
      }
    }
    if (leave?.planned) add(traceMs(zone, leave.fromDay, 0), traceMs(zone, leave.toDay, 0), "calendar", "leave", name);
  }
  return rows.sort((a, b) => a.atMs - b.atMs);
}
