import { type Account, Ledger } from "../../allocator/core/ledger.ts";
import { NO_RESOURCES, type ResourceName, type Resources } from "../../allocator/core/resources.ts";
import { cheapestLevel } from "../../allocator/core/strategies/demand-path.ts";
import { reserveStrategy } from "../../allocator/core/strategies/reserve.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import type { Forecaster } from "../../models/forecaster.ts";
import { History, type Panel, type Series } from "../../models/panel/panel.ts";

/** What a rule says of each step of each series before the step begins, `[series][step]` as the panel has them; NaN: nothing. */
export type Rows = Float32Array;

const TIERS = { levelPpm: () => 990_000, learnedLeadMs: () => null };

/**
 * A rule of the slot `reserve` with a margin of 1, asked at the end of each step of a panel of users' demand, which is a control
 * interval here.
 */
export function rowsOfRule(panel: Panel, reserve: Readonly<Record<string, unknown>>): Rows {
  const { steps, stepMs, values, series } = panel;
  const spec = policyFromDocument({ controlEvery: `${stepMs}ms`, reserve }).reserve;
  const strategy = reserveStrategy(spec, TIERS);
  const rows = new Float32Array(series.length * steps).fill(Number.NaN);
  const users = new Map<number, Map<ResourceName, number>>();
  for (const [row, { user, resource }] of series.entries()) {
    const own = users.get(user as number) ?? new Map<ResourceName, number>();
    users.set(user as number, own.set(resource as ResourceName, row));
  }
  const accounts = [...users].map(([user, own]) => ({ own, account: accountOf(user) }));
  const held = accounts.map((): Resources | null => null);
  for (let step = 0; step < steps - 1; step += 1) {
    const nowMs = (step + 1) * stepMs;
    for (const [index, { own, account }] of accounts.entries()) {
      const demand: Record<ResourceName, number> = { ...NO_RESOURCES };
      let seen = false;
      for (const [resource, row] of own) {
        const value = values[row * steps + step] as number;
        if (Number.isNaN(value)) continue;
        demand[resource] = value;
        seen = true;
      }
      account.peakDemand = demand;
      account.sampled = seen;
      if (seen) account.usageUntilMs = nowMs;
      // A user of whom nothing was seen yet is not there.
      if (account.usageUntilMs === null) continue;
      held[index] = strategy.want(account, nowMs) ?? held[index] ?? null;
      for (const [resource, row] of own) rows[row * steps + step + 1] = held[index]?.[resource] ?? Number.NaN;
    }
  }
  return rows;
}

function accountOf(user: number): Account {
  const ledger = new Ledger();
  ledger.open(0 as Account["id"], 0 as Account["tier"], null);
  return { ...ledger.account(0 as Account["id"]), id: user as Account["id"] };
}

/** One step ahead, a level of a forecaster each. */
export async function rowsOfForecaster(
  panel: Panel,
  forecaster: Forecaster,
  levelsPpm: readonly number[],
  fromStep: number,
): Promise<Rows[]> {
  const rows = levelsPpm.map(() => new Float32Array(panel.series.length * panel.steps).fill(Number.NaN));
  for (let step = fromStep; step < panel.steps; step += 1) {
    const values = await forecaster.forecast(new History(panel, step), { steps: 1, levelsPpm });
    for (let row = 0; row < panel.series.length; row += 1) {
      for (const [level, of] of rows.entries()) of[row * panel.steps + step] = values[row * levelsPpm.length + level] as number;
    }
  }
  return rows;
}

/** Of rows of levels, cell by cell that of the level which costs least where a violation costs as the series says. */
export function rowsByPrice(
  { series, steps }: Panel,
  levels: readonly Rows[],
  levelsPpm: readonly number[],
  priceOf: (series: Series) => number,
): Rows {
  const chosen = new Float32Array(series.length * steps);
  const said = levels.map(() => 0);
  for (const [row, one] of series.entries()) {
    const price = priceOf(one);
    for (let at = row * steps; at < (row + 1) * steps; at += 1) {
      for (let level = 0; level < levels.length; level += 1) said[level] = levels[level]![at]!;
      chosen[at] = said[cheapestLevel(said, 0, levelsPpm, price)]!;
    }
  }
  return chosen;
}
