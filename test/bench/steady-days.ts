import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import { NO_RESOURCES, RESOURCE_NAMES, type ResourceName, type Resources } from "../../allocator/core/resources.ts";
import type { StepObserver } from "../../allocator/ports.ts";
import type { Panel } from "../../models/panel/panel.ts";

const DAY_MS = 86_400_000;
const DAYS_BEFORE = 7;
/** How far from their median the largest demands may lie. */
const TOLERANCE = 0.1;

/** How often what is reserved for each user changes, by day from an instant on: as a whole, and in each resource. */
export class ReservationChanges implements StepObserver {
  readonly #fromMs: number;
  readonly #held = new Map<number, Resources>();
  readonly #changes = new Map<string, number>();

  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  onStep({ atMs }: AllocatorEvent, decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.kind !== "reserve" && decision.kind !== "release") continue;
      const amount = decision.kind === "reserve" ? decision.resources : NO_RESOURCES;
      const before = this.#held.get(decision.user) ?? NO_RESOURCES;
      this.#held.set(decision.user, amount);
      if (atMs < this.#fromMs) continue;
      const day = Math.floor((atMs - this.#fromMs) / DAY_MS);
      this.#count(`${decision.user} ${day}`);
      for (const name of RESOURCE_NAMES) if (amount[name] !== before[name]) this.#count(`${decision.user} ${day} ${name}`);
    }
  }

  #count(key: string): void {
    this.#changes.set(key, (this.#changes.get(key) ?? 0) + 1);
  }

  /** On a day, of a user, in one resource or, without it, in any. */
  on(user: number, day: number, resource?: ResourceName): number {
    return this.#changes.get(resource === undefined ? `${user} ${day}` : `${user} ${day} ${resource}`) ?? 0;
  }
}

/** A day of a user that follows a steady week; with a resource, of that one alone. */
export interface SteadyDay {
  readonly user: number;
  readonly day: number;
  readonly resource?: ResourceName;
}

/**
 * The days from an instant on before each of which, for seven days, the largest demand of every interval of `intervalMs` stayed within a
 * tenth of the median of them: of users in all their resources, or of each resource by itself.
 */
export function steadyDays(panel: Panel, fromMs: number, intervalMs: number, each: "user" | "resource"): SteadyDay[] {
  const { series, steps, stepMs, startMs } = panel;
  const day = DAY_MS / stepMs;
  const first = Math.ceil((fromMs - startMs) / stepMs);
  const days = Math.floor((steps - first) / day);
  const found: SteadyDay[] = [];
  const users = new Map<number, number[]>();
  for (const [row, { user }] of series.entries()) users.set(user as number, [...(users.get(user as number) ?? []), row]);
  for (const [user, rows] of users) {
    for (let at = 0; at < days; at += 1) {
      const until = first + at * day;
      const steady = rows.filter((row) => isSteady(panel, row, until - DAYS_BEFORE * day, until, intervalMs / stepMs));
      if (each === "user" && steady.length === rows.length) found.push({ user, day: at });
      if (each === "user") continue;
      for (const row of steady) found.push({ user, day: at, resource: series[row]!.resource! });
    }
  }
  return found;
}

function isSteady({ values, steps }: Panel, row: number, from: number, until: number, length: number): boolean {
  const maxima: number[] = [];
  for (let start = Math.max(0, from); start < until; start += length) {
    let most = Number.NaN;
    for (let step = start; step < Math.min(until, start + length); step += 1) {
      const value = values[row * steps + step] as number;
      if (!Number.isNaN(value) && !(most >= value)) most = value;
    }
    if (!Number.isNaN(most)) maxima.push(most);
  }
  if (maxima.length === 0) return false;
  maxima.sort((a, b) => a - b);
  const median = maxima[maxima.length >> 1]!;
  return maxima[0]! >= median * (1 - TOLERANCE) && maxima.at(-1)! <= median * (1 + TOLERANCE);
}
