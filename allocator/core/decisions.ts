import type { AppId, InstanceId, NodeId, PoolId, RequestId, TimerId, UserId } from "./ids.ts";
import type { Resources } from "./resources.ts";

/**
 * What to do. `seq` is the event that caused it and `index` its place among that event's decisions: together the idempotency
 * token, formatted `seq:index` only at the edges. Outcomes come back as events.
 */
export type Decision =
  | Reserve
  | Release
  | Launch
  | Bind
  | Suspend
  | Resume
  | Stop
  | Resize
  | Preempt
  | ResizePool
  | Queue
  | Reject
  | SetTimer
  | CancelTimer;

export type DecisionKind = Decision["kind"];
export type DecisionOf<K extends DecisionKind> = Extract<Decision, { kind: K }>;

/**
 * What bound the decision, in codes of a fixed size, explained by name at the edge.
 */
export interface Because {
  readonly rule: Rule;
  /** The forecast batch it rests on, in order of issue; −1: none. */
  readonly batchIndex: number;
  /** The quantile level used, ppm; 0: none. */
  readonly levelPpm: number;
  /** The factor applied, ppm; 1,000,000: none. */
  readonly factorPpm: number;
  readonly guardrail: Guardrail;
  /** How far down the ladder of forecasts it had to go. */
  readonly rung: Rung;
}

export const RULES = [
  "arrival", // a request needs an instance
  "warm_hit", // an idle instance serves it
  "shadow_hit", // an unbound ready shadow serves it
  "late_join", // an instance already starting serves it
  "resume_hit", // a suspended instance serves it
  "no_fit", // nothing has room: it waits
  "cannot_fit", // nothing will ever have room
  "not_permitted", // the user may not run the app
  "last_value", // reserve: last interval's demand
  "forecast", // a forecast's level
  "nothing_kept", // the slot has no rule: it keeps nothing
  "keep_alive_ended",
  "surplus", // more instances than the target
  "evicted", // makes room for a waiting request
  "cancelled",
  "agenda", // the core's next own deadline
  "node_lost",
  "resized",
  "moving_quantile", // reserve: a quantile of the last control intervals
  "seasonal_naive", // reserve: the same interval, one season ago
  "static_peak", // reserve: the largest demand before the evaluation
  "autopilot", // reserve: Autopilot's moving windows
  "vpa", // reserve: the Vertical Pod Autoscaler's recommendation
  "idle_histogram", // warm: what the group's idle times say
  "prewarm", // warm: started ahead of the next use that idle times suggest
  "replicas", // replicas: the app is to have more instances
  "not_worth_holding", // warm: the next use is too unlikely, too soon
  "crane", // reserve, size: Crane's percentile of use
  "demand_above", // reserve: more was demanded than was held
  "warm_pool", // warm: the app's pool is to have more instances
  "crane_dsp", // reserve: the next period that Crane's DSP predicts
  "suspension_ended", // it was suspended for as long as the policy says
  "refused", // the world would not suspend or resume it
  "preempted", // makes room for a waiting request of a higher priority
  "hand_over", // its node drains: it is started in place of another, or was replaced
  "pool_pending", // pool: what waits has no room on the nodes that are ready or on their way
  "pool_unneeded", // pool: nodes have been used too little for long enough
  "pool_late", // pool: nodes were not ready in time, and are called off
  "drained", // its node leaves
  "pool_headroom", // pool: what is held and waits, and some more
  "pool_ahead", // pool: what is expected before a node that is asked for now would be ready
  "reclaimed", // its tier borrowed what another tier's request now asks back
  "quota_lowered", // more was reserved than its tier's quota is now
  "over_budget", // reserve: more is held in all than the budget allows
  "joint", // warm, size: so many instances, each so large, of one forecast
  "pool_consolidated", // pool: what is on nodes has room on others, or on one that costs less than they do
] as const;
export type Rule = (typeof RULES)[number];

export const GUARDRAILS = [
  "none",
  "capacity",
  "rate", // it grows no faster
  "hold", // it falls only after a time
  "minimum",
  "maximum",
  "quota", // its tier's nominal quota and borrowing limit are used up
  "cohort", // no tier has quota left to lend
  "borrowed", // not held back: it goes beyond its tier's nominal quota, by what others leave idle
  "budget", // no more may be held ahead of requests in all
  "given_up", // launches for it failed so often in a row that nothing is started ahead for it, and it is tried every five minutes
  "user_quota", // what the user alone may hold is used up
] as const;
export type Guardrail = (typeof GUARDRAILS)[number];

/** The degradation ladder, best first. */
export const RUNGS = [
  "none", // it rests on no forecast, and was not meant to
  "fresh", // the forecast that speaks of now
  "last_good", // an older forecast, within the age that the policy allows
  "seasonal", // what was, one season ago
  "reactive", // what was last
  "hold", // nothing is known: what was held stays
] as const;
export type Rung = (typeof RUNGS)[number];

interface Token {
  seq: number;
  index: number;
  because: Because;
}

/** Hold `resources` for the user: the new amount, not the difference. */
export interface Reserve extends Token {
  kind: "reserve";
  user: UserId;
  resources: Resources;
}

/** Hold nothing for the user beyond the instances it has. */
export interface Release extends Token {
  kind: "release";
  user: UserId;
}

/** Start an instance. `node` null: the platform places. `request` null: a shadow, or prewarmed for `user`. */
export interface Launch extends Token {
  kind: "launch";
  instance: InstanceId;
  app: AppId;
  /** Who owns it; `null`: a shadow, bound to nobody yet. */
  user: UserId | null;
  size: Resources;
  pool: PoolId;
  node: NodeId | null;
  request: RequestId | null;
}

/** The request runs on this instance: at once if it is ready, else when it is. */
export interface Bind extends Token {
  kind: "bind";
  instance: InstanceId;
  request: RequestId;
}

export interface Suspend extends Token {
  kind: "suspend";
  instance: InstanceId;
}

export interface Resume extends Token {
  kind: "resume";
  instance: InstanceId;
}

export interface Stop extends Token {
  kind: "stop";
  instance: InstanceId;
}

export interface Resize extends Token {
  kind: "resize";
  instance: InstanceId;
  size: Resources;
}

/** Take the instance from the request, which waits again and will restart with its full run time. */
export interface Preempt extends Token {
  kind: "preempt";
  instance: InstanceId;
  request: RequestId;
}

/**
 * The pool is to have so many nodes. What it lacks is ordered; of what it has too many, the last orders are called off first, then nodes
 * drain, the emptiest first (pools/leaving.ts): the largest share of a resource that is taken, of equals the last.
 */
export interface ResizePool extends Token {
  kind: "resize_pool";
  pool: PoolId;
  nodes: number;
}

export interface Queue extends Token {
  kind: "queue";
  request: RequestId;
}

export interface Reject extends Token {
  kind: "reject";
  request: RequestId;
}

export interface SetTimer extends Token {
  kind: "set_timer";
  timerId: TimerId;
  timerAtMs: number;
}

export interface CancelTimer extends Token {
  kind: "cancel_timer";
  timerId: TimerId;
}
