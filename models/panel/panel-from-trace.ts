import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import { RESOURCE_NAMES, type ResourceName } from "../../allocator/core/resources.ts";
import { InputError } from "../../datasets/issues.ts";
import type { Trace } from "../../datasets/trace.ts";
import { EndQueue } from "./end-queue.ts";
import { describeSeries, distinctNames, type Groups, groupRequests, type PanelEntity } from "./entities.ts";
import { emptyValues, type Grid, gridOf } from "./grid.ts";
import { measuredDemand } from "./measured-demand.ts";
import type { FirstUse, Panel, Series } from "./panel.ts";

export interface PanelOptions {
  readonly target: ForecastTarget;
  readonly stepMs: number;
  /** Default: users for demand, users × apps and apps for the other targets. */
  readonly entities?: readonly PanelEntity[];
  /** What happens from here on stays unknown; default: the end of the trace's window. */
  readonly untilMs?: number;
}

/**
 * The history of a trace on a regular grid from the start of its window, each step as it could be known when it ended, as if every
 * request started on arrival: a request that still runs at the end of a step counts in it, whenever it ends. So the panel until an
 * instant is the panel of the trace as it was then, but for series that were not there yet.
 *
 * Series begin with the step of their first request, or sample; before it, and where samples are missing, values are NaN. Resources
 * that are never used have no series. Demand of a trace of usage alone is what was measured (`measuredDemand`).
 *
 * Concurrency of a shared app is of the app, of any other app of each user.
 * @throws InputError when the trace does not hold the target, has no whole step, or the values would not fit into memory.
 */
export function panelFromTrace(trace: Trace, options: PanelOptions): Panel {
  const { target, stepMs } = options;
  const entities = options.entities ?? (target === "demand" ? ["user"] : ["user_app", "app"]);
  const { startMs, endMs } = trace.manifest.window;
  const grid = gridOf(startMs, Math.min(endMs, options.untilMs ?? endMs), stepMs);
  const parts =
    trace.requests.count === 0 && trace.usage !== null
      ? [measuredPart(trace, trace.usage, grid, target, entities)]
      : requestedParts(trace, grid, target, entities);
  const series = distinctNames(parts.flatMap((part) => part.series));
  const [only] = parts;
  let values = (only as Part).values;
  if (parts.length > 1) {
    values = emptyValues(series.length, grid);
    let start = 0;
    for (const part of parts) {
      values.set(part.values, start);
      start += part.values.length;
    }
  }
  const uses = entities.includes("user") && trace.requests.count > 0 ? { firstUses: firstUses(trace, grid) } : {};
  return { target, ...grid, epochMs: trace.manifest.epochMs, signed: false, series, values, context: trace.context, ...uses };
}

function firstUses(trace: Trace, grid: Grid): FirstUse[] {
  const { user, app, submitMs, count } = trace.requests;
  const seen = new Set<number>();
  const uses: FirstUse[] = [];
  const requests = firstFrom(submitMs, count, grid.startMs + grid.steps * grid.stepMs);
  for (let request = 0; request < requests; request += 1) {
    const pair = (user[request] as number) * trace.apps.length + (app[request] as number);
    if (seen.has(pair)) continue;
    seen.add(pair);
    const appName = trace.apps[app[request] as number]?.name ?? "";
    uses.push({
      user: user[request] as number,
      appName,
      step: Math.floor(((submitMs[request] as number) - grid.startMs) / grid.stepMs),
    });
  }
  return uses;
}

/** Some of the series of a panel. */
interface Part {
  readonly series: readonly Series[];
  readonly values: Float32Array;
}

function measuredPart(
  trace: Trace,
  usage: NonNullable<Trace["usage"]>,
  grid: Grid,
  target: ForecastTarget,
  entities: readonly PanelEntity[],
): Part {
  if (target !== "demand" || entities.some((entity) => entity !== "user")) {
    const expected = `requests, to know the ${target} of ${entities.join(" and ")}`;
    throw new InputError([{ where: "trace", expected, found: "usage samples alone", hint: "they give the demand of users" }]);
  }
  const { of, values } = measuredDemand(usage, grid);
  return { series: of.map((ids) => describeSeries(trace, ids)), values };
}

function requestedParts(trace: Trace, grid: Grid, target: ForecastTarget, entities: readonly PanelEntity[]): Part[] {
  const untilMs = grid.startMs + grid.steps * grid.stepMs;
  const count = firstFrom(trace.requests.submitMs, trace.requests.count, untilMs);
  return entities.map((entity) => {
    const groups = groupRequests(trace, count, entity, target);
    const rows = target === "demand" ? resourceRows(trace, groups) : plainRows(groups);
    const values = emptyValues(rows.of.length, grid);
    if (target === "arrival") countArrivals(trace, groups, grid, values);
    else sweep(trace, groups, rows, grid, values);
    return { series: rows.of.map((ids) => describeSeries(trace, ids)), values };
  });
}

/** How many of the first `count` times, ascending, are before `atMs`. */
function firstFrom(times: Float64Array, count: number, atMs: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the values of each group go. */
interface Rows {
  readonly of: readonly Pick<Series, "user" | "app" | "resource">[];
  /** How many amounts a request has: one a resource for demand, else one. */
  readonly width: number;
  /** `[group][amount]`: the row, or −1 where nothing is ever asked for. */
  readonly ofGroup: Int32Array;
  /** `[shape][amount]`. */
  readonly amounts: readonly (readonly number[])[];
}

function plainRows({ members }: Groups): Rows {
  const of = members.map((ids) => ({ ...ids, resource: null }));
  return { of, width: 1, ofGroup: Int32Array.from(members.keys()), amounts: [] };
}

function resourceRows(trace: Trace, { ofRequest, members }: Groups): Rows {
  const width = RESOURCE_NAMES.length;
  const amounts = trace.requests.shapes.map((shape) => RESOURCE_NAMES.map((resource) => shape[resource]));
  const used = new Uint8Array(members.length * width);
  for (let request = 0; request < ofRequest.length; request += 1) {
    const asked = amounts[trace.requests.shape[request] as number] as number[];
    const start = (ofRequest[request] as number) * width;
    for (let i = 0; i < width; i += 1) if ((asked[i] as number) > 0) used[start + i] = 1;
  }
  const of: { user: number | null; app: number | null; resource: ResourceName }[] = [];
  const ofGroup = new Int32Array(used.length).fill(-1);
  members.forEach((ids, group) => {
    RESOURCE_NAMES.forEach((resource, i) => {
      if (used[group * width + i] === 0) return;
      ofGroup[group * width + i] = of.length;
      of.push({ ...ids, resource });
    });
  });
  return { of, width, ofGroup, amounts };
}

function countArrivals(trace: Trace, { ofRequest }: Groups, grid: Grid, values: Float32Array): void {
  const { submitMs } = trace.requests;
  for (let request = 0; request < ofRequest.length; request += 1) {
    const row = ofRequest[request] as number;
    const step = Math.floor(((submitMs[request] as number) - grid.startMs) / grid.stepMs);
    const at = row * grid.steps + step;
    if (Number.isNaN(values[at])) values.fill(0, at, (row + 1) * grid.steps);
    values[at] = (values[at] as number) + 1;
  }
}

/** What a request adds to concurrency. */
const ONE_EACH: readonly number[] = [1];

/** The largest sum in each step of the amounts under way. Ends count before starts at equal instants, as requests do. */
function sweep(trace: Trace, { ofRequest }: Groups, rows: Rows, grid: Grid, values: Float32Array): void {
  const { submitMs, runMs, shape } = trace.requests;
  const { startMs, stepMs, steps } = grid;
  const levels = new Float64Array(rows.of.length);
  const sinceMs = new Float64Array(rows.of.length);
  const started = new Uint8Array(rows.of.length);

  /** Writes the level since the last change, which held until `atMs`. */
  const settle = (row: number, atMs: number) => {
    const level = levels[row] as number;
    const from = sinceMs[row] as number;
    sinceMs[row] = atMs;
    if (level === 0 || atMs <= from) return;
    const first = Math.floor((from - startMs) / stepMs);
    const last = Math.min(steps, Math.ceil((atMs - startMs) / stepMs)) - 1;
    for (let at = row * steps + first; at <= row * steps + last; at += 1) if ((values[at] as number) < level) values[at] = level;
  };
  const change = (request: number, atMs: number, sign: number) => {
    const group = ofRequest[request] as number;
    const asked = rows.width === 1 ? ONE_EACH : (rows.amounts[shape[request] as number] as number[]);
    for (let i = 0; i < rows.width; i += 1) {
      const row = rows.ofGroup[group * rows.width + i] as number;
      if (row < 0) continue;
      if (started[row] === 0) {
        started[row] = 1;
        values.fill(0, row * steps + Math.floor((atMs - startMs) / stepMs), (row + 1) * steps);
      }
      settle(row, atMs);
      levels[row] = (levels[row] as number) + sign * (asked[i] as number);
    }
  };

  const running = new EndQueue();
  const endUntil = (atMs: number) => {
    for (let endMs = running.nextMs; endMs <= atMs; endMs = running.nextMs) change(running.take(), endMs, -1);
  };
  for (let request = 0; request < ofRequest.length; request += 1) {
    if ((ofRequest[request] as number) < 0) continue;
    const atMs = submitMs[request] as number;
    endUntil(atMs);
    change(request, atMs, 1);
    // A request of no length still needs an instance at its instant.
    running.add(atMs + Math.max(1, runMs[request] as number), request);
  }
  const untilMs = startMs + steps * stepMs;
  endUntil(untilMs);
  for (let row = 0; row < rows.of.length; row += 1) settle(row, untilMs);
}
