import type { FailureReason } from "../../core/events.ts";
import type { InstanceId } from "../../core/ids.ts";
import { add, NO_RESOURCES, type Resources } from "../../core/resources.ts";
import type { BelievedInstance, Outcome } from "../ports.ts";
import type { Pod } from "./objects.ts";
import { type LaunchToken, type PodVersion, type PodView, viewPod } from "./pod-view.ts";

/** A change of size that is under way. */
interface Resizing {
  readonly token: LaunchToken;
  readonly from: Resources;
  readonly to: Resources;
}

/** An instance that the run takes to be there. */
interface Known {
  launchedBy: LaunchToken | null;
  /** Of its pod; `null`: not seen yet. */
  version: PodVersion | null;
  node: string | null;
  isReady: boolean;
  /** It was told to stop. */
  isStopping: boolean;
  /** Once its pod is gone, it is suspended. */
  isSuspending: boolean;
  /** It has no pod, and may be given one again. */
  isSuspended: boolean;
  /** It is being given one again. */
  isResuming: boolean;
  resizing: Resizing | null;
  size: Resources | null;
  /** The label of the user that it is of; `null`: a shadow, or not seen yet. */
  owner: string | null;
  sinceMs: number;
  unschedulableSinceMs: number | null;
  nominatedNode: string | null;
}

export interface InstanceBoardParts {
  readonly report: (outcome: Outcome) => void;
  /** The pod is of no more use: it ended, or nothing more is expected of it. */
  readonly remove: (instance: InstanceId) => void;
  /** The instance is no more: nothing of it is to stay. */
  readonly over: (instance: InstanceId) => void;
  readonly nowMs: () => number;
  /** How long the scheduler may look for a node, and a pod may take to be ready. */
  readonly unschedulableLimitMs: number;
  readonly startLimitMs: number;
}

/**
 * Instances that the run takes to be there, and what their pods say of them: each change is told once. Pods of other instances are passed
 * over: reconciling ends them.
 */
export class InstanceBoard {
  readonly #parts: InstanceBoardParts;
  readonly #known = new Map<InstanceId, Known>();

  constructor(parts: InstanceBoardParts) {
    this.#parts = parts;
  }

  /** As the run takes it to be when it begins. */
  believe({ instance, phase, node }: BelievedInstance): void {
    this.#known.set(instance, {
      ...this.#fresh(null),
      node,
      isReady: phase === "ready",
      isStopping: phase === "stopping",
      isSuspended: phase === "suspended",
    });
  }

  launched(instance: InstanceId, token: LaunchToken, size: Resources): void {
    const known = this.#known.get(instance);
    if (known === undefined) this.#known.set(instance, { ...this.#fresh(token), size });
    else known.launchedBy = token;
  }

  stopping(instance: InstanceId): void {
    const known = this.#known.get(instance);
    if (known !== undefined) known.isStopping = true;
  }

  /** Once its pod is gone, that is told. @returns whether it is known, and not suspended already. */
  suspending(instance: InstanceId): boolean {
    const known = this.#known.get(instance);
    if (known === undefined || known.isSuspended) return false;
    known.isSuspending = true;
    return true;
  }

  /** It has been put aside, as whoever asks what is there is told. */
  setAside(instance: InstanceId): void {
    const known = this.#known.get(instance);
    if (known !== undefined) putAside(known);
  }

  /** @returns whether it is known, and not there already. */
  resuming(instance: InstanceId, token: LaunchToken): boolean {
    const known = this.#known.get(instance);
    if (known === undefined || known.isReady) return false;
    known.launchedBy = token;
    known.isSuspended = false;
    known.isResuming = true;
    known.sinceMs = this.#parts.nowMs();
    return true;
  }

  /** @returns whether it is known. */
  resizing(instance: InstanceId, token: LaunchToken, to: Resources): boolean {
    const known = this.#known.get(instance);
    if (known === undefined) return false;
    known.resizing = { token, from: known.resizing?.from ?? known.size ?? to, to };
    return true;
  }

  has(instance: InstanceId): boolean {
    return this.#known.has(instance);
  }

  /** Its pod, as it was last seen. */
  versionOf(instance: InstanceId): PodVersion | null {
    return this.#known.get(instance)?.version ?? null;
  }

  sizeOf(instance: InstanceId): Resources | null {
    return this.#known.get(instance)?.size ?? null;
  }

  /** What users have on nodes, by their label. One that has none yet still needs what is held for it. */
  byOwner(): Map<string, Resources> {
    const sums = new Map<string, Resources>();
    for (const { owner, size, node, isSuspended } of this.#known.values())
      if (!isSuspended && owner !== null && size !== null && node !== null)
        sums.set(owner, add(sums.get(owner) ?? NO_RESOURCES, size));
    return sums;
  }

  /** Nothing more is told of it. */
  forget(instance: InstanceId): void {
    this.#known.delete(instance);
  }

  /** The world would not launch it, and has nothing of it, or would not resume it, and it stays suspended. */
  launchFailed(instance: InstanceId, reason: FailureReason): void {
    const known = this.#known.get(instance);
    const token = known?.launchedBy;
    if (known?.isResuming === true) putAside(known);
    else this.#over(instance);
    if (token != null) this.#parts.report(failed(token, reason));
  }

  /** It never will be as large as it was told to be: what it was is what it is. */
  resizeFailed(instance: InstanceId, reason: FailureReason): void {
    const known = this.#known.get(instance);
    if (known?.resizing == null) return;
    const { token, from } = known.resizing;
    known.resizing = null;
    this.#parts.report(failed(token, reason));
    this.#parts.report({ kind: "instance_resized", instance, size: from });
  }

  changed(pod: Pod): void {
    const view = viewPod(pod);
    const known = view === null ? undefined : this.#known.get(view.instance);
    if (view === null || known === undefined || known.isSuspended || isAnother(known.version, view.version)) return;
    known.version = view.version;
    known.launchedBy ??= view.launchedBy;
    known.owner = view.owner;
    known.unschedulableSinceMs = view.isUnschedulable ? (known.unschedulableSinceMs ?? this.#parts.nowMs()) : null;
    known.nominatedNode = view.nominatedNode;
    if (view.node !== null && known.node !== view.node) {
      known.node = view.node;
      this.#parts.report({ kind: "instance_placed", instance: view.instance, node: view.node });
    }
    if (view.phase === "ready" && !known.isReady) {
      known.isReady = true;
      known.isResuming = false;
      this.#parts.report({ kind: "instance_ready", instance: view.instance });
    }
    this.#sizeChanged(view, known);
    if (view.phase === "ended") this.#ended(view.instance, known);
  }

  gone(pod: Pod): void {
    const view = viewPod(pod);
    const known = view === null ? undefined : this.#known.get(view.instance);
    if (view === null || known === undefined || known.isSuspended || isAnother(known.version, view.version)) return;
    this.#podGone(view.instance, known);
  }

  /** Its pod was to be deleted, and there is none. */
  absent(instance: InstanceId): void {
    const known = this.#known.get(instance);
    if (known !== undefined && (known.isStopping || known.isSuspending)) this.#podGone(instance, known);
  }

  /** The node is no more, and so is what ran there: the run knows that already. */
  nodeGone(node: string): void {
    for (const [instance, known] of [...this.#known]) {
      if (known.node !== node) continue;
      this.#parts.remove(instance);
      this.#over(instance);
    }
  }

  /** Gives up what has taken too long to start. */
  giveUp(): void {
    const { nowMs, startLimitMs, unschedulableLimitMs } = this.#parts;
    const now = nowMs();
    for (const [instance, known] of [...this.#known]) {
      if (known.isReady || known.isStopping || known.launchedBy === null) continue;
      if (known.isSuspending) continue;
      const isHomeless = known.unschedulableSinceMs !== null && now - known.unschedulableSinceMs >= unschedulableLimitMs;
      if (!isHomeless && now - known.sinceMs < startLimitMs) continue;
      this.launchFailed(instance, isHomeless ? "no_capacity" : "timeout");
      this.#parts.remove(instance);
    }
  }

  /** Nodes on which the scheduler made room for an instance, but has not placed it there for so long. */
  strandedOn(afterMs: number): ReadonlySet<string> {
    const nodes = new Set<string>();
    for (const { node, nominatedNode, unschedulableSinceMs: sinceMs } of this.#known.values()) {
      if (node !== null || nominatedNode === null || sinceMs === null) continue;
      if (this.#parts.nowMs() - sinceMs >= afterMs) nodes.add(nominatedNode);
    }
    return nodes;
  }

  #sizeChanged({ instance, resize, size }: PodView, known: Known): void {
    const { resizing } = known;
    if (resizing === null) {
      known.size = size;
      return;
    }
    if (resize === "infeasible") return this.resizeFailed(instance, "no_capacity");
    const isAsTold = size.cpuMillis === resizing.to.cpuMillis && size.memoryMiB === resizing.to.memoryMiB;
    if (resize !== "done" || !isAsTold) return;
    known.size = resizing.to;
    known.resizing = null;
    this.#parts.report({ kind: "instance_resized", instance, size: resizing.to });
  }

  #ended(instance: InstanceId, known: Known): void {
    this.#parts.remove(instance);
    if (known.isStopping || known.isSuspending) return; // it is told once the pod is gone
    if (!known.isReady && known.launchedBy !== null) return this.launchFailed(instance, "launch_failed");
    this.#over(instance);
    this.#parts.report({ kind: "instance_lost", instance });
  }

  #podGone(instance: InstanceId, known: Known): void {
    if (known.isSuspending && !known.isStopping) {
      putAside(known);
      return this.#parts.report({ kind: "instance_suspended", instance });
    }
    this.#over(instance);
    this.#parts.report({ kind: known.isStopping ? "instance_stopped" : "instance_lost", instance });
  }

  #over(instance: InstanceId): void {
    if (this.#known.delete(instance)) this.#parts.over(instance);
  }

  #fresh(launchedBy: LaunchToken | null): Known {
    return {
      launchedBy,
      version: null,
      node: null,
      isReady: false,
      isStopping: false,
      isSuspending: false,
      isSuspended: false,
      isResuming: false,
      resizing: null,
      size: null,
      owner: null,
      sinceMs: this.#parts.nowMs(),
      unschedulableSinceMs: null,
      nominatedNode: null,
    };
  }
}

/** The node stays known: it is resumed there. */
function putAside(known: Known): void {
  known.isSuspended = true;
  known.isResuming = false;
  known.isReady = false;
  known.isSuspending = false;
  known.resizing = null;
  known.launchedBy = null;
  known.version = null;
  known.unschedulableSinceMs = null;
  known.nominatedNode = null;
}

/** Whether it is another pod of the same name. */
function isAnother(known: PodVersion | null, seen: PodVersion): boolean {
  return known !== null && known.uid !== seen.uid;
}

function failed({ seq, index }: LaunchToken, reason: FailureReason): Outcome {
  return { kind: "decision_failed", decisionSeq: seq, decisionIndex: index, reason };
}
