import type { ContextRow } from "../../datasets/trace.ts";
import { LocalClocks } from "./calendar.ts";
import { columnOf, columnsOf, type FeatureSpec, namesOf } from "./feature-spec.ts";
import type { History } from "./panel.ts";

const TIME_NAMES = ["hour sine", "hour cosine", "half day sine", "half day cosine", "week sine", "week cosine", "weekend"];

/** Features of a step that are known before it comes: local time, announced events. */
export class KnownFeatures {
  readonly names: readonly string[];
  readonly #spec: FeatureSpec;
  readonly #frame: History["frame"];
  readonly #clocks: LocalClocks;
  /** By time zone: `[step][feature]` from step 0 on. */
  readonly #times = new Map<string, Float32Array>();
  readonly #announced: Announced;

  constructor(spec: FeatureSpec, frame: History["frame"]) {
    this.#spec = spec;
    this.#frame = frame;
    this.#clocks = new LocalClocks(frame.epochMs);
    this.#announced = new Announced(spec, frame);
    this.names = [
      ...(spec.groups.includes("time") ? TIME_NAMES : []),
      ...namesOf("calendar", spec.words.calendar),
      ...(spec.availability ? ["unavailable"] : []),
      ...(spec.preferredHours ? ["preferred hours"] : []),
    ];
  }

  /** Writes `steps` rows, `stride` apart, of the steps from `from` on. */
  write(series: number, from: number, steps: number, into: Float32Array, offset: number, stride: number): void {
    const of = this.#frame.series[series];
    if (of === undefined || this.names.length === 0) return;
    const time = this.#spec.groups.includes("time") ? TIME_NAMES.length : 0;
    if (time > 0) {
      const times = this.#timesOf(of.traits.timeZone, from + steps);
      for (let k = 0; k < steps; k += 1) {
        const start = (from + k) * time;
        for (let i = 0; i < time; i += 1) into[offset + k * stride + i] = times[start + i] as number;
      }
    }
    this.#announced.write(of.user, from, steps, into, offset + time, stride);
  }

  #timesOf(timeZone: string, until: number): Float32Array {
    const known = this.#times.get(timeZone);
    if (known !== undefined && known.length >= until * TIME_NAMES.length) return known;
    const clock = this.#clocks.of(timeZone);
    const { startMs, stepMs, steps } = this.#frame;
    const count = Math.max(2 * until, steps);
    const times = new Float32Array(count * TIME_NAMES.length);
    for (let step = 0; step < count; step += 1) {
      const atMs = startMs + (step + 0.5) * stepMs;
      const day = (2 * Math.PI * clock.minuteOfDay(atMs)) / 1440;
      const weekday = clock.weekday(atMs);
      const week = (2 * Math.PI * weekday + day) / 7;
      const row = [Math.sin(day), Math.cos(day), Math.sin(2 * day), Math.cos(2 * day), Math.sin(week), Math.cos(week)];
      times.set([...row, weekday >= 5 ? 1 : 0], step * TIME_NAMES.length);
    }
    this.#times.set(timeZone, times);
    return times;
  }
}

/** Announced events, by whom they concern: the share of each step that they cover. */
class Announced {
  readonly #frame: History["frame"];
  readonly #rows = new Map<number | null, { readonly row: ContextRow; readonly column: number }[]>();
  readonly #width: number;

  constructor(spec: FeatureSpec, frame: History["frame"]) {
    this.#frame = frame;
    const unavailable = columnsOf(spec.words.calendar);
    const preferred = unavailable + (spec.availability ? 1 : 0);
    this.#width = preferred + (spec.preferredHours ? 1 : 0);
    for (const row of frame.context) {
      let column = -1;
      if (row.kind === "calendar") column = columnOf(spec.words.calendar, row.label);
      else if (row.kind === "availability" && spec.availability) column = unavailable;
      else if (row.kind === "preferred-hours" && spec.preferredHours) column = preferred;
      if (column < 0) continue;
      const rows = this.#rows.get(row.user) ?? [];
      rows.push({ row, column });
      this.#rows.set(row.user, rows);
    }
  }

  write(user: number | null, from: number, steps: number, into: Float32Array, offset: number, stride: number): void {
    if (this.#width === 0) return;
    for (let k = 0; k < steps; k += 1) into.fill(0, offset + k * stride, offset + k * stride + this.#width);
    for (const whom of user === null ? [null] : [null, user]) this.#cover(whom, from, steps, into, offset, stride);
  }

  #cover(whom: number | null, from: number, steps: number, into: Float32Array, offset: number, stride: number): void {
    const { startMs, stepMs } = this.#frame;
    const firstMs = startMs + from * stepMs;
    const untilMs = firstMs + steps * stepMs;
    for (const { row, column } of this.#rows.get(whom) ?? []) {
      if (row.atMs >= untilMs) break;
      if (row.endMs <= firstMs) continue;
      const first = Math.max(0, Math.floor((row.atMs - firstMs) / stepMs));
      for (let k = first; k < steps && firstMs + k * stepMs < row.endMs; k += 1) {
        const begin = Math.max(row.atMs, firstMs + k * stepMs);
        const share = (Math.min(row.endMs, firstMs + (k + 1) * stepMs) - begin) / stepMs;
        const at = offset + k * stride + column;
        into[at] = Math.min(1, (into[at] as number) + share);
      }
    }
  }
}
