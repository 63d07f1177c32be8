import type { Panel } from "../../models/panel/panel.ts";
import type { Rows } from "./reservation-rows.ts";

/** R = what a rule says × factor + margin, rounded up. */
export interface Threshold {
  readonly factor: number;
  readonly margin: number;
}

/** What is scored: some series, from a step to another. */
export interface Part {
  readonly panel: Panel;
  readonly series: readonly number[];
  readonly from: number;
  readonly end: number;
}

export interface Score {
  /** Of the steps that were observed, the share of which more was demanded than reserved. */
  readonly violations: number;
  /** Σ max(0, reserved − demanded), in the resource's unit × steps. */
  readonly waste: number;
  readonly seen: number;
}

export function reservedAt(said: number, { factor, margin }: Threshold): number {
  // What was said of nothing seen is nothing.
  return Number.isNaN(said) ? 0 : Math.ceil(said * factor + margin - 1e-6);
}

export function scoreOf(part: Part, rows: Rows, threshold: Threshold): Score {
  let [violations, waste, seen] = [0, 0, 0];
  for (const series of part.series) {
    const own = scoreOfSeries(part, series, rows, threshold);
    violations += own.violations * own.seen;
    waste += own.waste;
    seen += own.seen;
  }
  return { violations: violations / seen, waste, seen };
}

export function scoreOfSeries({ panel, from, end }: Part, series: number, rows: Rows, threshold: Threshold): Score {
  let [over, waste, seen] = [0, 0, 0];
  for (let at = series * panel.steps + from; at < series * panel.steps + end; at += 1) {
    const demand = panel.values[at] as number;
    if (Number.isNaN(demand)) continue;
    const reserved = reservedAt(rows[at] as number, threshold);
    seen += 1;
    if (demand > reserved) over += 1;
    else waste += reserved - demand;
  }
  return { violations: seen === 0 ? 0 : over / seen, waste, seen };
}

const MOST_FACTOR = 1_000;
const HALVINGS = 30;

/** The least factor, to three digits and more, at which no more than the share is violated; `null`: none. */
export function factorFor(part: Part, rows: Rows, margin: number, share: number): number | null {
  const violated = (factor: number) => scoreOf(part, rows, { factor, margin }).violations;
  if (violated(MOST_FACTOR) > share) return null;
  let low = 0;
  let high = 1;
  while (violated(high) > share) {
    low = high;
    high *= 2;
  }
  for (let halving = 0; halving < HALVINGS && high - low > 1e-4 * high; halving += 1) {
    const middle = (low + high) / 2;
    if (violated(middle) > share) low = middle;
    else high = middle;
  }
  return high;
}
