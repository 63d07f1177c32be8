import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import { RESOURCE_NAMES, type Resources, scaleUp } from "../resources.ts";
import { RecentValues } from "./recent-values.ts";
import type { ReserveStrategy } from "./reserve.ts";

/**
 * R = a quantile (nearest rank) of the last control intervals' largest demands, each resource by itself, × a margin. A common
 * rule of thumb with no single source. A user's history begins with its first demand; a control interval without demand counts as
 * 0, one in which a measured user is silent does not count.
 */
export class MovingQuantile implements ReserveStrategy {
  readonly #intervals: number;
  readonly #everyMs: number;
  readonly #levelPpm: number;
  readonly #factorPpm: number;
  readonly #users = new Map<UserId, History>();
  readonly #because: Because;

  constructor(intervals: number, everyMs: number, levelPpm: number, factorPpm: number) {
    this.#intervals = intervals;
    this.#everyMs = everyMs;
    this.#levelPpm = levelPpm;
    this.#factorPpm = factorPpm;
    this.#because = { rule: "moving_quantile", batchIndex: -1, levelPpm, factorPpm, guardrail: "none", rung: "none" };
  }

  want(account: Account, nowMs: number): Resources | null {
    if (isSilent(account, nowMs)) return null;
    const history = this.#history(account.id);
    if (account.usageUntilMs === null) this.#fill(history, nowMs);
    history.lastMs = nowMs;
    const { peakDemand } = account;
    const [cpu, memory, gpu, network] = history.values as [RecentValues, RecentValues, RecentValues, RecentValues];
    cpu.push(peakDemand.cpuMillis);
    memory.push(peakDemand.memoryMiB);
    gpu.push(peakDemand.gpuMillis);
    network.push(peakDemand.networkKbps);
    const level = this.#levelPpm;
    const amounts = { cpuMillis: cpu.quantile(level), memoryMiB: memory.quantile(level) };
    const rest = { gpuMillis: gpu.quantile(level), networkKbps: network.quantile(level) };
    return scaleUp({ ...amounts, ...rest }, this.#factorPpm);
  }

  /** Nobody looked while there was nothing but zeros: they count all the same. */
  #fill(history: History, nowMs: number): void {
    if (history.lastMs === null) return;
    const missed = Math.ceil((nowMs - history.lastMs) / this.#everyMs) - 1;
    for (let left = Math.min(missed, this.#intervals); left > 0; left -= 1) for (const values of history.values) values.push(0);
  }

  #history(user: UserId): History {
    let history = this.#users.get(user);
    if (history === undefined) {
      history = { lastMs: null, values: RESOURCE_NAMES.map(() => new RecentValues(this.#intervals)) };
      this.#users.set(user, history);
    }
    return history;
  }

  /** While its history holds anything, the quantile may change without anything happening. */
  expects(user: UserId): boolean {
    return this.#users.get(user)?.values.some(({ largest }) => largest > 0) === true;
  }

  onForecast(): readonly UserId[] {
    return [];
  }

  onUsage(): void {}

  because(): Because {
    return this.#because;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, { lastMs, values }] of this.#users) {
      out.u32(user);
      out.optionalMs(lastMs);
      for (const one of values) one.write(out);
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const history = this.#history(from.u32() as UserId);
      history.lastMs = from.optionalMs();
      for (const one of history.values) one.read(from);
    }
  }
}

interface History {
  /** When the last control interval in it ended. */
  lastMs: number | null;
  /** In the order of `RESOURCE_NAMES`. */
  readonly values: readonly RecentValues[];
}
