import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { ForecastBatch } from "../forecast.ts";
import type { PoolId } from "../ids.ts";
import type { PoolAheadSpec } from "../policy.ts";
import { Backoff } from "../pools/backoff.ts";
import { cheapest, type Option } from "../pools/expander.ts";
import { lackingRoom, withinQuota } from "../pools/lacking-room.ts";
import { lateOrders } from "../pools/late-orders.ts";
import { isSettled, unneeded } from "../pools/leaving.ts";
import { type Lot, pack, times } from "../pools/packing.ts";
import type { Growing } from "../pools/pool-table.ts";
import { RecentPeak } from "../pools/recent-peak.ts";
import { SeasonPeaks } from "../pools/season-peaks.ts";
import {
  add,
  fits,
  isZero,
  maximum,
  minimum,
  NO_RESOURCES,
  RESOURCE_NAMES,
  type Resources,
  scaleUp,
  subtract,
} from "../resources.ts";
import type { State } from "../state.ts";
import { DemandPath } from "./demand-path.ts";
import { levelIndex } from "./path.ts";
import type { PoolStrategy, PoolWant } from "./pool.ts";
import { NO_FORECAST } from "./warm.ts";

/**
 * Pools that have room before it is asked for. What is needed is
 *
 *     max( (held + waiting) × (1 + spare), expected until a new node would be ready × margin )
 *
 * held: reservations, and instances beyond them. Expected: where forecasts of demand come, the sum of the users' chosen level, at its largest until the
 * next scan's nodes would be there (`lead`: a quantile of how long nodes took, the longest of all pools'; what the platform declares until
 * that was measured); else what was held and waited for one season ago in that time. So it never has less than reacting would give,
 * as cloud predictive scaling has it: the forecast only adds.
 *
 * What is missing is ordered where it costs least. What has not been needed for `shrinkAfterMs` goes, the dearest pool first: nodes with nothing
 * on them, or used less than the threshold, whose instances would have room elsewhere.
 */
export class PoolAhead implements PoolStrategy {
  readonly everyMs: number;
  readonly #spec: PoolAheadSpec;
  readonly #backoff = new Backoff();
  readonly #needed: RecentPeak;
  readonly #season: SeasonPeaks | null;
  /** What all users of the last batch are expected to demand together. */
  #expected: DemandPath | null = null;

  constructor(spec: PoolAheadSpec) {
    this.#spec = spec;
    this.everyMs = spec.everyMs;
    this.#needed = new RecentPeak(spec.shrinkAfterMs);
    this.#season = spec.ahead?.seasonMs === undefined ? null : new SeasonPeaks(spec.ahead.seasonMs);
  }

  onForecast(batch: ForecastBatch, batchIndex: number): void {
    const { ahead } = this.#spec;
    if (ahead === undefined || batch.target !== "demand" || batch.entity !== "user") return;
    this.#expected = DemandPath.total(batch, batchIndex, levelIndex(batch.levelsPpm, ahead.levelPpm));
  }

  scan(state: State, nowMs: number): readonly PoolWant[] {
    const late = lateOrders(state.pools, this.#spec.provisionWithinMs, nowMs);
    for (const { pool } of late) this.#backoff.failed(pool, nowMs);
    if (late.length > 0) return late;
    const now = [...withinQuota(state)].reduce(
      (sum, { user, app, requested }) => add(sum, state.launchSize(user, app, requested)),
      state.ledger.total,
    );
    const reactive = scaleUp(now, 1_000_000 + this.#spec.sparePpm);
    const expected = this.#expectedUntil(state, nowMs);
    this.#season?.observe(now, nowMs);
    const needed = maximum(reactive, expected);
    this.#needed.observe(needed, nowMs);
    const why = fits(expected, reactive) ? spareReason(this.#spec) : this.#forecastReason();
    const wants = this.#growth(state, lackingRoom(state), needed, why, nowMs);
    return wants.length > 0 ? wants : this.#shrinkage(state);
  }

  #expectedUntil(state: State, nowMs: number): Resources {
    const { ahead } = this.#spec;
    if (ahead === undefined) return NO_RESOURCES;
    const untilMs = nowMs + state.pools.leadMs(ahead.leadPpm) + this.everyMs;
    if (this.#expected?.speaksAt(nowMs)) return scaleUp(this.#expected.maximumOver(nowMs, untilMs), ahead.marginPpm);
    return this.#season === null ? NO_RESOURCES : scaleUp(this.#season.ahead(nowMs, untilMs), ahead.marginPpm);
  }

  #forecastReason(): Because {
    const { levelPpm = 0, marginPpm = 1_000_000 } = this.#spec.ahead ?? {};
    const forecast = { ...NO_FORECAST, factorPpm: marginPpm, rule: "pool_ahead" as const };
    if (this.#expected === null) return { ...forecast, rung: "seasonal" };
    return { ...forecast, batchIndex: this.#expected.batchIndex, levelPpm, rung: "fresh" };
  }

  /** First what waits and has no room, packed; then what is missing to what is needed. */
  #growth(state: State, lacking: readonly Lot[], needed: Resources, why: Because, nowMs: number): PoolWant[] {
    const able = state.pools.elastic().filter(({ id }) => this.#backoff.isOver(id, nowMs));
    const asked = new Map<PoolId, number>(able.map(({ id, asked }) => [id, asked]));
    const grow = (options: readonly Option[]): Option | null => {
      const chosen = cheapest(options.filter(({ nodes }) => nodes > 0));
      if (chosen !== null) asked.set(chosen.pool.id, (asked.get(chosen.pool.id) as number) + chosen.nodes);
      return chosen;
    };
    const left = ({ id, elastic }: Growing) => Math.max(0, elastic.most - (asked.get(id) as number));
    const packed = grow(able.map((pool) => ({ pool, ...pack(lacking, pool.elastic.capacity, left(pool)) })));
    let have = capacityOf(state);
    if (packed !== null) have = add(have, times(packed.pool.elastic.capacity, packed.nodes));
    for (let missing = above(needed, have); missing !== null; missing = above(needed, have)) {
      const lot = missing;
      const chosen = grow(able.map((pool) => covering(pool, lot, left(pool))));
      if (chosen === null) break;
      have = add(have, times(chosen.pool.elastic.capacity, chosen.nodes));
    }
    const reason = (id: PoolId) => (packed?.pool.id === id ? { ...NO_FORECAST, rule: "pool_pending" as const } : why);
    return able
      .filter(({ id, asked: before }) => asked.get(id) !== before)
      .map(({ id }) => ({ pool: id, nodes: asked.get(id) as number, because: reason(id) }));
  }

  #shrinkage(state: State): PoolWant[] {
    const keep = this.#needed.value;
    const pools = state.pools.elastic().sort(dearestFirst);
    const leaving = unneeded(state, Math.max(1, this.#spec.thresholdPpm), pools);
    let have = capacityOf(state);
    const wants: PoolWant[] = [];
    for (const pool of pools) {
      if (!isSettled(state, pool)) continue;
      const { id, asked, elastic } = pool;
      let nodes = asked;
      for (const node of leaving.get(id) ?? []) {
        const without = subtract(have, node.capacity);
        if (nodes <= elastic.least || !fits(keep, without)) break;
        have = without;
        nodes -= 1;
      }
      if (nodes < asked) wants.push({ pool: id, nodes, because: { ...NO_FORECAST, rule: "pool_unneeded" } });
    }
    return wants;
  }

  refused(pool: PoolId, nowMs: number): void {
    this.#backoff.failed(pool, nowMs);
  }

  write(out: ByteWriter): void {
    this.#backoff.write(out);
    this.#needed.write(out);
    this.#season?.write(out);
    out.bool(this.#expected !== null);
    this.#expected?.write(out);
  }

  read(from: ByteReader): void {
    this.#backoff.read(from);
    this.#needed.read(from);
    this.#season?.read(from);
    this.#expected = from.bool() ? DemandPath.read(from) : null;
  }
}

function spareReason({ sparePpm }: PoolAheadSpec): Because {
  return { ...NO_FORECAST, rule: "pool_headroom", factorPpm: 1_000_000 + sparePpm };
}

/** Of what is ready, what drains and still holds something, and what is on its way. */
function capacityOf({ nodes, pools }: State): Resources {
  const coming = pools.elastic().map(({ id, asked, elastic }) => times(elastic.capacity, Math.max(0, asked - nodes.readyIn(id))));
  return coming.reduce(add, nodes.backing);
}

/** What is missing; `null`: nothing. */
function above(needed: Resources, have: Resources): Resources | null {
  const missing = maximum(NO_RESOURCES, subtract(needed, have));
  return isZero(missing) ? null : missing;
}

/** As many nodes of the pool, at most `most`, as make up for what is missing of the resources that they have. */
function covering(pool: Growing, missing: Resources, most: number): Option {
  const { capacity } = pool.elastic;
  const count = (name: (typeof RESOURCE_NAMES)[number]) => (capacity[name] === 0 ? 0 : Math.ceil(missing[name] / capacity[name]));
  const nodes = Math.min(most, Math.max(...RESOURCE_NAMES.map(count)));
  return { pool, nodes, placed: [{ size: minimum(missing, times(capacity, nodes)), count: 1 }] };
}

/** By the price of a core; of equals the last pool. */
function dearestFirst(a: Growing, b: Growing): number {
  const price = ({ elastic }: Growing) => elastic.priceMicrosPerHour / Math.max(1, elastic.capacity.cpuMillis);
  return price(b) - price(a) || b.id - a.id;
}
