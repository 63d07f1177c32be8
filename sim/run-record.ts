/**
 * What a run leaves behind: its inputs by digest, its journal's digest, its metrics. Everything a report shows comes from here.
 */
import type { Policy } from "../allocator/core/policy.ts";
import type { ResourceName } from "../allocator/core/resources.ts";
import type { TierRow } from "../datasets/trace.ts";

export interface RunRecord {
  readonly recordVersion: 1;
  /** The first 12 hex digits of the SHA-256 over the inputs: the same inputs give the same id. */
  readonly id: string;
  /** As the user wrote it: "keep-alive:ttl=10m". */
  readonly policyText: string;
  readonly policy: Policy;
  readonly trace: TraceReference;
  readonly cluster: ClusterReference;
  readonly forecastSets: readonly string[];
  /** Of models fitted to the past, one for each of the forecast sets; absent where there are none, and with a clairvoyant feed. */
  readonly forecasts?: readonly ForecastOrigin[];
  readonly seed: number;
  /** Metrics integrate over `[fromMs, toMs)`. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly prices: Prices;
  /** Of a usage trace only. */
  readonly usage?: UsageSettings;
  /** What was otherwise than in the trace that was read, as written: "demand=1.2"; absent: nothing. */
  readonly whatIf?: readonly string[];
  /** The run that it went along with until an instant of the trace; absent: none. */
  readonly fork?: { readonly run: string; readonly atMs: number };
  /** Digest, SHA-256, hex, of what the world did beyond what the trace shows: failures, users who came later; absent: nothing. */
  readonly changes?: string;
  readonly journal: { readonly digest: string; readonly events: number; readonly decisions: number; readonly bytes: number };
  readonly metrics: RunMetrics;
  /** What its intervals are made from, in a file beside the record; absent where none was kept. */
  readonly cells?: CellsReference;
  /** Who had and did what, when, in a file beside the record; absent where it was not kept. */
  readonly users?: UsersReference;
  readonly assumptions: readonly string[];
  readonly codeRevision: string;
  /** The only part that may differ between two runs of the same inputs. */
  readonly environment: {
    readonly node: string;
    readonly platform: string;
    readonly cpu: string;
    readonly startedAt: string;
    readonly wallMs: number;
    readonly peakMemoryMiB: number;
  };
}

/** Where a forecast set came from: a model, what that learned from, and what was asked of it. It saw nothing of what it is scored on. */
export interface ForecastOrigin {
  /** Digest of the set. */
  readonly set: string;
  readonly batches: number;
  readonly target: string;
  /** As the policy's feed names it. */
  readonly model: string;
  /** The kind of model. */
  readonly kind: string;
  /** Of a trained model the id in the registry; of another the digest of all that it was fitted with. */
  readonly modelDigest: string;
  /** What computed the forecasts: "wasm 4.22.0"; `null`: plain code. */
  readonly backend: string | null;
  readonly seed: number;
  /** It learned from `[fromMs, trainEndMs)` of this trace and was chosen by what came until `validationEndMs`. */
  readonly trainedOn: {
    readonly trace: string;
    readonly digest: string;
    readonly fromMs: number;
    readonly trainEndMs: number;
    readonly validationEndMs: number;
  };
  readonly features: readonly string[];
  /** Its scores on the validation part. */
  readonly metrics: MetricValues;
  /** The first instant at which a forecast was issued. */
  readonly issuedFromMs: number;
  readonly everyMs: number;
  readonly stepMs: number;
  readonly steps: number;
  readonly levelsPpm: readonly number[];
  /** Charged for every forecast. */
  readonly latencyMs: number;
}

/** Sums by (unit of users, block of time) of what metrics add up, kept in `<record>.cells.gz`. */
export interface CellsReference {
  /** SHA-256, hex, over the file's uncompressed content. */
  readonly digest: string;
  readonly blockMs: number;
  readonly blocks: number;
  readonly users: number;
  /** Users, or groups of users where there are more than 1000. */
  readonly units: number;
}

/** A few series of every user, for pictures, kept in `<record>.users.gz`. */
export interface UsersReference {
  /** SHA-256, hex, over the file's uncompressed content. */
  readonly digest: string;
  readonly binMs: number;
  readonly bins: number;
}

/** How a usage trace was run and scored. */
export interface UsageSettings {
  /** Whether a reservation limits what its user can use. */
  readonly limit: "none" | "reservation";
  /** How long demand may exceed the reservation before that is a violation; `null`: one sample window. */
  readonly graceMs: number | null;
}

export interface TraceReference {
  readonly name: string;
  readonly digest: string;
  readonly synthetic: boolean;
  readonly composite: boolean;
  readonly license: string;
  readonly citation: string;
  readonly users: number;
  readonly apps: number;
  readonly requests: number;
  /** The service levels that violations were counted against, in order of tier id. */
  readonly tiers: readonly TierRow[];
  readonly window: { readonly startMs: number; readonly endMs: number };
}

export interface ClusterReference {
  /** "unlimited", or "24 nodes: 768 cores, …". */
  readonly description: string;
  readonly digest: string;
  readonly nodes: number | null;
}

/** Money, in whatever unit the user prices in; only ratios matter to the comparison. */
export interface Prices {
  readonly currency: string;
  readonly cpuCoreHour: number;
  readonly memoryGiBHour: number;
  readonly gpuHour: number;
  readonly networkMbpsHour: number;
  /** For each request that misses its tier's target, by tier name. */
  readonly violation: Readonly<Record<string, number>>;
}

/** `null` where a metric does not apply. Names and formulas: reports/METRICS.md. */
export type MetricValues = Readonly<Record<string, number | null>>;

export interface RunMetrics {
  readonly overall: MetricValues;
  /** By tier name, in order of tier id. */
  readonly byTier: Readonly<Record<string, MetricValues>>;
  readonly latency: readonly LatencyDistribution[];
  readonly timeline: CapacityTimeline;
}

/** Start latencies of the requests of one tier that took one path, as a staircase. */
export interface LatencyDistribution {
  readonly tier: string;
  readonly path: StartPath;
  readonly requests: number;
  /** At most 400 points (latency, number of requests at or below it), ascending. */
  readonly points: readonly (readonly [latencyMs: number, atMost: number])[];
}

export const START_PATHS = ["warm", "shadow", "late", "resumed", "cold"] as const;
export type StartPath = (typeof START_PATHS)[number];

export const CAPACITY_PARTS = ["used", "slack", "starting", "idle", "shadow", "headroom", "free"] as const;
export type CapacityPart = (typeof CAPACITY_PARTS)[number];

/** Mean capacity by part over bins of equal length: unit of the resource, one number a bin. `free` null if capacity is unlimited. */
export interface CapacityTimeline {
  readonly startMs: number;
  readonly binMs: number;
  readonly bins: number;
  readonly parts: Readonly<Record<CapacityPart, Readonly<Record<ResourceName, readonly number[]>> | null>>;
}
