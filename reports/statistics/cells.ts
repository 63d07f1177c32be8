import { RESOURCE_NAMES } from "../../allocator/core/resources.ts";
import { START_PATHS } from "../../sim/run-record.ts";
import type { WaitCells } from "./wait-buckets.ts";

/** In a row's `unit` and `tier`: capacity that belongs to nobody. */
export const NOBODY = -1;

/** Per resource, in the order of `RESOURCE_NAMES`, of each prefix: unit × ms. */
type ResourceColumn = `${"reserved" | "used" | "headroom" | "missing"}.${(typeof RESOURCE_NAMES)[number]}`;

/** What is counted, and summed where it is counted: the first columns of a cell. */
export const CELL_COUNTS = [
  "requests",
  "started",
  ...START_PATHS,
  "latencyMs",
  "queueMs",
  "nodeMs",
  "unfinished",
  "rejected",
  "cancelled",
  "preemptions",
  "violations",
  "lostWorkMs",
  "observedMs",
  "pastGraceMs",
  "shortages",
  "reserves",
  "releases",
  "resizes",
  "launches",
  "stops",
  "changes", // reserve, release and resize of a user
  "userDays",
] as const;
export type CellCount = (typeof CELL_COUNTS)[number];

export type CellColumn = CellCount | "busyMs" | "idleMs" | "shadowMs" | "startupMs" | ResourceColumn;

/** What a cell adds up: counts of requests and shortages, sums of their waits, and integrals over time. All are whole numbers. */
export const CELL_COLUMNS: readonly CellColumn[] = [
  ...CELL_COUNTS,
  "busyMs",
  "idleMs",
  "shadowMs",
  "startupMs",
  ...(["reserved", "used", "headroom", "missing"] as const).flatMap((prefix) =>
    RESOURCE_NAMES.map((resource): ResourceColumn => `${prefix}.${resource}`),
  ),
];

/**
 * What a run's additive metrics consist of, by (row, block of time): the ingredients of its intervals. A row is what one unit of
 * users did in one tier; a unit is one user, or in traces of more than 1000 users those whose ids are equal modulo 1000.
 */
export interface RunCells {
  readonly fromMs: number;
  readonly toMs: number;
  readonly blockMs: number;
  readonly blocks: number;
  readonly users: number;
  /** 0…units − 1 are resampled, those without a row too. */
  readonly units: number;
  readonly tiers: readonly string[];
  readonly rows: readonly { readonly unit: number; readonly tier: number }[];
  /** By row, then block, then `CELL_COLUMNS`. */
  readonly sums: Float64Array;
  /** Values above 0; the others of `started`, of `started` and of `userDays` are 0. */
  readonly waits: WaitCells;
  readonly queueWaits: WaitCells;
  readonly dayDecisions: WaitCells;
}
