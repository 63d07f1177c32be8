import type { ForecastBatch } from "./forecast.ts";
import type { AppId, InstanceId, NodeId, PoolId, RequestId, TierId, TimerId, UserId } from "./ids.ts";
import type { Policy } from "./policy.ts";
import type { Resources } from "./resources.ts";
import type { Rollout } from "./rollout.ts";

/**
 * What can be observed: the only thing the allocator ever sees. A trace knows more (run times, the future); its alphabet is
 * another one, so the types keep the allocator from reading ahead.
 *
 * `seq` is dense and is given by the drive loop; `atMs` never decreases.
 */
export type AllocatorEvent =
  | TierDefined
  | PoolDefined
  | UserDefined
  | AppDefined
  | PolicyActivated
  | FreezeSet
  | StageSet
  | ForecastIssued
  | UsageObserved
  | SourceRead
  | RequestArrived
  | RequestEnded
  | RequestCancelled
  | NodeReady
  | NodeShared
  | NodeDraining
  | NodeLost
  | InstancePlaced
  | InstanceReady
  | InstanceStopped
  | InstanceSuspended
  | InstanceResized
  | InstanceLost
  | DecisionFailed
  | TimerFired
  | Tick;

export type EventKind = AllocatorEvent["kind"];
export type EventOf<K extends EventKind> = Extract<AllocatorEvent, { kind: K }>;

interface Stamped {
  seq: number;
  atMs: number;
}

/** A service level. */
export interface TierDefined extends Stamped {
  kind: "tier_defined";
  tier: TierId;
  name: string;
  /** The longest start latency that meets the service level. */
  targetStartMs: number;
  /** Higher is served first. */
  priority: number;
  /** The quantile of demand to reserve for, in parts per million. */
  levelPpm: number;
  mayPreempt: boolean;
}

/** Nodes of a kind. */
export interface PoolDefined extends Stamped {
  kind: "pool_defined";
  pool: PoolId;
  name: string;
  /** The platform places and never refuses; such a pool has no nodes. */
  unlimited: boolean;
  /** From asking for a node to `node_ready`. */
  provisionMs: number;
  /** `null`: it has the nodes it has. */
  elastic: ElasticPool | null;
}

/** A pool that is given nodes, all of one capacity, and has them taken away: `resize_pool`. */
export interface ElasticPool {
  /** Of each of its nodes. */
  readonly capacity: Resources;
  /** Asked for before anything happens. */
  readonly nodes: number;
  /** It never has fewer nodes than `least` and never more than `most`. */
  readonly least: number;
  readonly most: number;
  /** Of a node, in millionths of the currency an hour: which of several pools grows. */
  readonly priceMicrosPerHour: number;
}

export interface UserDefined extends Stamped {
  kind: "user_defined";
  user: UserId;
  name: string;
  tier: TierId;
  role: string;
  /** IANA name. */
  timeZone: string;
  /** The apps this user may run; `null`: any. */
  permissions: readonly AppId[] | null;
  /** The apps of which nothing is started ahead for this user, who does not want it. */
  optOut: readonly AppId[];
}

export interface AppDefined extends Stamped {
  kind: "app_defined";
  app: AppId;
  name: string;
  /** Size of one instance. */
  shape: Resources;
  coldStartMs: number;
  resumeMs: number;
  /** Idle instances may serve any user. */
  shared: boolean;
  /** Requests that one instance runs at a time. */
  concurrency: number;
}

export interface PolicyActivated extends Stamped {
  kind: "policy_activated";
  policy: Policy;
}

/**
 * While it is frozen, nothing is done ahead of requests or taken from anybody: reservations stay, what is idle is kept, nothing is started ahead,
 * resized or preempted, and pools keep their nodes. Requests are served with what is there or can be started.
 */
export interface FreezeSet extends Stamped {
  kind: "freeze_set";
  frozen: boolean;
}

/**
 * Which users a candidate policy decides for; for the others the policy in force does. Both learn from everybody. What is for the fleet as
 * a whole stays with the policy in force until the stage is `full`.
 */
export interface StageSet extends Stamped, Rollout {
  kind: "stage_set";
}

/** A forecast batch is now available. The journal stores the reference; the numbers live in the forecast set. */
export interface ForecastIssued extends Stamped {
  kind: "forecast_issued";
  setDigest: string;
  batchIndex: number;
  batchDigest: string;
  batch: ForecastBatch;
}

/** The mean use of a user over `(atMs − windowMs, atMs]`. */
export interface UsageObserved extends Stamped {
  kind: "usage_observed";
  user: UserId;
  used: Resources;
  windowMs: number;
  /** Use was cut by a limit: true demand may be higher. */
  saturated: boolean;
}

/** All that an outside source told up to `position` is before this event. Decides nothing: a run learns from it where to read on. */
export interface SourceRead extends Stamped {
  kind: "source_read";
  source: string;
  /** In the source's own terms: an offset, an instant. */
  position: string;
}

export interface RequestArrived extends Stamped {
  kind: "request_arrived";
  request: RequestId;
  /** The source's id, where it has one. */
  name: string | null;
  user: UserId;
  app: AppId;
  requested: Resources;
  tier: TierId;
}

export interface RequestEnded extends Stamped {
  kind: "request_ended";
  request: RequestId;
}

export interface RequestCancelled extends Stamped {
  kind: "request_cancelled";
  request: RequestId;
}

/** Said again of one that is ready, it may have more than before. */
export interface NodeReady extends Stamped {
  kind: "node_ready";
  node: NodeId;
  name: string;
  pool: PoolId;
  capacity: Resources;
}

/**
 * Like `node_ready`, of a node on which others run, too. Said again whenever any of it changes: where what is offered, or the number of
 * instances, is less than what is there, those stay, and nothing new goes there until enough of them have gone.
 */
export interface NodeShared extends Omit<NodeReady, "kind"> {
  kind: "node_shared";
  /** Of its capacity: what others leave. */
  offered: Resources;
  /** The most instances that may be on it at a time. */
  places: number;
}

/** The node takes no new instance; those on it run on. */
export interface NodeDraining extends Stamped {
  kind: "node_draining";
  node: NodeId;
}

/** The node and every instance on it are gone; requests on them start again from the queue. */
export interface NodeLost extends Stamped {
  kind: "node_lost";
  node: NodeId;
}

/** Where the instance is: its start-up begins. */
export interface InstancePlaced extends Stamped {
  kind: "instance_placed";
  instance: InstanceId;
  node: NodeId | null;
}

/** Start-up or resumption is over: requests bound to it execute from now on. */
export interface InstanceReady extends Stamped {
  kind: "instance_ready";
  instance: InstanceId;
}

export interface InstanceStopped extends Stamped {
  kind: "instance_stopped";
  instance: InstanceId;
}

export interface InstanceSuspended extends Stamped {
  kind: "instance_suspended";
  instance: InstanceId;
}

export interface InstanceResized extends Stamped {
  kind: "instance_resized";
  instance: InstanceId;
  size: Resources;
}

/** The instance is gone without having been asked to stop. */
export interface InstanceLost extends Stamped {
  kind: "instance_lost";
  instance: InstanceId;
}

/** Why the world did not carry a decision out. A closed set, so that every one is handled. */
export const FAILURE_REASONS = ["no_capacity", "denied", "timeout", "unsupported", "launch_failed", "unknown_target"] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

export interface DecisionFailed extends Stamped {
  kind: "decision_failed";
  decisionSeq: number;
  decisionIndex: number;
  reason: FailureReason;
}

export interface TimerFired extends Stamped {
  kind: "timer";
  timerId: TimerId;
}

/** The control interval ends. */
export interface Tick extends Stamped {
  kind: "tick";
}

/**
 * The order of events at equal milliseconds; then sequence. So a request ends before another arrives, and an instance whose
 * keep-alive ends at the instant of an arrival still serves it.
 */
export const EVENT_RANK: Readonly<Record<EventKind, number>> = {
  tier_defined: 0,
  pool_defined: 0,
  user_defined: 0,
  app_defined: 0,
  policy_activated: 0,
  freeze_set: 0,
  stage_set: 0,
  node_draining: 1,
  node_lost: 1,
  instance_lost: 1,
  request_ended: 2,
  request_cancelled: 2,
  instance_stopped: 3,
  instance_suspended: 3,
  decision_failed: 3,
  node_ready: 4,
  node_shared: 4,
  instance_placed: 5,
  instance_resized: 5,
  instance_ready: 6,
  usage_observed: 7,
  source_read: 7,
  forecast_issued: 8,
  tick: 9,
  request_arrived: 10,
  timer: 11,
};
