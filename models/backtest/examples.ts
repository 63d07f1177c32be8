import type { Panel } from "../panel/panel.ts";
import type { Example } from "./backtest-result.ts";
import type { BacktestPlan } from "./plan.ts";

/** So many horizons of what had been are shown before a forecast, and at least so many steps. */
const HORIZONS_BEFORE = 2;
const STEPS_BEFORE = 48;

/**
 * The series that a model did worst on, in the middle and best on against another, at one origin. Series without a ratio are left
 * out, and those where nothing happens.
 * @param ratios one a series: below 1 is better; NaN: none.
 * @param kept by model, its forecasts of all series from the origin of number `index`.
 */
export function examplesOf(
  plan: BacktestPlan,
  ratios: Float64Array,
  index: number,
  kept: ReadonlyMap<string, Float32Array>,
): Example[] {
  const ranked = [...ratios.keys()]
    .filter((series) => !Number.isNaN(ratios[series]) && moves(plan.panel, series, plan.origins[index] as number, plan))
    .sort((a, b) => (ratios[a] as number) - (ratios[b] as number));
  if (ranked.length === 0) return [];
  const chosen: [title: string, series: number][] = [
    ["worst", ranked.at(-1) as number],
    ["median", ranked[(ranked.length - 1) >> 1] as number],
    ["best", ranked[0] as number],
  ];
  const seen = new Set<number>();
  return chosen
    .filter(([, series]) => !seen.has(series) && seen.add(series))
    .map(([title, series]) => exampleOf(plan, series, title, index, kept));
}

/** Whether anything but one value is there to be seen. */
function moves(panel: Panel, series: number, origin: number, { horizon }: BacktestPlan): boolean {
  const start = series * panel.steps + origin;
  const shown = panel.values.subarray(Math.max(series * panel.steps, start - horizon.steps), start + horizon.steps);
  return shown.some((value) => value !== shown[0]);
}

function exampleOf(
  { panel, origins, horizon }: BacktestPlan,
  series: number,
  title: string,
  index: number,
  kept: ReadonlyMap<string, Float32Array>,
): Example {
  const origin = origins[index] as number;
  const firstStep = Math.max(0, origin - Math.max(STEPS_BEFORE, HORIZONS_BEFORE * horizon.steps));
  const from = series * panel.steps;
  const observed = panel.values.subarray(from + firstStep, from + origin + horizon.steps);
  return {
    title,
    series: panel.series[series]?.name ?? "",
    firstStep,
    origin,
    observed: Array.from(observed, (value) => (Number.isNaN(value) ? null : value)),
    forecasts: Object.fromEntries(
      [...kept].map(([name, values]) => {
        const width = values.length / panel.series.length;
        return [name, Array.from(values.subarray(series * width, (series + 1) * width))];
      }),
    ),
  };
}
