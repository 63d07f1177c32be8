import { maximum, RESOURCE_NAMES, type Resources } from "../allocator/core/resources.ts";
import type { Assumptions } from "./assumptions.ts";
import { COLUMN_OF_RESOURCE } from "./columns.ts";
import { NO_TIER, type RequestBuffer } from "./row-buffers.ts";
import { ShapeTable } from "./shape-table.ts";
import type { TraceDefaults } from "./tiers.ts";
import type { RequestColumns } from "./trace.ts";
import type { AppInput } from "./trace-input.ts";

export interface RequestSource extends AmountSource {
  readonly requests: RequestBuffer;
  /** In source order; empty: the source has none. */
  readonly names: readonly string[];
}

export interface AmountSource {
  /** By shape code; −1: not given. */
  readonly givenShapes: readonly Resources[];
  readonly apps: readonly AppInput[];
  readonly defaults: TraceDefaults;
}

export interface RowMaps {
  /** Source rows to keep, in their final order. */
  readonly order: Uint32Array;
  readonly userId: Uint32Array;
  readonly appId: Uint32Array;
  /** Tier of a request by its tier code, and of one without by its source user. */
  readonly tierOfCode: readonly number[];
  readonly tierOfUser: readonly number[];
}

/**
 * Lawful request columns. An amount that a request leaves out is its app's declared one, else the default; what an app leaves out
 * is the largest amount that its requests ask for.
 */
export function assembleRequests(source: RequestSource, maps: RowMaps, assumptions: Assumptions) {
  const { requests, names, apps } = source;
  const { order, userId, appId, tierOfCode, tierOfUser } = maps;
  const count = order.length;
  const columns = {
    submitMs: new Float64Array(count),
    runMs: new Float64Array(count),
    user: new Uint32Array(count),
    app: new Uint32Array(count),
    tier: new Uint8Array(count),
    shape: new Uint32Array(count),
  };
  const resolver = new AmountResolver(source);
  for (let row = 0; row < count; row += 1) {
    const from = order[row] as number;
    const user = requests.user[from] as number;
    const app = requests.app[from] as number;
    const tier = requests.tier[from] as number;
    columns.submitMs[row] = requests.submitMs[from] as number;
    columns.runMs[row] = requests.runMs[from] as number;
    columns.user[row] = userId[user] as number;
    columns.app[row] = appId[app] as number;
    columns.tier[row] = (tier === NO_TIER ? tierOfUser[user] : tierOfCode[tier]) as number;
    columns.shape[row] = resolver.resolve(app, requests.shape[from] as number);
  }
  resolver.report(assumptions);
  const finalNames = names.length === 0 ? null : Array.from(order, (from) => names[from] as string);
  const table: RequestColumns = { count, names: finalNames, ...columns, shapes: resolver.shapes };
  return {
    requests: table,
    shapeOfApp: (app: number) => resolver.appShape(app, apps[app] as AppInput, assumptions),
    oversized: resolver.oversized,
  };
}

/** What is known about the requests of one app that give the same amounts. */
interface Pair {
  readonly shape: number;
  /** Which amounts came from the defaults. */
  readonly defaulted: readonly string[];
  readonly oversized: boolean;
  requests: number;
}

/** Resolves what requests ask for, in their final order. */
export class AmountResolver {
  /** Requests that ask for more than their app declares. */
  oversized = 0;
  readonly #source: AmountSource;
  readonly #table = new ShapeTable();
  readonly #pairs = new Map<number, Pair>();
  /** By app: the amounts given by its latest request, and what came of them. */
  readonly #lastGiven: Int32Array;
  readonly #lastPair: (Pair | undefined)[];
  readonly #largest: (Resources | undefined)[];

  constructor(source: AmountSource) {
    this.#source = source;
    this.#lastGiven = new Int32Array(source.apps.length).fill(-1);
    this.#lastPair = new Array(source.apps.length).fill(undefined);
    this.#largest = new Array(source.apps.length).fill(undefined);
  }

  get shapes(): readonly Resources[] {
    return this.#table.shapes;
  }

  resolve(app: number, given: number): number {
    let pair = this.#lastGiven[app] === given ? this.#lastPair[app] : undefined;
    if (pair === undefined) {
      pair = this.#pair(app, given);
      this.#lastGiven[app] = given;
      this.#lastPair[app] = pair;
    }
    pair.requests += 1;
    if (pair.oversized) this.oversized += 1;
    return pair.shape;
  }

  #pair(app: number, given: number): Pair {
    const key = given * this.#source.apps.length + app;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = this.#newPair(app, given);
      this.#pairs.set(key, pair);
    }
    return pair;
  }

  #newPair(app: number, given: number): Pair {
    const asked = this.#source.givenShapes[given] as Resources;
    const declared = this.#source.apps[app]?.shape ?? {};
    const defaulted: string[] = [];
    const amounts = RESOURCE_NAMES.map((name) => {
      if (asked[name] !== -1) return asked[name];
      const own = declared[name];
      if (own !== undefined) return own;
      defaulted.push(`${COLUMN_OF_RESOURCE[name]} ${this.#source.defaults[name]}`);
      return this.#source.defaults[name];
    }) as [number, number, number, number];
    const oversized = RESOURCE_NAMES.some((name, i) => (amounts[i] as number) > (declared[name] ?? Number.POSITIVE_INFINITY));
    const shape = this.#table.code(...amounts);
    const largest = this.#largest[app];
    const resolved = this.#table.shapes[shape] as Resources;
    this.#largest[app] = largest === undefined ? resolved : maximum(largest, resolved);
    return { shape, defaulted, oversized, requests: 0 };
  }

  appShape(app: number, declared: AppInput, assumptions: Assumptions): Resources {
    const largest = this.#largest[app];
    const missing = RESOURCE_NAMES.filter((name) => declared.shape?.[name] === undefined);
    const columns = missing.map((name) => COLUMN_OF_RESOURCE[name]);
    if (largest === undefined) {
      for (const name of missing) assumptions.count(`${COLUMN_OF_RESOURCE[name]} ${this.#source.defaults[name]}`, "app");
    } else if (missing.length > 0) {
      assumptions.count(`${columns.join(", ")}: the largest that its requests ask for,`, "app");
    }
    const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = this.#source.defaults;
    return { ...(largest ?? { cpuMillis, memoryMiB, gpuMillis, networkKbps }), ...declared.shape };
  }

  report(assumptions: Assumptions): void {
    for (const { defaulted, requests } of this.#pairs.values()) {
      for (const value of defaulted) assumptions.count(value, "request", requests);
    }
  }
}
