import type { NodeId } from "../../allocator/core/ids.ts";
import { NO_RESOURCES, type Resources } from "../../allocator/core/resources.ts";
import type { StartPath } from "../../sim/run-record.ts";
import type { CellRow } from "./cell-ledger.ts";
import type { UserTrack } from "./user-ledger.ts";

/** Amounts that change in place: this runs several times an event. */
export class Amounts implements Resources {
  cpuMillis = 0;
  memoryMiB = 0;
  gpuMillis = 0;
  networkKbps = 0;

  /** Adds `times` × `other`; `times` is 1 or −1. */
  add(other: Resources, times: 1 | -1): void {
    this.cpuMillis += times * other.cpuMillis;
    this.memoryMiB += times * other.memoryMiB;
    this.gpuMillis += times * other.gpuMillis;
    this.networkKbps += times * other.networkKbps;
  }
}

export interface Tier {
  readonly name: string;
  readonly targetStartMs: number;
}

export interface App {
  readonly shared: boolean;
}

export class User {
  /** Index of the tier. */
  readonly tier: number;
  /** Where what the user holds is kept by block. */
  readonly cells: CellRow;
  /** The user's own series; `null` where none are kept. */
  readonly track: UserTrack | null;
  /** R. */
  reserved: Resources = NO_RESOURCES;
  /** Σ sizes of the user's own instances. */
  readonly own = new Amounts();
  /** The day of the window that `dayDecisions` counts. */
  day = 0;
  dayDecisions = 0;

  constructor(tier: number, cells: CellRow, track: UserTrack | null) {
    this.tier = tier;
    this.cells = cells;
    this.track = track;
  }
}

/** `starting` and `resuming` end with `instance_ready`. */
export type Phase = "starting" | "ready" | "suspended" | "resuming";

export class Instance {
  readonly app: App;
  size: Resources;
  phase: Phase = "starting";
  /** `null`: a shadow. */
  owner: User | null;
  node: NodeId | null;
  placedMs: number;
  /** The decision that started it: its launch or its last resumption, as `decision_failed` would name it. */
  startSeq: number;
  startIndex: number;
  /** Bound to it: executing if it is ready, else waiting for that. */
  readonly requests: Request[] = [];
  /** Σ requested of `requests`. */
  readonly requested = new Amounts();

  constructor(app: App, owner: User | null, size: Resources, node: NodeId | null, seq: number, index: number) {
    this.app = app;
    this.owner = owner;
    this.size = size;
    this.node = node;
    this.placedMs = Number.POSITIVE_INFINITY;
    this.startSeq = seq;
    this.startIndex = index;
  }
}

export class Request {
  readonly user: User;
  /** Index of the tier. */
  readonly tier: number;
  /** Where it is counted by block. */
  readonly cells: CellRow;
  readonly requested: Resources;
  readonly arrivedMs: number;
  /** Arrived in the window. */
  readonly counted: boolean;
  instance: Instance | null = null;
  /** Set by the first bind. */
  path: StartPath | null = null;
  /** Set by the first start. */
  startedMs: number | null = null;
  violated = false;
  /** When it was last bound, or last began to wait for an instance. */
  sinceMs: number;
  /** Where the present run began. */
  executingSinceMs = 0;
  /** Parts of the start latency so far: without an instance; with one that has no place yet. */
  queueMs = 0;
  nodeMs = 0;

  constructor(user: User, tier: number, cells: CellRow, requested: Resources, arrivedMs: number, counted: boolean) {
    this.user = user;
    this.tier = tier;
    this.cells = cells;
    this.requested = requested;
    this.arrivedMs = arrivedMs;
    this.counted = counted;
    this.sinceMs = arrivedMs;
  }
}
