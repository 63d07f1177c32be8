import type { AppId, UserId } from "../../allocator/core/ids.ts";
import { maximum, type Resources } from "../../allocator/core/resources.ts";
import type { RolloutStage } from "../../allocator/core/rollout.ts";
import type { State } from "../../allocator/core/state.ts";
import { type Counterfactual, counterfactuals, reserveWant } from "./reserve-want.ts";
import type { DecidedStep, UserWatch } from "./user-watch.ts";
import { waitingReason } from "./waiting-reason.ts";
import { warmReason } from "./warm-reason.ts";
import { amounts, clock, reasonWords } from "./words.ts";

/** Names by id, as the journal gives them. */
export interface Names {
  readonly user: readonly string[];
  readonly app: readonly string[];
  readonly tier: readonly string[];
  readonly node: readonly string[];
  readonly request: readonly string[];
}

/** What is so for a user at an instant, what was decided last, what was not, and what would have been otherwise. */
export interface Explanation {
  readonly user: string;
  readonly tier: string;
  readonly atMs: number;
  /** The one that decides for this user. */
  readonly policy: string | null;
  /** Where a candidate policy is, or was, on trial: how far it has come, and whether it is the one that decides here. */
  readonly trial: { readonly stage: RolloutStage; readonly candidate: string; readonly decides: boolean } | null;
  readonly now: {
    readonly reserved: Resources;
    /** The larger of what is reserved and what its instances take, resource by resource. */
    readonly held: Resources;
    readonly demanded: Resources;
    readonly used: Resources;
    readonly instances: readonly InstanceNow[];
    readonly waiting: readonly WaitingNow[];
  };
  readonly decided: readonly Decided[];
  readonly notDecided: readonly NotDecided[];
  readonly counterfactuals: readonly Counterfactual[];
}

interface InstanceNow {
  readonly instance: number;
  readonly app: string;
  readonly phase: string;
  readonly size: Resources;
  readonly requests: number;
}

interface WaitingNow {
  readonly request: string;
  readonly app: string;
  readonly requested: Resources;
  readonly why: string;
}

interface Decided {
  readonly kind: string;
  readonly atMs: number;
  /** The event that it answered. */
  readonly event: string;
  readonly app: string | null;
  readonly because: DecidedStep["decision"]["because"];
  /** What it rests on; `null`: no forecast. */
  readonly forecast: { readonly set: string; readonly batch: number; readonly issuedAtMs: number } | null;
  readonly text: string;
}

interface NotDecided {
  readonly slot: "reserve" | "warm";
  readonly app: string | null;
  readonly text: string;
}

/** @param app only what concerns this app; `null`: all. */
export function explain(state: State, watch: UserWatch, names: Names, atMs: number, app: number | null): Explanation {
  const user = watch.user as UserId;
  const account = state.ledger.account(user);
  const concerns = (other: number) => app === null || other === app;
  const appName = (id: number) => names.app[id] ?? String(id);
  const instances = [...state.instances.values()].filter((instance) => instance.user === user && concerns(instance.app));
  const waiting = [...state.waiting].filter((request) => request.user === user && concerns(request.app));
  const nodeName = (id: number) => names.node[id] ?? String(id);
  const apps = [...new Set([...watch.apps, ...instances.map((instance) => instance.app)])].filter(concerns).sort((a, b) => a - b);
  return {
    user: names.user[user] ?? String(user),
    tier: names.tier[account.tier] ?? String(account.tier),
    atMs,
    policy: state.policyOf(user)?.name ?? null,
    trial: trialOf(state, user),
    now: {
      reserved: account.reserved,
      held: maximum(account.reserved, account.instances),
      demanded: account.demand,
      used: account.usage,
      instances: instances.map(({ id, app: of, phase, size, requests }) => {
        return { instance: id, app: appName(of), phase, size, requests: requests.length };
      }),
      waiting: waiting.map((request) => ({
        request: names.request[request.id] ?? `r${request.id}`,
        app: appName(request.app),
        requested: request.requested,
        why: waitingReason(request, state, atMs, nodeName),
      })),
    },
    decided: [...watch.latest.values()]
      .sort((a, b) => b.decision.seq - a.decision.seq || b.decision.index - a.decision.index)
      .map((step) => decided(step, watch, appName)),
    notDecided: [
      { slot: "reserve", app: null, text: reserveWant(state, user, atMs).text },
      ...apps.map((id) => {
        return { slot: "warm" as const, app: appName(id), text: warmReason(user, id as AppId, state, atMs).text };
      }),
    ],
    counterfactuals: counterfactuals(state, user, atMs, watch.forecast),
  };
}

function trialOf(state: State, user: UserId): Explanation["trial"] {
  const { rollout } = state;
  return rollout && { stage: rollout.stage, candidate: rollout.candidate.name, decides: state.isInCanary(user) };
}

function trialWords(trial: Explanation["trial"]): string {
  if (trial === null) return "";
  const stage = trial.stage === "rolled_back" ? "was rolled back" : `is in stage ${trial.stage}`;
  return trial.decides
    ? `, the candidate, which ${stage}`
    : `; the candidate ${trial.candidate} ${stage}, and does not decide for this user`;
}

function decided(step: DecidedStep, watch: UserWatch, appName: (id: number) => string): Decided {
  const { decision, atMs, event } = step;
  const { because } = decision;
  const seen = because.batchIndex < 0 ? null : watch.seen(because.batchIndex);
  const forecast = seen && { set: seen.set, batch: seen.index, issuedAtMs: seen.issuedAtMs };
  const app = step.app === null ? null : appName(step.app);
  const none = because.batchIndex < 0 ? "no forecast" : "a forecast of before what was read";
  const from =
    forecast === null
      ? none
      : `forecast ${forecast.set.slice(0, 12)} batch ${forecast.batch}, issued for ${clock(forecast.issuedAtMs)}`;
  const amount =
    "resources" in decision ? ` ${amounts(decision.resources)}` : "size" in decision ? ` ${amounts(decision.size)}` : "";
  const text = `${decision.kind}${amount}${app === null ? "" : ` of ${app}`}, after ${event}: ${from}; ${reasonWords(because)}`;
  return { kind: decision.kind, atMs, event, app, because, forecast, text };
}

/** The explanation for people. @param sinceMs from when on decisions are known; `null`: from the first. */
export function explanationLines(
  { user, tier, atMs, policy, trial, now, decided, notDecided, counterfactuals }: Explanation,
  sinceMs: number | null,
): string[] {
  const section = (title: string, lines: readonly string[], none: string) => [
    "",
    title,
    ...(lines.length === 0 ? [`  ${none}`] : lines.map((line) => `  ${line}`)),
  ];
  return [
    `${user} (${tier}) at ${clock(atMs)} under ${policy ?? "no policy"}${trialWords(trial)}`,
    `  reserved ${amounts(now.reserved)}, held ${amounts(now.held)}, demanded ${amounts(now.demanded)}, last measured use ${amounts(now.used)}`,
    ...now.instances.map((i) => `  instance i${i.instance} of ${i.app}: ${i.phase}, ${amounts(i.size)}, ${i.requests} requests`),
    ...now.waiting.map((w) => `  request ${w.request} of ${w.app} waits for ${amounts(w.requested)}: ${w.why}`),
    ...section(
      `What was decided, the latest of each kind${sinceMs === null ? "" : `, since the snapshot of ${clock(sinceMs)}`}`,
      decided.map((d) => `${clock(d.atMs)}  ${d.text}`),
      "nothing, so far",
    ),
    ...section(
      "What was not, as of now",
      notDecided.map(({ slot, app, text }) => `${slot}${app === null ? "" : ` ${app}`}: ${text}`),
      "nothing",
    ),
    ...section(
      "What the reserve slot would want otherwise",
      counterfactuals.map(({ text }) => text),
      "nothing else to ask it: no other level, no margin, and no guardrail",
    ),
  ];
}
