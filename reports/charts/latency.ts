import { START_PATHS, type StartPath } from "../../sim/run-record.ts";
import { type ComparedRun, tiersOf } from "../compared-run.ts";
import { type Chart, type ChartView, MOST_POINTS } from "./chart.ts";
import { mergeStaircases, type Staircase } from "./staircase.ts";
import { policyMarks } from "./theme.ts";

const HEIGHT_PX = 300;
/** Below this many ms the axis is linear, above it logarithmic: 0 has a place. */
const LINEAR_TO_MS = 10;
/** No policy's line needs more points than a wide screen shows; parts of the requests, of which there are many, get by with fewer. */
const MOST_POINTS_A_LINE = { whole: 400, part: 200, cross: 120 } as const;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Where an axis may have a tick: the finer list while it stays short. */
const FINE_TICKS_MS = [0, 10, 50, 100, 500, 1 * SECOND_MS, 5 * SECOND_MS, 10 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS];
const COARSE_TICKS_MS = [0, 10, 100, SECOND_MS, 10 * SECOND_MS, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 10 * HOUR_MS, 100 * HOUR_MS];
const MOST_FINE_TICKS = 7;

/** A choice of requests: all, one tier's, one path's, or those of one tier that took one path. */
export interface Selection {
  /** Those of its tier and of its path, with a space between. */
  readonly key: string;
  /** `null`: all. */
  readonly tier: string | null;
  readonly path: StartPath | null;
  /** One a run, in their order. */
  readonly staircases: readonly Staircase[];
}

/** The keys of a tier by its place, and of a path. */
function selectionKey(tier: number | null, path: StartPath | null): string {
  return `${tier === null ? "all" : `tier-${tier}`} ${path ?? "all"}`;
}

/** What the reader can choose between: only what some run has requests for. */
export function latencySelections(runs: readonly ComparedRun[]): Selection[] {
  const tiers = tiersOf(runs);
  const scopes = [null, ...tiers.keys()];
  return scopes
    .flatMap((index) => [null, ...START_PATHS].map((path) => ({ index, tier: index === null ? null : tiers[index]!, path })))
    .map(({ index, tier, path }) => ({
      key: selectionKey(index, path),
      tier,
      path,
      staircases: runs.map(({ metrics }) =>
        mergeStaircases(
          metrics.latency.filter((part) => (tier === null || part.tier === tier) && (path === null || part.path === path)),
        ),
      ),
    }))
    .filter(({ staircases }) => staircases.some(({ requests }) => requests > 0));
}

/** The share of requests that waited longer, against the wait; `null` where no run has requests. */
export function latencyChart(runs: readonly ComparedRun[], selections: readonly Selection[]): Chart | null {
  if (selections.length === 0) return null;
  const marks = policyMarks(runs);
  const domain = marks.map((_, index) => index);
  const colors = { domain, range: marks.map(({ color }) => color) };
  return {
    spec: {
      width: "container",
      height: HEIGHT_PX,
      data: { name: "table" },
      params: [
        { name: "right", value: 1000 },
        { name: "floor", value: 0.001 },
        { name: "ticks", value: [] },
        { name: "shares", value: [] },
      ],
      encoding: {
        x: {
          field: "ms",
          type: "quantitative",
          scale: { type: "symlog", constant: LINEAR_TO_MS, domain: [0, { expr: "right" }] as never, nice: false },
          axis: { values: { expr: "ticks" }, labelExpr: DURATION_LABEL, grid: true, labelOverlap: "greedy", labelSeparation: 8 },
          title: "start latency",
        },
        y: {
          field: "longer",
          type: "quantitative",
          scale: { type: "log", domain: [{ expr: "floor" }, 1] as never, nice: false, clamp: true },
          axis: { values: { expr: "shares" }, labelExpr: SHARE_LABEL, labelOverlap: false },
          title: "share of requests that waited longer",
        },
        color: { field: "mark", type: "nominal", scale: colors, legend: null },
      },
      layer: [
        {
          mark: { type: "line", interpolate: "step-after", strokeWidth: 2, clip: true },
          encoding: {
            strokeDash: {
              field: "mark",
              type: "nominal",
              scale: { domain, range: marks.map(({ dash }) => [...dash]) },
              legend: null,
            },
          },
        },
        {
          transform: [{ filter: "datum.last === 1" }],
          mark: { type: "point", filled: true, size: 80, opacity: 1, stroke: "var(--paper)", strokeWidth: 1.5 },
          encoding: {
            shape: { field: "mark", type: "nominal", scale: { domain, range: marks.map(({ shape }) => shape) }, legend: null },
          },
        },
      ],
    },
    views: Object.fromEntries(selections.map((selection) => [selection.key, viewOf(selection)])),
  };
}

const DURATION_LABEL =
  "datum.value < 1000 ? datum.value + ' ms' : datum.value < 60000 ? datum.value / 1000 + ' s' : " +
  "datum.value < 3600000 ? datum.value / 60000 + ' min' : datum.value < 86400000 ? datum.value / 3600000 + ' h' : datum.value / 86400000 + ' d'";
const SHARE_LABEL = "format(datum.value * 100, '~r') + ' %'";

function viewOf({ tier, path, staircases }: Selection): ChartView {
  const size = tier !== null && path !== null ? "cross" : tier !== null || path !== null ? "part" : "whole";
  const rarest = Math.min(0.1, ...staircases.map(rarestShare));
  const floor = Number(`1e${Math.floor(Math.log10(rarest))}`);
  const right = Math.max(100, ...staircases.map(({ latencyMs }) => latencyMs.at(-1) ?? 0)) * 1.1;
  const budget = Math.min(MOST_POINTS_A_LINE[size], Math.floor(MOST_POINTS / Math.max(1, staircases.length)));
  const lines = staircases.map((staircase) => lineOf(staircase, right, floor, budget));
  return {
    table: {
      mark: lines.flatMap(({ ms }, mark) => ms.map(() => mark)),
      ms: lines.flatMap(({ ms }) => ms),
      longer: lines.flatMap(({ longer }) => longer),
      last: lines.flatMap(({ ms }) => ms.map((_, index) => (index === ms.length - 1 ? 1 : 0))),
    },
    signals: { right, floor, ticks: ticksTo(right), shares: decadesFrom(floor) },
  };
}

function ticksTo(right: number): number[] {
  const fine = FINE_TICKS_MS.filter((tick) => tick <= right);
  return fine.length <= MOST_FINE_TICKS ? fine : COARSE_TICKS_MS.filter((tick) => tick <= right);
}

function decadesFrom(floor: number): number[] {
  return Array.from({ length: Math.round(-Math.log10(floor)) + 1 }, (_, decade) => Number(`1e-${decade}`));
}

/** The smallest share above 0 that a staircase knows to have waited longer than something. */
function rarestShare({ atMost, requests }: Staircase): number {
  const below = atMost.findLast((started) => started < requests);
  return below === undefined ? 1 : 1 - below / requests;
}

/**
 * The steps that can be told apart: a step is kept when it is further from the last one kept than a share of either axis, so
 * at most `budget` are. The line ends at the longest wait, on the floor.
 */
function lineOf(staircase: Staircase, right: number, floor: number, budget: number) {
  const ms: number[] = [];
  const longer: number[] = [];
  if (staircase.requests === 0) return { ms, longer };
  const keep = (latencyMs: number, above: number) => {
    ms.push(latencyMs);
    longer.push(Number(above.toPrecision(4)));
  };
  const x = (latencyMs: number) => Math.log1p(latencyMs / LINEAR_TO_MS) / Math.log1p(right / LINEAR_TO_MS);
  const y = (above: number) => Math.log(above) / Math.log(floor);
  const apart = 2 / (budget - 4);
  let kept = { x: 0, y: 0 };
  if (staircase.latencyMs[0] !== 0) keep(0, 1);
  staircase.latencyMs.forEach((latencyMs, index) => {
    const above = Math.max(floor, 1 - (staircase.atMost[index] as number) / staircase.requests);
    const at = { x: x(latencyMs), y: y(above) };
    const last = index === staircase.latencyMs.length - 1;
    if (!last && index > 0 && at.x - kept.x < apart && at.y - kept.y < apart) return;
    keep(latencyMs, above);
    kept = at;
  });
  return { ms, longer };
}
