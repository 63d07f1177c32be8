import { parseDurationMs } from "../../allocator/policy-document.ts";
import type { Trace } from "../../datasets/trace.ts";

const DAY_MS = 86_400_000;

/**
 * An instant of a trace: a duration after its start ("14d"), a trace time in ms, the first time that the clock shows "14:05", or a date
 * where the trace knows its epoch. Clocks and dates are in UTC where nothing else is said; without an epoch a clock counts from the
 * trace's time zero. `null`: no such text, or outside `[startMs, endMs)`.
 */
export function instantOf(text: string, { manifest }: Trace): number | null {
  const { startMs, endMs } = manifest.window;
  const epochMs = manifest.epochMs ?? 0;
  const duration = parseDurationMs(text);
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  let atMs = Number.NaN;
  if (duration !== null) atMs = startMs + duration;
  else if (/^\d+$/.test(text)) atMs = Number(text);
  else if (clock !== null) {
    const ofDayMs = Number(clock[1]) * 3_600_000 + Number(clock[2]) * 60_000;
    const sinceMs = (ofDayMs - epochMs - startMs) % DAY_MS;
    atMs = startMs + (sinceMs < 0 ? sinceMs + DAY_MS : sinceMs);
  } else if (manifest.epochMs !== null && /^\d{4}-\d{2}-\d{2}/.test(text)) atMs = Date.parse(inUtc(text)) - epochMs;
  return Number.isSafeInteger(atMs) && atMs >= startMs && atMs < endMs ? atMs : null;
}

/** Dates without a zone would otherwise be read in that of the machine. */
function inUtc(text: string): string {
  return /T.*\d$/.test(text) && !/[+-]\d{2}:?\d{2}$/.test(text.slice(10)) ? `${text}Z` : text;
}

/** What `instantOf` reads, for who wrote something else. */
export function instantForms({ manifest }: Trace): string {
  const { window, epochMs } = manifest;
  const dates = epochMs === null ? "" : ", a date";
  return `a duration after the trace's start (14d), a time of day (14:05)${dates}, or a time in ms, in [${window.startMs}, ${window.endMs})`;
}
