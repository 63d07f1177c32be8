import { RESOURCE_NAMES, type ResourceName } from "../../allocator/core/resources.ts";
import type { CapacityTimeline } from "../../sim/run-record.ts";
import { HELD_PARTS, partColumn } from "./capacity-ledger.ts";
import type { StepIntegral } from "./step-integral.ts";
import type { TimeBins } from "./time-bins.ts";

/** What the integrals of a group can be asked. */
export interface GroupIntegral {
  inBin(bin: number, column: number): bigint;
  total(column: number): bigint;
}

/**
 * Mean capacity of each part over each bin. `capacity` null: unlimited, and nothing is free. `holders`: who leaves the rest free,
 * where that is not the same as `groups`: a measured user also holds while no sample says what for.
 */
export function capacityTimeline(
  bins: TimeBins,
  groups: readonly GroupIntegral[],
  capacity: StepIntegral | null,
  holders: readonly GroupIntegral[],
): CapacityTimeline {
  const sum = (of: readonly GroupIntegral[], bin: number, part: number, resource: number) =>
    of.reduce((total, group) => total + group.inBin(bin, partColumn(part, resource)), 0n);
  const held = (bin: number, part: number, resource: number) => sum(groups, bin, part, resource);
  const free = (bin: number, resource: number, all: StepIntegral) =>
    HELD_PARTS.reduce((left, _, part) => left - sum(holders, bin, part, resource), all.inBin(bin, resource));

  const parts = HELD_PARTS.map((name, part) => [name, meansBy(bins, (bin, resource) => held(bin, part, resource))]);
  const freeMeans = capacity === null ? null : meansBy(bins, (bin, resource) => free(bin, resource, capacity));
  return {
    startMs: bins.fromMs,
    binMs: bins.binMs,
    bins: bins.count,
    parts: { ...Object.fromEntries(parts), free: freeMeans } as CapacityTimeline["parts"],
  };
}

function meansBy(bins: TimeBins, integral: (bin: number, resource: number) => bigint): Record<ResourceName, number[]> {
  const means = RESOURCE_NAMES.map((name, resource) => [
    name,
    Array.from({ length: bins.count }, (_, bin) => Number(integral(bin, resource)) / bins.lengthMs(bin)),
  ]);
  return Object.fromEntries(means) as Record<ResourceName, number[]>;
}
