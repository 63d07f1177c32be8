import { isDeepStrictEqual } from "node:util";
import type { Policy } from "../core/policy.ts";
import { ROLLOUT_STAGES, type Rollout, type RolloutStage } from "../core/rollout.ts";
import type { State } from "../core/state.ts";
import type { Unstamped } from "./fleet-events.ts";
import { Refused } from "./refused.ts";

/** A candidate that a run is begun with, beside the policy in force. */
export interface Trial extends Pick<Rollout, "candidate" | "sharePpm" | "seed"> {
  /** Id of the promotion that it is of; empty: nobody promoted it. */
  readonly promotion: string;
}

/** What somebody, or something, wants of the candidate that is there. */
export interface StageChange {
  readonly stage: RolloutStage;
  /** Of the users, in parts per million; absent: as it was. */
  readonly sharePpm?: number;
  readonly reason: string;
}

/**
 * What a run that begins has to say so that what it was given is in force. A candidate that the journal knows stays at the stage at
 * which it is there: who was rolled back does not begin again, and a share that was raised is not lowered by a restart.
 */
export function openingEvents({ policy: inForce, rollout }: State, policy: Policy, trial: Trial | null): Unstamped[] {
  const samePolicy = isDeepStrictEqual(inForce, policy);
  const sameTrial = trial === null ? rollout === null : rollout !== null && isOf(rollout, trial);
  if (samePolicy && sameTrial) return [];
  const activated: Unstamped[] = samePolicy && trial !== null ? [] : [{ kind: "policy_activated", policy }];
  return trial === null ? activated : [...activated, { kind: "stage_set", stage: "canary", ...trial, reason: "begun" }];
}

/** @throws Refused where there is no candidate. `null`: it is so already. */
export function stageEvent({ rollout }: State, { stage, sharePpm, reason }: StageChange): Unstamped | null {
  if (rollout === null) throw new Refused("conflict", "no candidate is on its way: there is nothing to move or roll back");
  const share = sharePpm ?? rollout.sharePpm;
  if (rollout.stage === stage && rollout.sharePpm === share) return null;
  return { kind: "stage_set", ...rollout, stage, sharePpm: share, reason };
}

function isOf({ candidate, promotion }: Rollout, trial: Trial): boolean {
  return promotion === trial.promotion && isDeepStrictEqual(candidate, trial.candidate);
}

/** `none`: one policy decides for everybody, and no candidate is on its way. `rehearsal`: nor does the candidate decide for anybody. */
export type Stage = RolloutStage | "none" | "rehearsal";

export const STAGES: readonly Stage[] = ["none", "rehearsal", ...ROLLOUT_STAGES];

/** Who decides for whom, to look at. */
export interface StageView {
  readonly stage: Stage;
  /** Name of the policy in force. */
  readonly policy: string | null;
  /** Name of the candidate, and the id of its promotion. */
  readonly candidate: string | null;
  readonly promotion: string | null;
  /** Of the users that it decides for now, from 0 to 1; and how many those are, of how many. */
  readonly share: number;
  readonly users: { readonly candidate: number; readonly all: number };
  readonly seed: number | null;
  /** Why it came to this. */
  readonly reason: string | null;
}

/** What the candidate and the policy in force are called where both are spoken of: two versions of one policy have one name. */
export function toldApart({ policy, candidate, promotion }: StageView): { readonly policy: string; readonly candidate: string } {
  if (policy !== candidate) return { policy: policy ?? "no policy", candidate: candidate ?? "no candidate" };
  const which = promotion === null ? "the candidate" : `promotion ${promotion.slice(0, 12)}`;
  return { policy: `${policy} (in force)`, candidate: `${candidate} (${which})` };
}

export function viewStage(state: State): StageView {
  const { policy, rollout, ledger } = state;
  const accounts = ledger.accounts();
  const tried = accounts.reduce((count, { id }) => count + (state.isInCanary(id) ? 1 : 0), 0);
  return {
    stage: rollout?.stage ?? "none",
    policy: policy?.name ?? null,
    candidate: rollout?.candidate.name ?? null,
    promotion: rollout === null || rollout.promotion === "" ? null : rollout.promotion,
    share: shareOf(rollout),
    users: { candidate: tried, all: accounts.length },
    seed: rollout?.seed ?? null,
    reason: rollout?.reason ?? null,
  };
}

function shareOf(rollout: Rollout | null): number {
  if (rollout === null || rollout.stage === "rolled_back") return 0;
  return rollout.stage === "full" ? 1 : rollout.sharePpm / 1_000_000;
}
