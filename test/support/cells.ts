import { CELL_COLUMNS, type CellColumn, type RunCells } from "../../reports/statistics/cells.ts";
import { WAIT_BUCKETS } from "../../reports/statistics/wait-buckets.ts";

/** Cells of one tier with one row a unit: `of(unit, block)` gives what is not 0. */
export function cellsOf(
  units: number,
  blocks: number,
  of: (unit: number, block: number) => Partial<Record<CellColumn, number>>,
  tier = "standard",
): RunCells {
  const width = CELL_COLUMNS.length;
  const sums = new Float64Array(units * blocks * width);
  for (let unit = 0; unit < units; unit++) {
    for (let block = 0; block < blocks; block++) {
      for (const [name, amount] of Object.entries(of(unit, block))) {
        sums[(unit * blocks + block) * width + CELL_COLUMNS.indexOf(name as CellColumn)] = amount;
      }
    }
  }
  const rows = Array.from({ length: units }, (_, unit) => ({ unit, tier: 0 }));
  const none = new Float64Array(WAIT_BUCKETS);
  const waits = {
    cell: new Uint32Array(),
    bucket: new Uint16Array(),
    count: new Float64Array(),
    shortestMs: none,
    longestMs: none,
  };
  return {
    fromMs: 0,
    toMs: blocks * 1000,
    blockMs: 1000,
    blocks,
    users: units,
    units,
    tiers: [tier],
    rows,
    sums,
    waits,
    queueWaits: waits,
    dayDecisions: waits,
  };
}
