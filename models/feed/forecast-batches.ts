import type { ForecastBatch, ForecastEntity } from "../../allocator/core/forecast.ts";
import { RESOURCE_NAMES } from "../../allocator/core/resources.ts";
import type { Trace } from "../../datasets/trace.ts";
import { checkForecast, type Forecaster } from "../forecaster.ts";
import { History, type Panel } from "../panel/panel.ts";
import type { ForecastPlan } from "./forecast-plan.ts";

const MOST = 2 ** 32 - 1;

/** When forecasts are issued: at multiples of the plan's cadence from the panel's start. */
export interface Issues {
  /** None is issued earlier. */
  readonly fromMs: number;
  /** Called with the share of the forecasts that are made. */
  readonly onProgress?: (share: number) => void;
}

/**
 * The forecasts of a plan, one instant after another: of every user, or app and user, that has been seen by then, the largest demand in
 * each step, rounded up, the largest number of instances, rounded, or the chance of an arrival. Only one instant's forecasts are in memory.
 * @throws ForecastFault when the model says what is no forecast.
 */
export async function* forecastBatches(
  forecaster: Forecaster,
  panel: Panel,
  trace: Trace,
  plan: ForecastPlan,
  { fromMs, onProgress }: Issues,
): AsyncGenerator<ForecastBatch> {
  const stride = plan.everyMs / plan.stepMs;
  const first = Math.max(1, Math.ceil((fromMs - panel.startMs) / plan.everyMs)) * stride;
  const issuer = new BatchIssuer(forecaster, panel, trace, plan);
  for (let step = first; step < panel.steps; step += stride) {
    for (const batch of await issuer.batchesAt(step)) yield batch;
    onProgress?.((step - first) / Math.max(1, panel.steps - first));
  }
}

/** Makes the batches of a plan at one instant of a panel. */
export class BatchIssuer {
  readonly #forecaster: Forecaster;
  readonly #panel: Panel;
  readonly #apps: Trace["apps"];
  readonly #plan: ForecastPlan;
  readonly #groups: readonly Group[];
  readonly #seenFrom: readonly number[];

  constructor(forecaster: Forecaster, panel: Panel, { apps }: Pick<Trace, "apps">, plan: ForecastPlan) {
    this.#forecaster = forecaster;
    this.#panel = panel;
    this.#apps = apps;
    this.#plan = plan;
    this.#groups = groupsOf(panel);
    this.#seenFrom = panel.series.map((_, series) => firstObserved(panel, series));
  }

  /**
   * One an entity kind; of what was not seen before the step there is none.
   * @param step the first that is not known, at most the number of steps of the panel.
   * @throws ForecastFault when the model says what is no forecast.
   */
  async batchesAt(step: number): Promise<ForecastBatch[]> {
    const { stepMs, steps, levelsPpm, latencyMs, target } = this.#plan;
    const horizon = { steps, levelsPpm };
    const history = new History(this.#panel, step);
    const values = await this.#forecaster.forecast(history, horizon);
    checkForecast(this.#forecaster, values, history, horizon);
    const issuedAtMs = this.#panel.startMs + step * stepMs;
    const common = { target, issuedAtMs, availableAtMs: issuedAtMs + latencyMs, firstStepMs: issuedAtMs, stepMs, steps };
    const isSeen = (series: number) => series >= 0 && (this.#seenFrom[series] as number) < step;
    return this.#groups.flatMap((group) => {
      const present = group.members.filter(({ rows }) => rows.some(isSeen));
      if (present.length === 0) return [];
      const ids = Uint32Array.from(present.flatMap((member) => member.ids));
      const amounts = this.#amounts(group.width, present, values);
      return [{ ...common, entity: group.entity, ids, levelsPpm: Uint32Array.from(levelsPpm), values: amounts }];
    });
  }

  #amounts(width: number, members: Group["members"], values: Float32Array): Uint32Array {
    const { steps, levelsPpm, target, countsRequests } = this.#plan;
    const cells = steps * Math.max(1, levelsPpm.length);
    const amounts = new Uint32Array(members.length * width * cells);
    members.forEach(({ rows, ids }, member) => {
      rows.forEach((series, part) => {
        if (series < 0) return;
        const from = values.subarray(series * cells, (series + 1) * cells);
        const into = amounts.subarray((member * width + part) * cells, (member * width + part + 1) * cells);
        if (target === "demand") ceil(from, into);
        else if (target === "arrival") partsPerMillion(from, into);
        else instances(from, into, countsRequests === true ? 1 : (this.#apps[ids[ids.length - 1] as number]?.concurrency ?? 1));
      });
    });
    return amounts;
  }
}

/** The series of a panel as the core takes forecasts: by kind of entity. */
interface Group {
  readonly entity: ForecastEntity;
  /** Values a step and level: one a resource for demand, else one. */
  readonly width: number;
  readonly members: readonly { readonly ids: readonly number[] /** −1: always 0. */; readonly rows: readonly number[] }[];
}

function groupsOf({ target, series }: Panel): Group[] {
  const width = target === "demand" ? RESOURCE_NAMES.length : 1;
  const byEntity = new Map<ForecastEntity, Map<string, { readonly ids: readonly number[]; readonly rows: number[] }>>();
  series.forEach(({ user, app, resource }, row) => {
    const ids = [user, app].filter((id) => id !== null);
    const entity: ForecastEntity = app === null ? "user" : user === null ? "app" : "user_app";
    const members = byEntity.get(entity) ?? new Map<string, { readonly ids: readonly number[]; readonly rows: number[] }>();
    byEntity.set(entity, members);
    const member = members.get(ids.join()) ?? { ids, rows: new Array<number>(width).fill(-1) };
    members.set(ids.join(), member);
    member.rows[resource === null ? 0 : RESOURCE_NAMES.indexOf(resource)] = row;
  });
  return [...byEntity].map(([entity, members]) => ({ entity, width, members: [...members.values()] }));
}

/** The first step with a value; where there is none, the number of steps. */
function firstObserved({ values, steps }: Panel, series: number): number {
  for (let step = 0; step < steps; step += 1) if (!Number.isNaN(values[series * steps + step])) return step;
  return steps;
}

function ceil(from: Float32Array, into: Uint32Array): void {
  for (let i = 0; i < from.length; i += 1) into[i] = Math.min(MOST, Math.ceil(from[i] as number));
}

function partsPerMillion(from: Float32Array, into: Uint32Array): void {
  for (let i = 0; i < from.length; i += 1) into[i] = Math.round((from[i] as number) * 1_000_000);
}

/**
 * A quantile of a whole number is whole; a model's is near it. Rounded up, every idle app whose forecast is not quite 0 would hold an
 * instance.
 */
function instances(from: Float32Array, into: Uint32Array, concurrency: number): void {
  for (let i = 0; i < from.length; i += 1) into[i] = Math.min(MOST, Math.ceil(Math.round(from[i] as number) / concurrency));
}
