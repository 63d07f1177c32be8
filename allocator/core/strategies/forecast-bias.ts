import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { UserId } from "../ids.ts";
import { type Account, isSilent } from "../ledger.ts";
import { maximum, NO_RESOURCES, RESOURCE_NAMES, type ResourceName, type Resources } from "../resources.ts";
import type { DemandPath } from "./demand-path.ts";

/** However far forecasts were off, they are no more than halved or doubled. */
const LEAST_RATIO = 0.5;
const MOST_RATIO = 2;

/**
 * By how much forecasts are off for each user and resource: an exponential mean of what was demanded ÷ that of what the median foretold
 * for the same step, so that a quiet step counts for little. It learns from steps that begin with a control interval and in which
 * nothing is unknown. Before the first, 1.
 */
export class ForecastBias {
  readonly #rate: number;
  readonly #users = new Map<UserId, Memory>();

  constructor(ratePpm: number) {
    this.#rate = ratePpm / 1_000_000;
  }

  /** A control interval ended at `nowMs`; `medians`: the forecasts that may speak of its beginning, the latest first. */
  endInterval(account: Account, medians: readonly DemandPath[], nowMs: number): void {
    const memory = this.#memory(account.id);
    const sinceMs = memory.askedMs;
    memory.askedMs = nowMs;
    const step = sinceMs === null ? null : stepAt(medians, sinceMs);
    if (step === null || isSilent(account, nowMs)) {
      memory.pending = null;
      return;
    }
    if (memory.pending?.startMs !== step.startMs) {
      memory.pending = sinceMs === step.startMs ? { ...step, observed: NO_RESOURCES } : null;
    }
    const { pending } = memory;
    if (pending === null) return;
    // An interval that reaches into the next step says nothing of this one alone.
    if (nowMs <= pending.endMs) pending.observed = maximum(pending.observed, account.peakDemand);
    if (nowMs < pending.endMs) return;
    this.#learn(memory, pending);
    memory.pending = null;
  }

  #learn({ means }: Memory, { amount, observed }: Pending): void {
    RESOURCE_NAMES.forEach((name, i) => {
      const { demanded, foretold } = means[i] ?? { demanded: amount[name], foretold: amount[name] };
      means[i] = {
        demanded: demanded + this.#rate * (observed[name] - demanded),
        foretold: foretold + this.#rate * (amount[name] - foretold),
      };
    });
  }

  /** The forecast's amount for the user, corrected and rounded up. */
  correct(user: UserId, amount: Resources): Resources {
    const means = this.#users.get(user)?.means ?? [];
    const corrected = (name: ResourceName, i: number) => Math.ceil(amount[name] * ratioOf(means[i]));
    const [cpuMillis = 0, memoryMiB = 0, gpuMillis = 0, networkKbps = 0] = RESOURCE_NAMES.map(corrected);
    return { cpuMillis, memoryMiB, gpuMillis, networkKbps };
  }

  #memory(user: UserId): Memory {
    let memory = this.#users.get(user);
    if (memory === undefined) {
      memory = { askedMs: null, pending: null, means: [] };
      this.#users.set(user, memory);
    }
    return memory;
  }

  write(out: ByteWriter): void {
    out.u32(this.#users.size);
    for (const [user, { askedMs, pending, means }] of this.#users) {
      out.u32(user);
      out.optionalMs(askedMs);
      out.bool(pending !== null);
      if (pending !== null) {
        out.u64(pending.startMs);
        out.u64(pending.endMs);
        out.sums(pending.amount);
        out.sums(pending.observed);
      }
      out.u8(means.length);
      for (const { demanded, foretold } of means) {
        out.f64(demanded);
        out.f64(foretold);
      }
    }
  }

  read(from: ByteReader): void {
    this.#users.clear();
    for (let left = from.u32(); left > 0; left -= 1) {
      const memory = this.#memory(from.u32() as UserId);
      memory.askedMs = from.optionalMs();
      if (from.bool()) memory.pending = { startMs: from.u64(), endMs: from.u64(), amount: from.sums(), observed: from.sums() };
      for (let more = from.u8(); more > 0; more -= 1) memory.means.push({ demanded: from.f64(), foretold: from.f64() });
    }
  }
}

interface Memory {
  /** When the last control interval ended. */
  askedMs: number | null;
  /** The step that is not over. */
  pending: Pending | null;
  /** Of each resource; none before the first step. */
  readonly means: Means[];
}

interface Means {
  readonly demanded: number;
  readonly foretold: number;
}

interface Step {
  readonly startMs: number;
  readonly endMs: number;
  /** What was foretold. */
  readonly amount: Resources;
}

interface Pending extends Step {
  observed: Resources;
}

function stepAt(medians: readonly DemandPath[], atMs: number): Step | null {
  for (const path of medians) {
    const step = path.stepAt(atMs);
    if (step !== null) return step;
  }
  return null;
}

function ratioOf(means: Means | undefined): number {
  if (means === undefined || means.foretold === 0) return 1;
  return Math.min(MOST_RATIO, Math.max(LEAST_RATIO, means.demanded / means.foretold));
}
