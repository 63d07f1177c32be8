import { isAnnounced } from "../panel/feature-spec.ts";
import type { Panel } from "../panel/panel.ts";

/**
 * A panel of the first steps of some of the series, with values of its own: whoever is given it cannot see what comes later.
 * @param series all unless told.
 */
export function panelPart(panel: Panel, steps: number, series: readonly number[] = [...panel.series.keys()]): Panel {
  const values = new Float32Array(series.length * steps);
  for (const [row, one] of series.entries()) {
    values.set(panel.values.subarray(one * panel.steps, one * panel.steps + steps), row * steps);
  }
  const endMs = panel.startMs + steps * panel.stepMs;
  const { firstUses } = panel;
  return {
    ...panel,
    steps,
    values,
    series: series.map((one) => panel.series[one] as Panel["series"][number]),
    ...(firstUses === undefined ? {} : { firstUses: firstUses.filter(({ step }) => step < steps) }),
    context: panel.context.filter(({ atMs, kind }) => atMs < endMs || isAnnounced(kind)),
  };
}
