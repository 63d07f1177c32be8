import { ByteReader, ByteWriter } from "../../allocator/core/bytes.ts";
import type { ForecastBatch } from "../../allocator/core/forecast.ts";
import type { UserId } from "../../allocator/core/ids.ts";
import type { ReserveSpec } from "../../allocator/core/policy.ts";
import { type Bounded, ReserveGuard } from "../../allocator/core/reserve-guard.ts";
import { equal, maximum, NO_RESOURCES, type Resources, subtract } from "../../allocator/core/resources.ts";
import type { State } from "../../allocator/core/state.ts";
import { levelFor } from "../../allocator/core/strategies/levels.ts";
import { levelIndex } from "../../allocator/core/strategies/path.ts";
import { reserveStrategy } from "../../allocator/core/strategies/reserve.ts";
import { amounts, named } from "./words.ts";

/** What the reserve slot would want for the user if a control interval ended now, and what of it could be guaranteed. */
export interface ReserveWant {
  readonly wanted: Resources | null;
  /** What the policy's guard makes of it. */
  readonly bounded: Bounded | null;
  readonly granted: Resources | null;
  readonly text: string;
}

export interface Counterfactual {
  /** What would be otherwise: "level 0.99", "without a margin". */
  readonly otherwise: string;
  readonly wanted: Resources | null;
  readonly text: string;
}

/** Asks a copy of the slot's strategy, so that asking changes nothing. `forecast`: read again, at the level that `spec` names. */
function wantOf(state: State, user: UserId, nowMs: number, spec: ReserveSpec, forecast: ForecastBatch | null): Resources | null {
  const out = new ByteWriter(1024);
  state.wantsOf(user).reserve.write(out);
  const strategy = reserveStrategy(spec, state);
  strategy.read(new ByteReader(out.written()));
  if (forecast !== null) strategy.onForecast(forecast, 0);
  const account = { ...state.ledger.account(user) };
  state.ledger.endInterval(account, nowMs);
  return strategy.want(account, nowMs);
}

export function reserveWant(state: State, user: UserId, nowMs: number): ReserveWant {
  const { ledger, capacity } = state;
  const policy = state.policyOf(user);
  if (policy === null) return { wanted: null, bounded: null, granted: null, text: "no policy is active yet" };
  if (policy.controlEveryMs === null) {
    const text = "the policy has no control interval: the reserve slot is never asked, and nothing is reserved";
    return { wanted: null, bounded: null, granted: null, text };
  }
  const { reserved } = ledger.account(user);
  const wanted = wantOf(state, user, nowMs, policy.reserve, null);
  if (wanted === null) {
    const text = `the slot ${policy.reserve.strategy} has no opinion about this user now: what is held stays, ${amounts(reserved)}`;
    return { wanted, bounded: null, granted: null, text };
  }
  const bounded = boundedBy(state, user, nowMs, wanted);
  const granted = ledger.grant(user, bounded.amount, capacity);
  return { wanted, bounded, granted, text: guardWords(wanted, bounded) + wantWords(bounded.amount, granted, reserved) };
}

/** Asks a copy of the guard, too. */
function boundedBy(state: State, user: UserId, nowMs: number, wanted: Resources): Bounded {
  const spec = state.policyOf(user)?.guard;
  const held = state.wantsOf(user).guard;
  if (held === null || spec === undefined) return { amount: wanted, guardrail: "none" };
  const out = new ByteWriter(1024);
  held.write(out);
  const guard = new ReserveGuard(spec);
  guard.read(new ByteReader(out.written()));
  const account = { ...state.ledger.account(user) };
  state.ledger.endInterval(account, nowMs);
  guard.beginInterval(account);
  return guard.bound(account, wanted, nowMs);
}

function guardWords(wanted: Resources, { amount, guardrail }: Bounded): string {
  if (equal(wanted, amount)) return "";
  const by = guardrail === "none" ? "margin, grid or hysteresis" : guardrail;
  return `the slot wants ${amounts(wanted)}, which the guard makes ${amounts(amount)} (${by}); so `;
}

function wantWords(wanted: Resources, granted: Resources, reserved: Resources): string {
  if (equal(wanted, reserved)) return `the reserve want equals what is reserved, ${amounts(reserved)}: no change`;
  const want = `the slot wants ${amounts(wanted)} where ${amounts(reserved)} is reserved`;
  if (equal(granted, wanted)) return `${want}: the next tick changes it, if the want is still the same then`;
  const lacking = named(maximum(NO_RESOURCES, subtract(wanted, granted)));
  const but = equal(granted, reserved) ? "no more can be guaranteed" : `only ${amounts(granted)} can be guaranteed`;
  return `${want}, but ${but}: the capacity lacks ${lacking}`;
}

/**
 * What the slot would want now with another level, without a margin, and without the guardrail.
 * @param forecast of demand, the one that spoke of the user last; `null`: none did.
 */
export function counterfactuals(state: State, user: UserId, nowMs: number, forecast: ForecastBatch | null): Counterfactual[] {
  const policy = state.policyOf(user);
  if (policy === null || policy.controlEveryMs === null) return [];
  const { reserve } = policy;
  const now = reserveWant(state, user, nowMs);
  const found: Counterfactual[] = [];
  const ask = (otherwise: string, wanted: Resources | null) => {
    const same = wanted !== null && now.wanted !== null && equal(wanted, now.wanted) ? ", the same" : "";
    found.push({ otherwise, wanted, text: `${otherwise}: ${wanted === null ? "no opinion" : `${amounts(wanted)}${same}`}` });
  };
  if (reserve.strategy === "forecast" && forecast !== null) {
    const { violation: _, ...plain } = reserve;
    for (const levelPpm of neighbours(forecast, levelFor(reserve.levelPpm, state, user))) {
      ask(`at level ${levelPpm / 1_000_000}`, wantOf(state, user, nowMs, { ...plain, levelPpm }, forecast));
    }
  }
  if ("factorPpm" in reserve && reserve.factorPpm !== 1_000_000) {
    ask("without a margin", wantOf(state, user, nowMs, { ...reserve, factorPpm: 1_000_000 }, null));
  }
  if (now.wanted !== null && now.bounded !== null && !equal(now.wanted, now.bounded.amount)) {
    const otherwise = "without the guard";
    found.push({ otherwise, wanted: now.wanted, text: `${otherwise}: ${amounts(now.wanted)}` });
  }
  if (now.bounded !== null && now.granted !== null && !equal(now.bounded.amount, now.granted)) {
    const otherwise = "without the guardrail capacity";
    found.push({ otherwise, wanted: now.bounded.amount, text: `${otherwise}: ${amounts(now.bounded.amount)}` });
  }
  return found;
}

/** The forecast's levels below and above the one that answers for `levelPpm`. */
function neighbours({ levelsPpm }: ForecastBatch, levelPpm: number): number[] {
  const at = levelIndex(levelsPpm, levelPpm);
  return [levelsPpm[at - 1], levelsPpm[at + 1]].filter((level) => level !== undefined);
}
