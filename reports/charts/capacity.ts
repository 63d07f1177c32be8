import type { ResourceName } from "../../allocator/core/resources.ts";
import { RESOURCE_NAMES } from "../../allocator/core/resources.ts";
import { CAPACITY_PARTS, type CapacityPart } from "../../sim/run-record.ts";
import type { ComparedRun } from "../compared-run.ts";
import { type Chart, type ChartView, MOST_POINTS } from "./chart.ts";
import { NUMBER_LABEL, roundUp } from "./theme.ts";

const HEIGHT_PX = 170;
/** More bins than this do not show on any screen. */
const MOST_BINS = 400;

/** How a resource is named and counted in a report. */
export const RESOURCE_UNITS: Readonly<
  Record<ResourceName, { readonly name: string; readonly unit: string; readonly per: number }>
> = {
  cpuMillis: { name: "CPU", unit: "cores", per: 1000 },
  memoryMiB: { name: "Memory", unit: "GiB", per: 1024 },
  gpuMillis: { name: "GPU", unit: "GPUs", per: 1000 },
  networkKbps: { name: "Network", unit: "Mbit/s", per: 1000 },
};

/** The resources of which some run had some capacity. */
export function resourcesShown(runs: readonly ComparedRun[]): ResourceName[] {
  const amounts = (run: ComparedRun, resource: ResourceName) =>
    CAPACITY_PARTS.filter((part) => part !== "free").map((part) => run.metrics.timeline.parts[part]?.[resource] ?? []);
  return RESOURCE_NAMES.filter((resource) =>
    runs.some((run) => amounts(run, resource).some((bins) => bins.some((amount) => amount > 0))),
  );
}

/** The parts of which some run had some capacity, from the bottom of the stack. */
export function partsShown(runs: readonly ComparedRun[]): CapacityPart[] {
  return CAPACITY_PARTS.filter((part) =>
    runs.some((run) => Object.values(run.metrics.timeline.parts[part] ?? {}).some((bins) => bins.some((amount) => amount > 0))),
  );
}

/** A length of time, and the unit in which its axis counts. */
export function timeUnit(lengthMs: number): { readonly name: string; readonly one: string; readonly ms: number } {
  if (lengthMs >= 3 * 86_400_000) return { name: "days", one: "day", ms: 86_400_000 };
  if (lengthMs >= 3 * 3_600_000) return { name: "hours", one: "hour", ms: 3_600_000 };
  return { name: "minutes", one: "minute", ms: 60_000 };
}

/**
 * Capacity over time by its parts, stacked, one chart a run with the same axes for all; one view a resource. Bins are averaged
 * where there are more than a screen shows. `null` where no run had capacity.
 */
export function capacityCharts(runs: readonly ComparedRun[]): readonly Chart[] | null {
  const resources = resourcesShown(runs);
  const parts = partsShown(runs);
  if (resources.length === 0 || parts.length === 0) return null;
  const reduced = runs.map((run) => reduceTimeline(run, parts, resources));
  const right = Math.max(...reduced.map(({ endMs }) => endMs)) - Math.min(...reduced.map(({ startMs }) => startMs));
  const unit = timeUnit(right);
  const spec = specOf(parts, right / unit.ms, unit.name);
  const topOf = (resource: ResourceName, shown: readonly CapacityPart[]) =>
    Math.max(...reduced.map((timeline) => highest(timeline, resource, shown)));
  const busy = parts.filter((part) => part !== "free");
  return reduced.map((timeline) => ({
    spec,
    views: Object.fromEntries(
      resources.map((resource): [string, ChartView] => [
        resource,
        {
          table: tableOf(timeline, resource, parts, unit.ms),
          signals: { top: roundUp(topOf(resource, parts)), topBusy: roundUp(topOf(resource, busy)) },
        },
      ]),
    ),
  }));
}

function specOf(parts: readonly CapacityPart[], right: number, unit: string): Chart["spec"] {
  return {
    width: "container",
    height: HEIGHT_PX,
    data: { name: "table" },
    params: [
      { name: "top", value: 1 },
      { name: "topBusy", value: 1 },
      { name: "showFree", value: true },
      { name: "instant", value: -1 },
      { name: "brushFrom", value: 0 },
      { name: "brushTo", value: 0 },
    ],
    layer: [
      {
        transform: [
          { fold: [...parts], as: ["part", "amount"] },
          { filter: "showFree || datum.part !== 'free'" },
          { calculate: `indexof(${JSON.stringify(parts)}, datum.part)`, as: "level" },
        ],
        mark: { type: "area", interpolate: "step-after", line: false, strokeWidth: 0 },
        encoding: {
          x: {
            field: "time",
            type: "quantitative",
            scale: { domain: [0, right], nice: false },
            axis: { tickCount: 7, labelExpr: NUMBER_LABEL },
            title: `${unit} since the window began`,
          },
          y: {
            field: "amount",
            type: "quantitative",
            stack: "zero",
            scale: { domain: [0, { expr: "showFree ? top : topBusy" }] as never, nice: false },
            axis: { tickCount: 4, labelExpr: NUMBER_LABEL },
            title: null,
          },
          color: {
            field: "part",
            type: "nominal",
            scale: { domain: [...parts], range: parts.map((part) => `var(--part-${part})`) },
            legend: null,
          },
          order: { field: "level", type: "ordinal" },
        },
      },
      {
        data: { values: [{}] },
        transform: [{ filter: "brushTo > brushFrom" }],
        mark: { type: "rect", color: "var(--ink)", opacity: 0.12 },
        encoding: {
          x: { datum: { expr: "brushFrom" } as never, type: "quantitative" },
          x2: { datum: { expr: "brushTo" } as never },
        },
      },
      {
        data: { values: [{}] },
        transform: [{ filter: "instant >= 0" }],
        mark: { type: "rule", color: "var(--ink)", strokeWidth: 1 },
        encoding: { x: { datum: { expr: "instant" } as never, type: "quantitative" } },
      },
    ],
  };
}

interface ReducedTimeline {
  readonly startMs: number;
  readonly endMs: number;
  readonly binMs: number;
  readonly amounts: Readonly<Partial<Record<CapacityPart, Readonly<Record<string, readonly number[]>>>>>;
}

function reduceTimeline(run: ComparedRun, parts: readonly CapacityPart[], resources: readonly ResourceName[]): ReducedTimeline {
  const { timeline } = run.metrics;
  const most = Math.min(MOST_BINS, Math.floor(MOST_POINTS / parts.length) - 1);
  const group = Math.ceil(timeline.bins / most);
  const amounts = Object.fromEntries(
    parts.map((part) => [
      part,
      Object.fromEntries(
        resources.map((resource) => {
          const { per } = RESOURCE_UNITS[resource];
          return [
            resource,
            averageBy(timeline.parts[part]?.[resource] ?? [], timeline.bins, group).map((amount) => amount / per),
          ];
        }),
      ),
    ]),
  );
  return {
    startMs: timeline.startMs,
    endMs: Math.min(run.window.toMs, timeline.startMs + timeline.bins * timeline.binMs),
    binMs: timeline.binMs * group,
    amounts,
  };
}

/** Means of each `group` values; the last group may be shorter. */
function averageBy(values: readonly number[], length: number, group: number): number[] {
  return Array.from({ length: Math.ceil(length / group) }, (_, index) => {
    const members = Math.min(group, length - index * group);
    let sum = 0;
    for (let member = 0; member < members; member += 1) sum += values[index * group + member] ?? 0;
    return sum / members;
  });
}

/** One row a bin, and one more that carries the last bin to its end. */
function tableOf(timeline: ReducedTimeline, resource: ResourceName, parts: readonly CapacityPart[], unitMs: number) {
  const bins = Object.values(timeline.amounts)[0]?.[resource]?.length ?? 0;
  const time = Array.from(
    { length: bins + 1 },
    (_, index) => Math.min(index * timeline.binMs, timeline.endMs - timeline.startMs) / unitMs,
  );
  const closed = parts.map((part) => {
    const amounts = (timeline.amounts[part]?.[resource] ?? []).map((amount) => Number(amount.toPrecision(3)));
    return [part, [...amounts, amounts.at(-1) ?? 0]] as const;
  });
  return { time: time.map((at) => Number(at.toPrecision(6))), ...Object.fromEntries(closed) };
}

function highest(timeline: ReducedTimeline, resource: ResourceName, parts: readonly CapacityPart[]): number {
  const columns = parts.map((part) => timeline.amounts[part]?.[resource] ?? []);
  const bins = Math.max(0, ...columns.map((column) => column.length));
  let top = 0;
  for (let bin = 0; bin < bins; bin += 1)
    top = Math.max(
      top,
      columns.reduce((sum, column) => sum + (column[bin] ?? 0), 0),
    );
  return top;
}
