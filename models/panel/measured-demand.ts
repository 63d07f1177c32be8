import { RESOURCE_NAMES, type ResourceName } from "../../allocator/core/resources.ts";
import { InputError } from "../../datasets/issues.ts";
import type { UsageColumns } from "../../datasets/trace.ts";
import { emptyValues, type Grid } from "./grid.ts";

/**
 * The largest sample of each user and resource in each step. A sample counts in the step in which it ends, because only then it
 * can be known: what it says of an earlier step, that step's end did not know yet.
 * @throws InputError when most samples are longer than a step: most steps would stand empty.
 */
export function measuredDemand(
  usage: UsageColumns,
  grid: Grid,
): { readonly of: readonly { user: number; app: null; resource: ResourceName }[]; readonly values: Float32Array } {
  refuseShortSteps(usage, grid);
  const { startMs, stepMs, steps } = grid;
  const { atMs, user, count } = usage;
  const untilMs = startMs + steps * stepMs;
  const columns = RESOURCE_NAMES.map((resource) => usage[resource]);
  const used: Uint8Array[] = [];
  for (let row = 0; row < count && (atMs[row] as number) <= untilMs; row += 1) {
    // A sample that ends where the grid begins tells of what was before it.
    if ((atMs[row] as number) <= startMs) continue;
    const id = user[row] as number;
    let mine = used[id];
    if (mine === undefined) {
      mine = new Uint8Array(columns.length);
      used[id] = mine;
    }
    for (let i = 0; i < columns.length; i += 1) if ((columns[i]?.[row] as number) > 0) mine[i] = 1;
  }
  const of: { user: number; app: null; resource: ResourceName }[] = [];
  const rows = used.map((mine, id) =>
    RESOURCE_NAMES.map((resource, i) => (mine[i] === 0 ? -1 : of.push({ user: id, app: null, resource }) - 1)),
  );
  const values = emptyValues(of.length, grid);
  for (let row = 0; row < count && (atMs[row] as number) <= untilMs; row += 1) {
    if ((atMs[row] as number) <= startMs) continue;
    const step = Math.ceil(((atMs[row] as number) - startMs) / stepMs) - 1;
    const mine = rows[user[row] as number] as number[];
    for (let i = 0; i < columns.length; i += 1) {
      if ((mine[i] as number) < 0) continue;
      const at = (mine[i] as number) * steps + step;
      const amount = columns[i]?.[row] as number;
      if (!((values[at] as number) >= amount)) values[at] = amount;
    }
  }
  return { of, values };
}

function refuseShortSteps({ windowMs, count }: UsageColumns, { stepMs }: Grid): void {
  let longer = 0;
  for (let row = 0; row < count; row += 1) if ((windowMs[row] as number) > stepMs) longer += 1;
  if (2 * longer <= count) return;
  const usual = windowMs.slice(0, count).sort()[count >> 1] as number;
  const expected = `steps at least as long as most samples, ${usual} ms`;
  throw new InputError([{ where: "panel", expected, found: `steps of ${stepMs} ms`, hint: "choose longer steps" }]);
}
