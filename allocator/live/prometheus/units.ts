import type { ResourceName } from "../../core/resources.ts";

/** What a query's values may be in, by resource, and how many of the resource's own unit (that its name says) one of them is. */
export const UNITS: Readonly<Record<ResourceName, Readonly<Record<string, number>>>> = {
  cpuMillis: { cores: 1_000, millicores: 1 },
  memoryMiB: { bytes: 1 / 1_048_576, KiB: 1 / 1_024, MiB: 1, GiB: 1_024 },
  gpuMillis: { gpus: 1_000, percent: 10, milligpus: 1 },
  networkKbps: { "bytes/s": 8 / 1_000, "bits/s": 1 / 1_000, "kbit/s": 1 },
};

const MOST_AMOUNT = 0xffff_ffff;

/** The nearest whole amount; `null`: the value is none (not a number, infinite, below zero or beyond what a journal holds). */
export function amountOf(value: number, perUnit: number): number | null {
  const amount = Math.round(value * perUnit);
  return amount >= 0 && amount <= MOST_AMOUNT ? amount : null;
}
