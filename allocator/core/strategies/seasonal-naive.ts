import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import { RESOURCE_NAMES, type Resources, scaleUp } from "../resources.ts";
import type { ReserveStrategy } from "./reserve.ts";

/** In a season's ring: nothing is known of this interval. */
const UNKNOWN = 0xffff_ffff;
const WIDTH = RESOURCE_NAMES.length;

/**
 * R = what the coming control interval demanded one season ago, × a margin: the seasonal naive forecast (Hyndman and
 * Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., §5.2), ŷ(T + 1) = y(T + 1 − m). Where that interval is unknown (the
 * first season is not over, or the user was silent then) it falls back to the last interval's demand, and its reason says so.
 *
 * It keeps 16 bytes a user and interval of the season; amounts above 2³² − 2 count as that.
 */
export class SeasonalNaive implements ReserveStrategy {
  readonly #intervals: number;
  readonly #everyMs: number;
  readonly #factorPpm: number;
  readonly #users = new Map<UserId, Season>();
  readonly #seasonal: Because;
  readonly #fallback: Because;

  constructor(intervals: number, everyMs: number, factorPpm: number) {
    this.#intervals = intervals;
    this.#everyMs = everyMs;
    this.#factorPpm = factorPpm;
    this.#seasonal = { rule: "seasonal_naive", batchIndex: -1, levelPpm: 0, factorPpm, guardrail: "none", rung: "none" };
    this.#fallback = { ...this.#seasonal, rule: "last_value" };
  }

  want(account: Account, nowMs: number): Resources | null {
    const season = this.#season(account.id);
    const ended = Math.floor(nowMs / this.#everyMs);
    if (season.last !== null) this.#fill(season, ended, account.usageUntilMs === null ? 0 : UNKNOWN);
    season.last = ended;
    const silent = isSilent(account, nowMs);
    RESOURCE_NAMES.forEach((name, i) => {
      this.#set(season, ended, i, silent ? UNKNOWN : Math.min(account.peakDemand[name], UNKNOWN - 1));
    });
    season.seasonal = this.#get(season, ended + 1, 0) !== UNKNOWN;
    if (!season.seasonal) return silent ? null : scaleUp(account.peakDemand, this.#factorPpm);
    const at = (resource: number) => this.#get(season, ended + 1, resource);
    return scaleUp({ cpuMillis: at(0), memoryMiB: at(1), gpuMillis: at(2), networkKbps: at(3) }, this.#factorPpm);
  }

  #season(user: UserId): Season {
    let season = this.#users.get(user);
    if (season === undefined) {
      season = { last: null, known: 0, seasonal: false, ring: new Uint32Array(this.#intervals * WIDTH).fill(UNKNOWN) };
      this.#users.set(user, season);
    }
    return season;
  }

  /** Intervals between the last and `ended` that nobody looked at. */
  #fill(season: Season, ended: number, value: number): void {
    const first = Math.max((season.last as number) + 1, ended - this.#intervals);
    for (let at = first; at < ended; at += 1) for (let i = 0; i < WIDTH; i += 1) this.#set(season, at, i, value);
  }

  #get({ ring }: Season, interval: number, resource: number): number {
    return ring[(interval % this.#intervals) * WIDTH + resource] as number;
  }

  #set(season: Season, interval: number, resource: number, value: number): void {
    const at = (interval % this.#intervals) * WIDTH + resource;
    const before = season.ring[at] as number;
    if (before !== 0 && before !== UNKNOWN) season.known -= 1;
    if (value !== 0 && value !== UNKNOWN) season.known += 1;
    season.ring[at] = value;
  }

  /** Something of the past season is still to come round. */
  expects(user: UserId): boolean {
    return (this.#users.get(user)?.known ?? 0) > 0;
  }

  onForecast(): readonly UserId[] {
    return [];
  }

  onUsage(): void {}

  because(user: UserId): Because {
    return this.#users.get(user)?.seasonal === true ? this.#seasonal : this.#fallback;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, { last, known, seasonal, ring }] of this.#users) {
      out.u32(user);
      out.optionalMs(last);
      out.u32(known);
      out.bool(seasonal);
      out.u32s(ring);
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const user = from.u32() as UserId;
      this.#users.set(user, { last: from.optionalMs(), known: from.u32(), seasonal: from.bool(), ring: from.u32s() });
    }
  }
}

interface Season {
  /** The last control interval in it, counted from time 0. */
  last: number | null;
  /** Amounts in the ring that are neither 0 nor unknown. */
  known: number;
  /** Whether the last want came from a season ago. */
  seasonal: boolean;
  /** `[interval modulo the season][resource]`. */
  readonly ring: Uint32Array;
}
