import type { RunRecord } from "../sim/run-record.ts";
import { metric } from "./compared-run.ts";
import { violationPrice } from "./prices.ts";

export interface OptimalLevel {
  /** Quantile of demand, from 0 to 1. */
  readonly level: number;
  /** Currency an hour of one instance too few: the violations that it causes. */
  readonly underPerHour: number;
  /** Currency an hour of one instance too many. */
  readonly overPerHour: number;
}

/**
 * The quantile of demand that costs a tier least in expectation: c↓ ÷ (c↓ + c↑), a newsvendor's (METRICS.md gives both and their
 * units). `null` where nothing ran in the tier, or neither costs anything.
 */
export function optimalLevel(run: RunRecord, tier: string): OptimalLevel | null {
  const busyHours = metric(run, "busy_instance_hours", tier);
  const requests = metric(run, "requests", tier);
  if (busyHours === null || requests === null || busyHours === 0) return null;
  const { prices } = run;
  const used = [
    ["used_cpu_core_hours", prices.cpuCoreHour],
    ["used_memory_gib_hours", prices.memoryGiBHour],
    ["used_gpu_hours", prices.gpuHour],
    ["used_network_mbps_hours", prices.networkMbpsHour],
  ] as const;
  const usedCost = used.reduce((cost, [name, price]) => cost + (metric(run, name, tier) ?? 0) * price, 0);
  const underPerHour = (violationPrice(prices, tier) * requests) / busyHours;
  const overPerHour = usedCost / busyHours;
  const whole = underPerHour + overPerHour;
  return whole === 0 ? null : { level: underPerHour / whole, underPerHour, overPerHour };
}
