import type { UsageObserved } from "../allocator/core/events.ts";
import type { UserId } from "../allocator/core/ids.ts";
import { fits, NO_RESOURCES, type Resources } from "../allocator/core/resources.ts";
import type { Trace, UsageColumns } from "../datasets/trace.ts";

/** Whether a reservation limits what its user can use: `none` lets all demand through; `reservation` cuts it at R. */
export const USAGE_LIMITS = ["none", "reservation"] as const;
export type UsageLimit = (typeof USAGE_LIMITS)[number];

/** Whether the trace is one of usage: samples, and no requests. Of a trace that has both, the requests are replayed. */
export function isUsageTrace({ requests, usage }: Trace): boolean {
  return requests.count === 0 && usage !== null && usage.count > 0;
}

/**
 * What is measured of the users of a usage trace. A VM is a user with one instance of size R that is always on.
 *
 * Under `limit: reservation` a sample shows min(demand, R), resource by resource, with `saturated` true where that cut something; R
 * is what is in force at the sample's instant. An amount of 0 in R is no limit, as in Kubernetes: so what was never reserved can be
 * seen at all.
 */
export class MeasuredUse {
  readonly #usage: UsageColumns;
  readonly #limit: UsageLimit;
  readonly #reserved: Resources[];
  #row = 0;

  /** `null` where the trace is not one of usage. */
  static of(trace: Trace, limit: UsageLimit): MeasuredUse | null {
    return isUsageTrace(trace) ? new MeasuredUse(trace, limit) : null;
  }

  constructor(trace: Trace, limit: UsageLimit) {
    this.#usage = trace.usage as UsageColumns;
    this.#limit = limit;
    this.#reserved = trace.users.map(() => NO_RESOURCES);
  }

  get nextMs(): number {
    return this.#usage.atMs[this.#row] ?? Number.POSITIVE_INFINITY;
  }

  /** The next sample, as it is measured. */
  take(): UsageObserved {
    const row = this.#row;
    this.#row += 1;
    const demand = demandOf(this.#usage, row);
    const user = this.#usage.user[row] as UserId;
    const used = this.#limit === "none" ? demand : cut(demand, this.#reserved[user] as Resources);
    return {
      seq: -1,
      atMs: this.#usage.atMs[row] as number,
      kind: "usage_observed",
      user,
      used,
      windowMs: this.#usage.windowMs[row] as number,
      saturated: !fits(demand, used),
    };
  }

  reserve(user: UserId, amount: Resources): void {
    this.#reserved[user] = amount;
  }
}

function demandOf({ cpuMillis, memoryMiB, gpuMillis, networkKbps }: UsageColumns, row: number): Resources {
  return {
    cpuMillis: cpuMillis[row] as number,
    memoryMiB: memoryMiB[row] as number,
    gpuMillis: gpuMillis[row] as number,
    networkKbps: networkKbps[row] as number,
  };
}

function cut(demand: Resources, reserved: Resources): Resources {
  const least = (wanted: number, limit: number) => (limit === 0 ? wanted : Math.min(wanted, limit));
  return {
    cpuMillis: least(demand.cpuMillis, reserved.cpuMillis),
    memoryMiB: least(demand.memoryMiB, reserved.memoryMiB),
    gpuMillis: least(demand.gpuMillis, reserved.gpuMillis),
    networkKbps: least(demand.networkKbps, reserved.networkKbps),
  };
}

/**
 * What was really demanded, for scoring a run whose journal holds only what a limit let through. It follows the samples of the
 * trace in the order in which the simulated cluster shows them.
 */
export class TrueUse {
  readonly #usage: UsageColumns | null;
  #row = 0;

  constructor({ usage }: Trace) {
    this.#usage = usage;
  }

  /** @throws Error when the sample is not the trace's next one. */
  demandAt({ user, atMs }: UsageObserved): Resources {
    const row = this.#row;
    if (this.#usage === null || this.#usage.user[row] !== user || this.#usage.atMs[row] !== atMs)
      throw new Error(`sample ${row} of the trace is not that of user ${user} at ${atMs} ms`);
    this.#row += 1;
    return demandOf(this.#usage, row);
  }
}
