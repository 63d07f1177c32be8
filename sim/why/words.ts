import type { Because, Guardrail, Rung } from "../../allocator/core/decisions.ts";
import { isZero, RESOURCE_NAMES, type Resources } from "../../allocator/core/resources.ts";

/** "2000m/4096MiB": cpu and memory always, the rest where there is any. */
export function amounts({ cpuMillis, memoryMiB, gpuMillis, networkKbps }: Resources): string {
  return `${cpuMillis}m/${memoryMiB}MiB${gpuMillis > 0 ? `/gpu ${gpuMillis}m` : ""}${networkKbps > 0 ? `/${networkKbps}kbps` : ""}`;
}

/** From here on a time is Unix time, as in a live run's journal: no trace is 31 years long. */
const UNIX_FROM_MS = 1e12;

/** Trace time as days, hours, minutes, seconds; Unix time as a date and time of UTC. */
export function clock(atMs: number): string {
  if (atMs >= UNIX_FROM_MS) return new Date(atMs).toISOString().replace("T", " ");
  const pad = (value: number, width: number) => String(value).padStart(width, "0");
  const days = Math.floor(atMs / 86_400_000);
  const rest = atMs % 86_400_000;
  const [hours, minutes, seconds] = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1_000) % 60];
  return `${days}d ${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds, 2)}.${pad(rest % 1_000, 3)}`;
}

/** "2000 cpuMillis and 512 memoryMiB": what of an amount is above zero. */
export function named(amount: Resources): string {
  if (isZero(amount)) return "nothing";
  return RESOURCE_NAMES.filter((name) => amount[name] > 0)
    .map((name) => `${amount[name]} ${name}`)
    .join(" and ");
}

const RUNG_WORDS: Readonly<Record<Rung, string>> = {
  none: "it rests on no forecast",
  fresh: "the forecast that speaks of now",
  last_good: "an older forecast, within the age that the policy allows",
  seasonal: "what was one season ago",
  reactive: "what was last",
  hold: "nothing is known: what was held stays",
};

const GUARDRAIL_WORDS: Partial<Readonly<Record<Guardrail, string>>> = {
  none: "no guardrail",
  capacity: "guardrail capacity: less than was wanted, because no more is free",
  quota: "guardrail quota: its tier's nominal quota and borrowing limit are used up",
  cohort: "guardrail cohort: no tier has quota left to lend",
  user_quota: "guardrail user_quota: what the user alone may hold is used up",
  borrowed: "beyond its tier's nominal quota: borrowed of what other tiers leave idle",
  budget: "guardrail budget: no more may be held ahead of requests in all",
  given_up:
    "guardrail given_up: launches for it failed again and again, so it is tried every five minutes and nothing is started ahead",
};

/** Of an owner whose launches failed again and again. */
export const GIVEN_UP = "its launches failed so often in a row that nothing is started ahead for it";

/** Rule, level, margin, rung and guardrail in words; which forecast, its caller knows. */
export function reasonWords({ rule, batchIndex, levelPpm, factorPpm, rung, guardrail }: Because): string {
  const rungWords = batchIndex >= 0 && rung === "none" ? null : `rung ${rung}: ${RUNG_WORDS[rung]}`;
  return [
    `rule ${rule}`,
    ...(levelPpm > 0 ? [`level ${levelPpm / 1_000_000}`] : []),
    factorPpm === 1_000_000 ? "no margin" : `margin × ${factorPpm / 1_000_000}`,
    ...(rungWords === null ? [] : [rungWords]),
    GUARDRAIL_WORDS[guardrail] ?? `guardrail ${guardrail}`,
  ].join("; ");
}
