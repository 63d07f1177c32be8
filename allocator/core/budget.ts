import type { ByteReader, ByteWriter } from "./bytes.ts";
import type { BudgetSpec } from "./policy.ts";
import { add, maximum, minimum, NO_RESOURCES, RESOURCE_NAMES, type ResourceName, type Resources, subtract } from "./resources.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Bounds what is held in all (reservations, instances, shadows), where more would be held ahead of requests. Requests are served
 * beyond it: then nothing is held ahead.
 */
export class Budget {
  readonly #spec: BudgetSpec;
  readonly #most: Resources;
  /** Until when what was held is paid for; `null`: nothing was yet. */
  #paidUntilMs: number | null;
  /** Of the day of `#paidUntilMs` (UTC): whole millionths, and what is left of one as millionths × ms an hour. */
  #spentMicros: number;
  #rest: number;

  /** @param before the budget until now: what was spent today stays spent. */
  constructor(spec: BudgetSpec, before: Budget | null = null) {
    this.#spec = spec;
    this.#most = { ...UNBOUNDED, ...spec.most };
    this.#paidUntilMs = before === null ? null : before.#paidUntilMs;
    this.#spentMicros = before === null ? 0 : before.#spentMicros;
    this.#rest = before === null ? 0 : before.#rest;
  }

  /** Time passed in which `held` was held. */
  advance(held: Resources, nowMs: number): void {
    const sinceMs = this.#paidUntilMs ?? nowMs;
    const dayMs = nowMs - (nowMs % DAY_MS);
    if (sinceMs < dayMs) {
      this.#spentMicros = 0;
      this.#rest = 0;
    }
    const due = this.#rest + this.#costOf(held) * (nowMs - Math.max(sinceMs, dayMs));
    const micros = Math.floor(due / HOUR_MS);
    this.#spentMicros += micros;
    this.#rest = Math.floor(due - micros * HOUR_MS);
    this.#paidUntilMs = nowMs;
  }

  /** What `held` costs an hour, in millionths of the currency. */
  perHourMicros(held: Resources): number {
    return Math.round(this.#costOf(held));
  }

  get spentTodayMicros(): number {
    return this.#spentMicros;
  }

  /** Whether `growth` may be held beside `total`. */
  hasRoom(total: Resources, growth: Resources, nowMs: number): boolean {
    const then = add(total, growth);
    return (
      RESOURCE_NAMES.every((name) => growth[name] <= 0 || then[name] <= this.#most[name]) &&
      this.#costOf(then) <= this.#allowed(nowMs)
    );
  }

  /** As much of `wanted`, for a user who holds `held` of `total` now, as may be held: each resource as far as it goes, all alike for what they cost. */
  within(held: Resources, wanted: Resources, total: Resources, nowMs: number): Resources {
    const room = maximum(NO_RESOURCES, subtract(this.#most, total));
    const growth = minimum(maximum(NO_RESOURCES, subtract(wanted, held)), room);
    const cost = this.#costOf(growth);
    const left = Math.max(0, this.#allowed(nowMs) - this.#costOf(total));
    const share = cost <= left ? 1 : left / cost;
    return minimum(
      wanted,
      perResource((name) => held[name] + Math.floor(growth[name] * share)),
    );
  }

  /** What of `ahead`, held ahead of requests for one user, has to be let go so that `total` is within the budget again. */
  excess(ahead: Resources, total: Resources, nowMs: number): Resources {
    const amount = minimum(ahead, maximum(NO_RESOURCES, subtract(total, this.#most)));
    const kept = subtract(ahead, amount);
    const over = this.#costOf(subtract(total, amount)) - this.#allowed(nowMs);
    if (over <= 0) return amount;
    const cost = this.#costOf(kept);
    const share = cost <= over ? 1 : over / cost;
    return add(amount, cost === 0 ? NO_RESOURCES : perResource((name) => Math.ceil(kept[name] * share)));
  }

  /** An hour's: what is left of the day's, held until the day's end, spends it. */
  #allowed(nowMs: number): number {
    const { perHourMicros = Number.POSITIVE_INFINITY, perDayMicros } = this.#spec;
    if (perDayMicros === undefined) return perHourMicros;
    const leftMs = DAY_MS - (nowMs % DAY_MS);
    return Math.min(perHourMicros, (Math.max(0, perDayMicros - this.#spentMicros) * HOUR_MS) / leftMs);
  }

  #costOf(amount: Resources): number {
    const { priceMicros } = this.#spec;
    if (priceMicros === undefined) return 0;
    return RESOURCE_NAMES.reduce((sum, name) => sum + (amount[name] * priceMicros[name]) / UNITS[name], 0);
  }

  write(out: ByteWriter): void {
    out.optionalMs(this.#paidUntilMs);
    out.u64(this.#spentMicros);
    out.u64(this.#rest);
  }

  read(from: ByteReader): void {
    this.#paidUntilMs = from.optionalMs();
    this.#spentMicros = from.u64();
    this.#rest = from.u64();
  }
}

/** How many of a resource's unit make what has a price: a core, a GiB, a GPU, a Mbit/s. */
const UNITS: Resources = { cpuMillis: 1000, memoryMiB: 1024, gpuMillis: 1000, networkKbps: 1000 };
const LARGEST = Number.MAX_SAFE_INTEGER;
const UNBOUNDED: Resources = { cpuMillis: LARGEST, memoryMiB: LARGEST, gpuMillis: LARGEST, networkKbps: LARGEST };

function perResource(amount: (name: ResourceName) => number): Resources {
  const [cpuMillis = 0, memoryMiB = 0, gpuMillis = 0, networkKbps = 0] = RESOURCE_NAMES.map(amount);
  return { cpuMillis, memoryMiB, gpuMillis, networkKbps };
}
