import type { AllocatorEvent } from "../core/events.ts";
import type { ForecastBatch, ForecastEntity, ForecastTarget } from "../core/forecast.ts";
import type { AppId, UserId } from "../core/ids.ts";
import { NO_RESOURCES, RESOURCE_NAMES, type ResourceName, type Resources } from "../core/resources.ts";
import type { State } from "../core/state.ts";
import type { StepObserver } from "../ports.ts";

/** What the latest forecast says of a user, or of all together. */
export interface ForecastView {
  readonly target: ForecastTarget;
  /** Nothing observed after this instant was used. */
  readonly issuedAtMs: number;
  /** The first step covers `[firstStepMs, firstStepMs + stepMs)`. */
  readonly firstStepMs: number;
  readonly stepMs: number;
  /** Quantile levels, ascending, in parts per million. */
  readonly levelsPpm: readonly number[];
  /** By resource: `[step][level]`. */
  readonly amounts: Readonly<Record<ResourceName, readonly (readonly number[])[]>>;
}

/**
 * The latest forecasts that came in, in amounts: of demand as they are, of concurrency as so many instances of their app's shape. A
 * forecast of arrivals says no amount.
 */
export class ForecastBook implements StepObserver {
  readonly #latest = new Map<string, ForecastBatch>();
  /** Of all together, as long as the forecasts are the same. */
  #sum: { readonly batches: readonly ForecastBatch[]; readonly view: ForecastView } | null = null;

  onStep(event: AllocatorEvent): void {
    if (event.kind === "forecast_issued") this.#latest.set(keyOf(event.batch.target, event.batch.entity), event.batch);
  }

  /** `null`: there is none for that user. */
  ofUser(user: UserId, state: State): ForecastView | null {
    const batches = this.#batches();
    const isOf = ({ entity, ids }: ForecastBatch, at: number) =>
      (entity === "user" && ids[at] === user) || (entity === "user_app" && ids[2 * at] === user);
    const isAnyOf = (batch: ForecastBatch) => entitiesOf(batch).some((at) => isOf(batch, at));
    return batches.some(isAnyOf) ? viewOf(batches, state, isOf) : null;
  }

  /**
   * The sum over users and apps at each level: what is needed where all of them are at that level at once, so a wide fan. `null`: there
   * is none.
   */
  ofFleet(state: State): ForecastView | null {
    const batches = this.#batches();
    if (batches.length === 0) return null;
    if (this.#sum?.batches.every((batch, i) => batch === batches[i]) !== true || this.#sum.batches.length !== batches.length) {
      this.#sum = { batches, view: viewOf(batches, state, () => true) };
    }
    return this.#sum.view;
  }

  /** Those of demand, else those of concurrency, of one grid of time. */
  #batches(): readonly ForecastBatch[] {
    const find = (target: ForecastTarget, entity: ForecastEntity) => this.#latest.get(keyOf(target, entity)) ?? [];
    const demand = [find("demand", "user")].flat();
    const found = demand.length > 0 ? demand : [find("concurrency", "user_app"), find("concurrency", "app")].flat();
    const newestMs = Math.max(...found.map(({ issuedAtMs }) => issuedAtMs));
    const newest = found.filter(({ issuedAtMs }) => issuedAtMs === newestMs);
    return newest.filter((batch) => isAlike(batch, newest[0] as ForecastBatch));
  }
}

function keyOf(target: ForecastTarget, entity: ForecastEntity): string {
  return `${target} ${entity}`;
}

function isAlike(a: ForecastBatch, b: ForecastBatch): boolean {
  return a.steps === b.steps && a.stepMs === b.stepMs && a.levelsPpm.length === b.levelsPpm.length;
}

function entitiesOf({ entity, ids }: ForecastBatch): number[] {
  return Array.from({ length: entity === "user_app" ? ids.length / 2 : ids.length }, (_, at) => at);
}

function viewOf(
  batches: readonly ForecastBatch[],
  state: State,
  isWanted: (batch: ForecastBatch, at: number) => boolean,
): ForecastView {
  const { target, issuedAtMs, firstStepMs, stepMs, steps, levelsPpm } = batches[0] as ForecastBatch;
  const levels = levelsPpm.length;
  const sums = RESOURCE_NAMES.map(() => new Float64Array(steps * levels));
  for (const batch of batches) {
    for (const at of entitiesOf(batch)) if (isWanted(batch, at)) addEntity(sums, batch, at, state);
  }
  const rows = (resource: number) => {
    const sum = sums[resource] as Float64Array;
    return Array.from({ length: steps }, (_, step) => [...sum.subarray(step * levels, (step + 1) * levels)]);
  };
  const [cpuMillis, memoryMiB, gpuMillis, networkKbps] = [rows(0), rows(1), rows(2), rows(3)];
  const amounts = { cpuMillis, memoryMiB, gpuMillis, networkKbps };
  return { target, issuedAtMs, firstStepMs, stepMs, levelsPpm: [...levelsPpm], amounts };
}

/** `[entity][resource, for demand][step][level]`: see `ForecastBatch`. */
function addEntity(sums: readonly Float64Array[], batch: ForecastBatch, at: number, state: State): void {
  const { target, entity, steps, levelsPpm, ids, values } = batch;
  const cells = steps * levelsPpm.length;
  const width = target === "demand" ? RESOURCE_NAMES.length : 1;
  const app = (entity === "user_app" ? ids[2 * at + 1] : ids[at]) as AppId;
  const shape: Resources = target === "demand" ? NO_RESOURCES : state.app(app).shape;
  RESOURCE_NAMES.forEach((name, resource) => {
    const sum = sums[resource] as Float64Array;
    const from = (at * width + (width === 1 ? 0 : resource)) * cells;
    const factor = target === "demand" ? 1 : shape[name];
    for (let i = 0; factor > 0 && i < cells; i += 1) sum[i] = (sum[i] as number) + factor * (values[from + i] as number);
  });
}
