import type { Resources } from "./resources.ts";

/**
 * A policy is one document with everything tunable: a feed of forecasts and one strategy a slot. It is data, not code: the
 * same document runs in the simulator and in production, and it enters the core as an event.
 */
export interface Policy {
  readonly name: string;
  /** Period of the `tick` event, which drives the reserve slot. `null`: no ticks. */
  readonly controlEveryMs: number | null;
  /** Which forecasts the policy asks for. `null`: none. */
  readonly feed: Feed | null;
  readonly reserve: ReserveSpec;
  readonly warm: WarmSpec & Suspending;
  /** How large the instances of each app are. Absent: as large as the app says. */
  readonly size?: SizeSpec;
  /** How many instances each app has. Absent: as many as its requests need and the slot `warm` keeps. */
  readonly replicas?: ReplicasSpec;
  /** Whether an instance on a node that drains is replaced elsewhere before it goes. Absent: it is not. */
  readonly handOver?: boolean;
  readonly place: PlaceSpec;
  readonly admit: AdmitSpec;
  /** What the users of each tier may hold together. Absent: as much as there is. */
  readonly quotas?: QuotaSpec;
  /** How many nodes elastic pools have. Absent: those that they have. */
  readonly pool?: PoolSpec;
  /** What may be held in all, where more would be held ahead of requests. Absent: what capacity allows. */
  readonly budget?: BudgetSpec;
  /** Bounds on what the slot `reserve` wants. Absent: it is held as it is wanted. */
  readonly guard?: GuardSpec;
}

export interface Feed {
  /** Name of the forecaster that fills it. `clairvoyant` reads the trace's own future and is always labelled so. */
  readonly model: string;
  readonly everyMs: number;
  readonly stepMs: number;
  /** `null`: until the next batch, and beyond it the longest start-up. */
  readonly horizonMs: number | null;
  /** Which targets it issues: `demand` for the reserve slot, `concurrency` or `arrival` for the warm slot. */
  readonly targets: readonly ("demand" | "concurrency" | "arrival")[];
  /** Concurrency is in requests, which the slots divide among instances; absent: in instances that run as many as they can. */
  readonly countsRequests?: true;
  /** Of a model that is fitted to the past; absent with `clairvoyant`. */
  readonly fitted?: FittedFeed;
}

/** What a feed says of a model that has to be fitted. */
export interface FittedFeed {
  /** Charged for every forecast: it is available so long after the instant it was issued for. */
  readonly latencyMs: number;
  /** Ascending, in parts per million; `null`: those that the slots ask for. */
  readonly levelsPpm: readonly number[] | null;
  readonly seed: number;
  /** How fast its levels are corrected by what came, in parts per million; absent: not at all. */
  readonly adaptPpm?: number;
  /** How far at most, in parts per million of the forecast's scale; absent: any. */
  readonly adaptMostPpm?: number;
}

/** A quantile's probability in parts per million; `tier`: that of each user's tier. */
export type Level = number | "tier";

/** How much capacity to hold for each user. */
export type ReserveSpec =
  | { readonly strategy: "none" }
  /** The last control interval's largest demand × factor (ppm; 1,200,000 is a margin of 20 %). */
  | { readonly strategy: "last-value"; readonly factorPpm: number }
  | ForecastReserveSpec
  /** A quantile of the last `intervals` control intervals × factor. */
  | {
      readonly strategy: "moving-quantile";
      readonly intervals: number;
      readonly everyMs: number;
      readonly levelPpm: number;
      readonly factorPpm: number;
    }
  /** The coming control interval's demand `intervals` control intervals ago × factor; before a full season, the last one's. */
  | { readonly strategy: "seasonal-naive"; readonly intervals: number; readonly everyMs: number; readonly factorPpm: number }
  /** The largest demand observed until `untilMs` × factor; `null`: so far. */
  | { readonly strategy: "static-peak"; readonly untilMs: number | null; readonly factorPpm: number }
  | AutopilotSpec
  /** The Kubernetes Vertical Pod Autoscaler's recommendation, applied as its updater would. */
  | { readonly strategy: "vpa" }
  | CraneSpec
  | CraneDspSpec;

/** Crane's DSP: the next period of use that has a period. */
export interface CraneDspSpec {
  readonly strategy: "crane-dsp";
  /** Of one value of its series. */
  readonly stepMs: number;
  readonly historyMs: number;
  /** How often it looks for a period and an estimator. */
  readonly refitMs: number;
  /** Of the shuffles that say what is chance. */
  readonly seed: number;
}

/** Crane's resource recommender: a percentile of the last days' use. */
export interface CraneSpec {
  readonly strategy: "crane";
  readonly levelPpm: number;
  readonly marginPpm: number;
  readonly utilizationPpm: number;
  readonly historyMs: number;
  /** Whether older samples weigh less, as its configuration says and its code does not do. */
  readonly decays: boolean;
}

/** The chosen level's maximum over the lead window × factor. */
export interface ForecastReserveSpec {
  readonly strategy: "forecast";
  readonly levelPpm: Level;
  readonly factorPpm: number;
  readonly leadMs: number;
  /**
   * Where no forecast speaks for the user's next moment (none has come yet, or the last one's horizon is over): the last control
   * interval's largest demand × this factor. Absent: what is held stays, and beyond a horizon nothing is.
   */
  readonly floorPpm?: number;
  /**
   * The lead window is `leadMs` and this quantile of the lead times that were measured, from launching an instance to its being ready;
   * a minute before any was. Absent: `leadMs` alone.
   */
  readonly learnedLeadPpm?: number;
  /**
   * What an interval with less reserved than demanded costs, as an amount that could be held through it instead. Of these resources that of
   * the forecast's levels is taken at which holding and the chance of a violation cost least, user by user; of the others, `levelPpm`.
   */
  readonly violation?: Partial<Resources>;
  /**
   * How fast it is learned, for each user, by how much forecasts are off, and the level corrected by as much. It is learned from the
   * level nearest the median, if a forecast has one from 0.4 to 0.6. Absent: not at all.
   */
  readonly biasPpm?: number;
  /** Beyond a horizon, what the last forecast said last, until that was issued so long ago. Absent: no forecast outlives its horizon. */
  readonly lastGoodMs?: number;
  /** Then, if it is known, what the coming control interval demanded `intervals` control intervals ago, × the floor's factor. */
  readonly season?: { readonly intervals: number; readonly everyMs: number };
}

/** What bounds how much is held for each user, and how that changes; what is absent does not bind. */
export interface GuardSpec {
  /** Held for every user that has demanded anything. */
  readonly least?: Partial<Resources>;
  readonly most?: Partial<Resources>;
  /** Added to all that is wanted of a user of whom anything is. */
  readonly margin?: Partial<Resources>;
  /** The largest share by which what is held of a resource grows in a control interval; from nothing it grows as wanted. */
  readonly raisePpm?: number;
  /** What is held falls when less has been wanted for so long. */
  readonly holdMs?: number;
  /** A change of no more than this share of what is held, in every resource, is not made, unless demand is above what is held. */
  readonly hysteresisPpm?: number;
  /** What is held of a resource is a power of 1 and this share, rounded up: what is wanted changes it only from one to another. */
  readonly gridPpm?: number;
  /** Demand above what is held raises it when it is observed, without waiting for the control interval's end. */
  readonly atOnce?: true;
}

/** Bounds on all that is held together: reservations, instances and shadows; what is absent does not bind. */
export interface BudgetSpec {
  readonly most?: Partial<Resources>;
  /** What it may cost an hour, and from one midnight (UTC) to the next, in millionths of the currency. */
  readonly perHourMicros?: number;
  readonly perDayMicros?: number;
  /** Of an hour of a core, a GiB, a GPU and a Mbit/s, likewise; with one of those two. */
  readonly priceMicros?: Resources;
}

/** Autopilot's moving windows over measured use. */
export interface AutopilotSpec {
  readonly strategy: "autopilot";
  readonly cpu: "mean" | "p90" | "p95";
  readonly memory: "p98" | "max" | "half-max";
  readonly marginPpm: number;
  readonly cpuHalfLifeMs: number;
  readonly memoryHalfLifeMs: number;
  /** Hours over which the largest use is remembered, for `max` and `half-max`. */
  readonly peakHours: number;
  /** Control intervals over which the largest recommendation is held. */
  readonly holdIntervals: number;
}

/** When an instance is started ahead and how long an idle one is kept. */
export type WarmSpec =
  /** Keeps nothing: an instance stops with its last request. */
  | { readonly strategy: "none" }
  /** Keeps an idle instance for `ttlMs` after its last use. */
  | { readonly strategy: "ttl"; readonly ttlMs: number }
  /**
   * Holds ⌈level of concurrency⌉ instances over the start-up time ahead. Where no forecast speaks for an app and user (none has come
   * yet, or the last one's horizon is over) an idle instance is kept for `floorMs` after its last use; absent: not at all.
   */
  | ForecastWarmSpec
  /**
   * Holds instances in every step in which the chance of an arrival, given none before, is at least `chancePpm`, from a start-up time
   * before it: as many as were needed at once since the forecast before the last, at least one. `floorMs` as above.
   */
  | ArrivalWarmSpec
  /** The slot `size` as well, of the same forecast. */
  | JointSpec
  | HybridHistogramSpec
  | ExpectedCostSpec
  /** Keeps idle instances until room is needed, and then gives up those of the lowest greedy-dual priority. */
  | GreedyDualSpec
  /** Keeps a pool of instances an app: those in use and some more. */
  | WarmPoolSpec;

export interface GreedyDualSpec {
  readonly strategy: "greedy-dual";
  /** After so long without use it stops anyway; `null`: never. */
  readonly ttlMs: number | null;
}

export interface WarmPoolSpec {
  readonly strategy: "warm-pool";
  /** Beyond those in use. */
  readonly spare: number;
  readonly least: number;
  readonly most: number;
  /** How long its size has to stand before it shrinks. */
  readonly cooldownMs: number;
}

/** What is kept no longer is suspended, which holds nothing, and stops after `suspendMs` unless it is resumed. Absent: it stops. */
export interface Suspending {
  readonly suspendMs?: number;
}

export interface ForecastWarmSpec {
  readonly strategy: "forecast";
  readonly levelPpm: Level;
  readonly floorMs?: number;
}

/**
 * How many instances there are and how large each is, of one forecast of how many requests run at once: ⌈level⌉ of it, over the start-up time
 * and a control interval ahead. `floorMs` as above.
 */
export interface JointSpec {
  readonly strategy: "joint";
  readonly levelPpm: Level;
  /** The control interval, at whose end instances are resized. */
  readonly everyMs: number;
  readonly floorMs?: number;
}

export interface ArrivalWarmSpec {
  readonly strategy: "arrival";
  readonly chancePpm: number;
  readonly floorMs?: number;
}

/** Starts ahead and keeps by a histogram of each group's idle times: `bins` of `binMs`. */
export interface HybridHistogramSpec {
  readonly strategy: "hybrid-histogram";
  readonly binMs: number;
  readonly bins: number;
  readonly headPpm: number;
  readonly tailPpm: number;
  readonly marginPpm: number;
  /** The coefficient of variation of the bins' counts from which on the histogram is believed. */
  readonly variationPpm: number;
  /** Idle times from which on anything is believed. */
  readonly minimumCount: number;
  /** The share of idle times out of bounds above which the histogram is not believed. */
  readonly outOfBoundsPpm: number;
}

/** Holds where the next use is likely enough that waiting for a start would cost more: `waitMs` of holding idle a cold start. */
export interface ExpectedCostSpec {
  readonly strategy: "expected-cost";
  readonly waitMs: number;
}

/**
 * How large the instances of each (user, app) are, or of each app where it is shared: never larger than the app says, and never
 * smaller than what the requests on one ask for.
 */
export type SizeSpec = { readonly strategy: "vpa" } | AutopilotSpec | CraneSpec;

/**
 * How many instances each (user, app) has, or each app where it is shared: then `warm` is `none`, and a request that finds no place
 * waits for one instead of starting an instance of its own.
 */
export type ReplicasSpec = HpaSpec | KnativeSpec;

/** The Kubernetes HorizontalPodAutoscaler with one resource metric: requests that run, of those that the instances could run. */
export interface HpaSpec {
  readonly strategy: "hpa";
  /** Its sync period, which is also the window of its metric. */
  readonly everyMs: number;
  /** The utilisation aimed at. */
  readonly targetPpm: number;
  readonly tolerancePpm: number;
  readonly least: number;
  readonly most: number;
  readonly initializationMs: number;
  readonly readinessDelayMs: number;
  readonly up: ScalingRules;
  readonly down: ScalingRules;
  /** What the counts that it calculated lately predict, if that is more; absent: it only reacts. */
  readonly predict?: ReplicaPredictSpec;
}

/** Models over the counts of the last sync periods, as in the Predictive Horizontal Pod Autoscaler; `null`: not that one. */
export interface ReplicaPredictSpec {
  /** A straight line through the last `values`, so far ahead. */
  readonly linear: { readonly values: number; readonly aheadMs: number } | null;
  /** Additive Holt-Winters, one sync period ahead, over the last `seasons` of so many sync periods. */
  readonly holtWinters: HoltWintersSpec | null;
}

export interface HoltWintersSpec {
  readonly alphaPpm: number;
  readonly betaPpm: number;
  readonly gammaPpm: number;
  readonly season: number;
  readonly seasons: number;
}

/** The Knative Pod Autoscaler by concurrency: requests in the system, whether they run or wait. */
export interface KnativeSpec {
  readonly strategy: "knative";
  /** Its tick. */
  readonly everyMs: number;
  /** Requests that an instance is to have, of those that it could run. */
  readonly targetPpm: number;
  readonly least: number;
  readonly most: number;
  readonly stableMs: number;
  readonly panicMs: number;
  /** How many times the ready instances the panic window has to ask for. */
  readonly thresholdPpm: number;
  readonly upRatePpm: number;
  readonly downRatePpm: number;
  /** How long the last instance stays once none is asked for. */
  readonly graceMs: number;
}

/** How fast replicas may change one way: the policy that allows most counts. */
export interface ScalingRules {
  /** No further than what was recommended at any time within this window. */
  readonly stabilizationMs: number;
  readonly policies: readonly { readonly unit: "pods" | "percent"; readonly value: number; readonly periodMs: number }[];
}

/** How many nodes each elastic pool has. */
export type PoolSpec = ClusterAutoscalerSpec | KarpenterSpec | PoolAheadSpec;

/** Room before it is asked for. */
export interface PoolAheadSpec {
  readonly strategy: "headroom" | "predictive";
  readonly everyMs: number;
  /** Beyond what is held and waits, as a share of it. */
  readonly sparePpm: number;
  /** Of `predictive`. */
  readonly ahead?: {
    /** Of the level of each user's forecast demand that is added up. */
    readonly levelPpm: number;
    /** What is expected is multiplied by this. */
    readonly marginPpm: number;
    /** The quantile of how long nodes took by which they are asked for ahead. */
    readonly leadPpm: number;
    /** Where no forecast speaks: what was held and waited for so long ago. Absent: nothing is expected then. */
    readonly seasonMs?: number;
  };
  /** A node goes when less has been needed for so long, if nothing is on it or it is used less than this share of it. */
  readonly shrinkAfterMs: number;
  readonly thresholdPpm: number;
  readonly provisionWithinMs: number;
}

/** Karpenter, where each elastic pool is an instance type. */
export interface KarpenterSpec {
  readonly strategy: "karpenter";
  /** What lacks room is gathered until nothing came for so long, at most for `batchMs`. */
  readonly idleMs: number;
  readonly batchMs: number;
  /** A node may go once nothing was started on it, or ended, for so long. */
  readonly afterMs: number;
  /** Only nodes with nothing on them go; else what is used little, too. */
  readonly onlyEmpty: boolean;
  /** Whether nodes go on which requests run, which drain until those have ended. */
  readonly disruptsRunning: boolean;
  /** The largest share of the nodes that go at a time, rounded up. */
  readonly budgetPpm: number;
  /** A node that is not ready within this time is called off. */
  readonly provisionWithinMs: number;
}

/** The Kubernetes Cluster Autoscaler. */
export interface ClusterAutoscalerSpec {
  readonly strategy: "cluster-autoscaler";
  /** Its scan interval. */
  readonly everyMs: number;
  /** A node that is used less than this share of it may be unneeded. */
  readonly thresholdPpm: number;
  /** How long a node has to be unneeded before it goes. */
  readonly unneededMs: number;
  /** How long nothing shrinks after a pool was to grow. */
  readonly delayAfterAddMs: number;
  /** A node that is not ready within this time is called off. */
  readonly provisionWithinMs: number;
  /** Which of several pools grows. */
  readonly expander: "price" | "least-waste";
}

/** On which node with room an instance goes: the first, that with the least left over, or that of the smallest product. */
export type PlaceSpec = { readonly strategy: "first-fit" | "best-fit" | "dot-product" };

/** In which order waiting requests are tried, and what they may take from others. */
export type AdmitSpec = (PrioritySpec | DrfSpec) & Taking;

/** By priority, then arrival. */
interface PrioritySpec {
  readonly strategy: "priority";
}

/** Dominant-resource fairness between the users of a tier. */
export interface DrfSpec {
  readonly strategy: "drf";
  /** By name of the tier, in parts per million of that of a tier that is not named. Absent: the higher priority comes first. */
  readonly weightsPpm?: Readonly<Record<string, number>>;
}

interface Taking {
  /** Who has waited for so long comes before all others but those of tiers that may preempt. Absent: nobody ever does. */
  readonly starvationMs?: number;
  /** Absent: nothing that runs is taken from anyone. */
  readonly preempt?: PreemptSpec;
}

/** How a waiting request of a tier that may preempt takes instances from running requests of lower priority. */
export interface PreemptSpec {
  /** It has waited at least so long. */
  readonly graceMs: number;
  /** Requests that its tier may preempt within any hour. */
  readonly budget: number;
  /** At least 1: who got its instance less than this ago keeps it, so that none is preempted twice within this time. */
  readonly protectMs: number;
}

/** Quotas by tier, after Kueue's ClusterQueues in one cohort: see quotas.ts. And by user: see user-quota.ts. */
export interface QuotaSpec {
  /** By name of the tier; one that is not named owns nothing of what others' quotas name. Absent: tiers have none. */
  readonly tiers?: Readonly<Record<string, TierQuotaSpec>>;
  /** What belongs to no tier, and any may borrow. */
  readonly cohort?: Partial<Resources>;
  readonly users?: UserQuotasSpec;
  /** How a tier takes back of its nominal quota what others borrowed. Absent: it waits until they give it back. */
  readonly reclaim?: ReclaimSpec;
}

/** What each user may hold. What a user's name says stands in place of what its role does, and that in place of what is for each. */
export interface UserQuotasSpec {
  readonly each?: UserQuotaSpec;
  /** By role. */
  readonly roles?: Readonly<Record<string, UserQuotaSpec>>;
  /** By name of the user. */
  readonly named?: Readonly<Record<string, UserQuotaSpec>>;
}

/** `null`: without limit. What is left out is as the less particular quota says. */
export interface UserQuotaSpec {
  readonly instances?: number | null;
  readonly max?: Readonly<Partial<Record<keyof Resources, number | null>>>;
}

/** A resource that is left out of `nominal` is none of the tier's if another tier or the cohort has it, and else not bounded. */
export interface TierQuotaSpec {
  readonly nominal: Partial<Resources>;
  /** The most that the tier may use beyond `nominal`; what is left out is not bounded. */
  readonly borrowing?: Partial<Resources>;
  /** The most of `nominal` that others may use while the tier does not; what is left out is all of it. */
  readonly lending?: Partial<Resources>;
}

/** Like preempting, but of what others borrowed, and for whom stays within what is its tier's own. */
export interface ReclaimSpec extends PreemptSpec {
  /** From whom: from any request of a tier that borrows, or only of lower priority. */
  readonly from: "any" | "lower-priority";
}
