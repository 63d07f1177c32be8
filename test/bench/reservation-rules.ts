import { panelPart } from "../../models/backtest/panel-part.ts";
import { fitBoosted } from "../../models/boosting/fit-boosted.ts";
import type { Panel, Series } from "../../models/panel/panel.ts";
import { type Rows, rowsByPrice, rowsOfForecaster, rowsOfRule } from "./reservation-rows.ts";

const DAY_MS = 86_400_000;
/** Windows of moving maxima, in steps. */
const WINDOWS = [2, 3, 6, 12, 24, 72];
const LEVELS_PPM = [800_000, 900_000, 950_000, 980_000, 990_000, 995_000];
/** Levels that are tried by themselves, for all alike. */
const ALIKE_PPM = [950_000, 990_000];
/** What a violation may cost, in mean demands of the part for tuning: of the levels the one that then costs least is held. */
const PRICES = [2, 5, 10, 20, 50, 100, 200];

/** Thresholds are fitted on the first 60 % of the steps; what learns learns from the first 48 % and chooses by the next 12 %. */
const LEARNING_SHARE = 0.48;
const TUNING_SHARE = 0.6;

/** Where a panel is parted, in steps. */
export interface Parts {
  /** With the first day there is something to look back on for all. */
  readonly begin: number;
  readonly learnEnd: number;
  readonly tuneEnd: number;
}

/** A way to reserve, before its factor and margin. */
export interface Contender {
  readonly name: string;
  readonly rows: Rows;
  /** From where on its thresholds are fitted: none are on what it has learned by heart. */
  readonly tuneFrom: number;
}

export function partsOf({ steps, stepMs }: Panel): Parts {
  const share = (of: number) => Math.floor(steps * of);
  return { begin: dayOf(stepMs), learnEnd: share(LEARNING_SHARE), tuneEnd: share(TUNING_SHARE) };
}

function dayOf(stepMs: number): number {
  return Math.round(DAY_MS / stepMs);
}

/** The rules that everybody has, as the allocator has them. */
export function simpleRules(panel: Panel): Contender[] {
  const { begin } = partsOf(panel);
  const { stepMs } = panel;
  const windows = [...new Set([...WINDOWS, dayOf(stepMs)])].sort((a, b) => a - b);
  const specs: readonly [string, Record<string, unknown>][] = [
    ["last-value", { strategy: "last-value" }],
    ["seasonal-naive", { strategy: "seasonal-naive", season: "24h" }],
    ...windows.flatMap((window): [string, Record<string, unknown>][] => [
      [`moving maximum of ${window} steps`, { strategy: "moving-quantile", window: `${window * stepMs}ms`, level: 1 }],
    ]),
    ["moving quantile .99 of a day", { strategy: "moving-quantile", window: "24h", level: 0.99 }],
  ];
  return specs.map(([name, spec]) => ({ name, rows: rowsOfRule(panel, { ...spec, margin: 1 }), tuneFrom: begin }));
}

/** Forecasts by boosted trees, at one level for all or by the price of a violation, and what the model says of itself. */
export async function boosted(panel: Panel, seed: number): Promise<{ contenders: Contender[]; chosen: string }> {
  const { begin, learnEnd, tuneEnd } = partsOf(panel);
  const split = { trainEnd: learnEnd, validationEnd: tuneEnd };
  const horizon = { steps: 1, levelsPpm: LEVELS_PPM };
  const forecaster = await fitBoosted(panelPart(panel, tuneEnd), split, { horizon, seed });
  const rows = await rowsOfForecaster(panel, forecaster, LEVELS_PPM, learnEnd);
  const alike = ALIKE_PPM.map((levelPpm) => ({
    name: `boosted at ${levelPpm / 1_000_000}`,
    rows: rows[LEVELS_PPM.indexOf(levelPpm)]!,
    tuneFrom: learnEnd,
  }));
  const means = meansOf(panel, begin, tuneEnd);
  const priced = PRICES.map((price) => ({
    name: `boosted, a violation at ${price} means`,
    rows: rowsByPrice(panel, rows, LEVELS_PPM, ({ resource }) => Math.round(price * means.get(resource)!)),
    tuneFrom: learnEnd,
  }));
  return { contenders: [...alike, ...priced], chosen: forecaster.chosen ?? "" };
}

/** Mean demand of each resource over all series. */
function meansOf({ series, values, steps }: Panel, from: number, end: number): Map<Series["resource"], number> {
  const sums = new Map<Series["resource"], { sum: number; seen: number }>();
  for (const [row, { resource }] of series.entries()) {
    const own = sums.get(resource) ?? { sum: 0, seen: 0 };
    sums.set(resource, own);
    for (let at = row * steps + from; at < row * steps + end; at += 1) {
      if (Number.isNaN(values[at])) continue;
      own.sum += values[at]!;
      own.seen += 1;
    }
  }
  return new Map([...sums].map(([resource, { sum, seen }]) => [resource, sum / seen]));
}
