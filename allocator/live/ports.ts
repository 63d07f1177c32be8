import type { FailureReason } from "../core/events.ts";
import type { AppId, InstanceId, NodeId, PoolId, RequestId, TierId, UserId } from "../core/ids.ts";
import type { Resources } from "../core/resources.ts";
import type { Actuator } from "../ports.ts";

/** What came of decisions, or befell the world: an event before it is numbered and stamped. Nodes go by the platform's names. */
export type Outcome =
  | { readonly kind: "node_ready"; readonly node: string; readonly pool: PoolId; readonly capacity: Resources }
  | {
      readonly kind: "node_shared";
      readonly node: string;
      readonly pool: PoolId;
      readonly capacity: Resources;
      readonly offered: Resources;
      readonly places: number;
    }
  | { readonly kind: "node_draining" | "node_lost"; readonly node: string }
  | { readonly kind: "instance_placed"; readonly instance: InstanceId; readonly node: string | null }
  | {
      readonly kind: "instance_ready" | "instance_stopped" | "instance_suspended" | "instance_lost";
      readonly instance: InstanceId;
    }
  | { readonly kind: "instance_resized"; readonly instance: InstanceId; readonly size: Resources }
  | {
      readonly kind: "decision_failed";
      readonly decisionSeq: number;
      readonly decisionIndex: number;
      readonly reason: FailureReason;
    };

/** What exists, of all that a run ever launched. */
export interface ObservedInstance {
  readonly instance: InstanceId;
  readonly phase: "starting" | "ready" | "suspended" | "stopping";
  /** By the platform's name; `null`: on none, or not known. */
  readonly node: string | null;
}

/** What is there, as the platform shows it. */
export interface Observation {
  /** Names of the nodes that take instances or drain. */
  readonly nodes: readonly string[];
  readonly instances: readonly ObservedInstance[];
}

/** An instance that a run takes to be there. */
export interface BelievedInstance extends ObservedInstance {
  readonly app: AppId;
}

/** A node that a run takes to be there, by the platform's name. */
export interface BelievedNode {
  readonly node: string;
  readonly pool: PoolId;
  readonly state: "ready" | "draining";
}

/** What a run takes to be there; at its beginning, nothing. */
export interface Believed {
  readonly instances: readonly BelievedInstance[];
  readonly nodes: readonly BelievedNode[];
}

/** The world that a live run acts on. `submit` returns at once; submitting a token (`seq:index`) again does nothing more. */
export interface Platform extends Actuator {
  readonly name: string;
  /**
   * From now on outcomes go to `report`, in the order in which they happened: the nodes there are, first.
   * @param believed what the run takes to be there; a platform that keeps nothing itself goes by that.
   * @throws where it cannot be reached.
   */
  start(report: (outcome: Outcome) => void, believed: Believed): Promise<void>;
  /** For reconciling: what is there. */
  observe(): Promise<Observation>;
  /** Ends an instance that the run knows nothing of. */
  discard(instance: InstanceId): void;
  /** Ends watching; nothing is undone. */
  stop(): Promise<void>;
}

/** Tells a process's writes to the world from those of processes that lead before or after it. */
export interface Fence {
  /** Higher than that of everybody who led before: the fencing token. */
  readonly epoch: number;
  /** Whether whoever led before is known to be no more. Else it may be asleep, and go on with what it was about to write. */
  readonly isClean: boolean;
  /** To be asked right before each write. @throws Superseded where another process leads by now. */
  check(): void;
}

/** Names of what ids stand for, as given to the run. */
export interface Names {
  user(id: UserId): string;
  app(id: AppId): string;
  pool(id: PoolId): string;
  node(id: NodeId): string;
  tier(id: TierId): string;
  tierOf(user: UserId): string;
  /** A request that waits or runs; `null`: it is over. */
  openRequest(id: RequestId): { readonly name: string; readonly user: UserId } | null;
}

/** Where telemetry goes. Each resolves once it is in the journal and synced, and rejects where what it names is not known. */
export interface TelemetrySink {
  usage(observation: { user: string; used: Resources; windowMs: number; saturated: boolean }): Promise<void>;
  arrived(request: { request: string; user: string; app: string; requested: Resources | null }): Promise<void>;
  ended(request: string): Promise<void>;
}

/** One thing that an outside source tells of. */
export type Told =
  | ({ readonly kind: "usage" } & Parameters<TelemetrySink["usage"]>[0])
  | ({ readonly kind: "arrived" } & Parameters<TelemetrySink["arrived"]>[0])
  | { readonly kind: "ended"; readonly request: string };

/** What was left out, because what it names is not known or cannot be. */
export interface LeftOut {
  readonly told: Told;
  readonly why: string;
}

/** Where a source that can be read again goes: how far it was read is in the journal, with what it told. */
export interface SourceSink {
  /** How far the source was taken in; `null`: never. */
  position(source: string): string | null;
  /**
   * Takes in what a source told, in order, and how far it is read now. After a crash all of it is there or none, the position with it.
   * Resolves once that is synced, with what was left out.
   */
  takeIn(source: string, position: string, told: readonly Told[]): Promise<readonly LeftOut[]>;
}

/** The time, and being woken at one. */
export interface Clock {
  nowMs(): number;
  /** @returns how to call it off. */
  wakeAt(atMs: number, wake: () => void): () => void;
}
