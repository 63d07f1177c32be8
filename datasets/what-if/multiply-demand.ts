import { RandomStream } from "../../allocator/core/random.ts";
import { MAX_AMOUNT } from "../laws.ts";
import type { RequestColumns, UsageColumns } from "../trace.ts";
import { rewriteRequests } from "./rewritten-rows.ts";
import type { DemandChange } from "./trace-change.ts";

const WHOLE_PPM = 1_000_000;
/** A copy arrives at most so long before or after the request that it copies. */
export const COPY_SPREAD_MS = 300_000;

/**
 * Each request that the change concerns comes as many times as the factor says: its whole part for certain, once more with the
 * chance of the rest, none of it where that draw fails below 1. Copies run as long as their originals and arrive within
 * `COPY_SPREAD_MS` of them, inside the change's time. Every request has draws of its own, whatever the factor, so that what a smaller
 * factor adds a larger one adds as well.
 * @param step sets what is drawn here apart from other changes of one trace.
 */
export function multiplyRequests(requests: RequestColumns, change: DemandChange, seed: number, step: string): RequestColumns {
  const { factorPpm, fromMs, toMs, app } = change;
  const whole = Math.floor(factorPpm / WHOLE_PPM);
  const partPpm = factorPpm - whole * WHOLE_PPM;
  const most = Math.max(1, partPpm > 0 ? whole + 1 : whole);
  return rewriteRequests(requests, step, (emit) => {
    const which = new RandomStream(seed, `what-if ${step} which`);
    const when = Array.from({ length: most - 1 }, (_, copy) => new RandomStream(seed, `what-if ${step} copy ${copy + 1}`));
    for (let row = 0; row < requests.count; row += 1) {
      const submitMs = requests.submitMs[row] as number;
      const user = requests.user[row] as number;
      if (submitMs < fromMs || submitMs >= toMs || (app !== null && requests.app[row] !== app)) {
        emit(row, submitMs, user, 0);
        continue;
      }
      const times = whole + (which.below(WHOLE_PPM) < partPpm ? 1 : 0);
      if (times > 0) emit(row, submitMs, user, 0);
      for (let copy = 1; copy < most; copy += 1) {
        const shiftMs = (when[copy - 1] as RandomStream).below(2 * COPY_SPREAD_MS + 1) - COPY_SPREAD_MS;
        if (copy < times) emit(row, reflect(submitMs + shiftMs, fromMs, toMs), user, copy);
      }
    }
  });
}

/** A time that fell out of `[fromMs, toMs)` is turned back into it at the limit that it crossed. */
function reflect(atMs: number, fromMs: number, toMs: number): number {
  const lastMs = toMs - 1;
  const inside = atMs < fromMs ? 2 * fromMs - atMs : atMs > lastMs ? 2 * lastMs - atMs : atMs;
  return Math.min(Math.max(inside, fromMs), lastMs);
}

/** Amounts of the samples that end in `(fromMs, toMs]`, rounded; they stay within what a column can hold. */
export function multiplyUsage(usage: UsageColumns, { factorPpm, fromMs, toMs }: DemandChange): UsageColumns {
  const scaled = (column: Uint32Array): Uint32Array =>
    column.map((amount, row) => {
      const atMs = usage.atMs[row] as number;
      return atMs > fromMs && atMs <= toMs ? Math.min(MAX_AMOUNT, Math.round((amount * factorPpm) / WHOLE_PPM)) : amount;
    });
  return {
    ...usage,
    cpuMillis: scaled(usage.cpuMillis),
    memoryMiB: scaled(usage.memoryMiB),
    gpuMillis: scaled(usage.gpuMillis),
    networkKbps: scaled(usage.networkKbps),
  };
}
