import { Arrivals } from "../panel/arrivals.ts";
import { entityOf } from "../panel/feature-spec.ts";
import { History, type Panel, type Series } from "../panel/panel.ts";
import { BinnedHazard } from "./gap-bins.ts";

/** Before anything is known: one step in a thousand, with the weight of ten. */
const VAGUE = { chance: 1e-3, weight: 10 };

/** What the gaps of many series say together: of all, and of those of one app. */
export class GapPools {
  readonly #all = new Map<string, BinnedHazard>();
  readonly #smoothed = new Map<string, Float64Array>();
  readonly #apps = new Map<string, BinnedHazard>();

  constructor(panel: Panel, trainEnd: number) {
    const history = new History(panel, trainEnd);
    for (const [i, series] of panel.series.entries()) {
      const arrivals = new Arrivals(history.values(i));
      const pools = [poolOf(this.#all, entityOf(series)), poolOf(this.#apps, appOf(series))];
      for (const gap of arrivals.gaps(trainEnd, Number.POSITIVE_INFINITY)) for (const pool of pools) pool.add(gap, true);
      const idle = arrivals.idle(trainEnd);
      if (idle !== null) for (const pool of pools) pool.add(idle, false);
    }
    for (const [entity, pool] of this.#all) this.#smoothed.set(entity, pool.smoothed(VAGUE.chance, APP_WEIGHT));
  }

  /** The chance of a step in this bin of a series like this one. */
  chance(series: Series, bin: number): number {
    const overall = this.#smoothed.get(entityOf(series))?.[bin] ?? VAGUE.chance;
    return this.#apps.get(appOf(series))?.of(bin, overall, APP_WEIGHT) ?? overall;
  }

  /** The chance of any step of a series like this one. */
  overall(series: Series): number {
    const overall = this.#all.get(entityOf(series))?.overall(VAGUE.chance, VAGUE.weight) ?? VAGUE.chance;
    return this.#apps.get(appOf(series))?.overall(overall, APP_WEIGHT) ?? overall;
  }
}

/** How many steps the gaps of an app must show to count as much as those of all, and longer gaps as much as shorter ones. */
const APP_WEIGHT = 200;

/** An app as a whole has gaps of another kind than its users. */
function appOf(series: Series): string {
  return `${entityOf(series)} ${series.traits.appName ?? ""}`;
}

function poolOf(pools: Map<string, BinnedHazard>, name: string): BinnedHazard {
  let pool = pools.get(name);
  if (pool === undefined) {
    pool = new BinnedHazard();
    pools.set(name, pool);
  }
  return pool;
}
