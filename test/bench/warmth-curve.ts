import type { Outcome } from "./warmth-runs.ts";

/** Those of a family that no other one beats in both ways; fewest cold starts first. */
export function frontier<Item>(items: readonly Item[], outcome: (item: Item) => Outcome): Item[] {
  const ordered = items.toSorted(
    (a, b) => outcome(a).coldStarts - outcome(b).coldStarts || outcome(a).heldMs - outcome(b).heldMs,
  );
  const kept: Item[] = [];
  let leastMs = Number.POSITIVE_INFINITY;
  for (const item of ordered) {
    const { heldMs } = outcome(item);
    if (heldMs >= leastMs) continue;
    leastMs = heldMs;
    kept.push(item);
  }
  return kept;
}

/**
 * Time held at so many cold starts, on the curve through the points: straight between neighbours, in the logarithms of both. NaN beyond
 * the curve's ends: nothing is extrapolated.
 */
export function heldAt(points: readonly Outcome[], coldStarts: number): number {
  const curve = points.toSorted((a, b) => a.coldStarts - b.coldStarts);
  const above = curve.findIndex((point) => point.coldStarts >= coldStarts);
  if (above < 0) return Number.NaN;
  const to = curve[above]!;
  if (to.coldStarts === coldStarts) return to.heldMs;
  if (above === 0) return Number.NaN;
  const from = curve[above - 1]!;
  const log = (value: number) => Math.log(Math.max(1, value));
  const share = (log(coldStarts) - log(from.coldStarts)) / (log(to.coldStarts) - log(from.coldStarts));
  return Math.exp(log(from.heldMs) + share * (log(to.heldMs) - log(from.heldMs)));
}
