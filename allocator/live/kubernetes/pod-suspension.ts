import type { Decision, Resume, Suspend } from "../../core/decisions.ts";
import type { FailureReason } from "../../core/events.ts";
import type { InstanceId } from "../../core/ids.ts";
import type { BelievedInstance } from "../ports.ts";
import type { WriteQueue } from "../write-queue.ts";
import { onlyAbsent } from "./api-client.ts";
import type { EpochFence } from "./epoch-fence.ts";
import type { InstanceBoard } from "./instance-board.ts";
import { claimOf, type InstanceClaims } from "./instance-claims.ts";
import type { VolumeSettings } from "./kubernetes-document.ts";
import type { Pod } from "./objects.ts";
import { instanceOf } from "./pod-names.ts";
import { viewPod } from "./pod-view.ts";
import type { PodWriter } from "./pod-writer.ts";
import { reasonOf, tokenOf } from "./refusals.ts";

export interface PodSuspensionParts {
  /** `null`: no app has any, and none can be suspended. */
  readonly claims: InstanceClaims | null;
  readonly pods: PodWriter;
  readonly instances: InstanceBoard;
  readonly queue: WriteQueue;
  readonly signal: AbortSignal;
  /** Deletes the pod, which is given its time to end. */
  readonly remove: (instance: InstanceId) => Promise<void>;
  readonly fail: (decision: Decision, reason: FailureReason) => void;
  readonly troubled: (what: string, instance: InstanceId, error: unknown) => void;
}

/** Suspends instances and resumes them: what a claim says of its instance is there after a crash, and what is submitted again goes by it. */
export class PodSuspension {
  readonly #parts: PodSuspensionParts;

  constructor(parts: PodSuspensionParts) {
    this.#parts = parts;
  }

  /** What it has to be allowed to list. */
  get selections(): readonly { readonly path: string; readonly labelSelector: string }[] {
    const { claims } = this.#parts;
    return claims === null ? [] : [claims.selection];
  }

  /** Instances whose claims say that they are suspended: those of them that have no pod are. @throws ApiError */
  async marked(): Promise<readonly InstanceId[]> {
    const claims = (await this.#parts.claims?.all()) ?? [];
    return claims.flatMap((claim) => {
      const found = claimOf(claim);
      return found?.isSuspended === true ? [found.instance] : [];
    });
  }

  /** What the claims say of instances that have no pod, or are about to have none; those that are of no more use go. */
  async begin(pods: Iterable<Pod>, believed: readonly BelievedInstance[], fence: EpochFence): Promise<void> {
    const { claims, instances, queue } = this.#parts;
    if (claims === null) return;
    const all = await claims.all();
    await fence.takeOver(all, claims.path);
    const isEnding = new Map([...pods].map((pod) => [instanceOf(pod.metadata.labels), viewPod(pod)?.phase === "stopping"]));
    const starting = new Set(believed.flatMap(({ instance, phase }) => (phase === "starting" ? [instance] : [])));
    for (const claim of all) {
      const { instance, isSuspended = false } = claimOf(claim) ?? {};
      if (instance === undefined) continue;
      const ending = isEnding.get(instance);
      if (!isSuspended && ending === undefined && !starting.has(instance)) queue.add(instance, () => this.removeClaim(instance));
      else if (isSuspended && ending === undefined) instances.setAside(instance);
      else if (isSuspended && ending === true) instances.suspending(instance);
      else if (isSuspended) queue.add(instance, () => this.#takeUp(instance));
    }
  }

  async createClaim(instance: InstanceId, token: string, volume: VolumeSettings): Promise<void> {
    await this.#parts.claims?.create(instance, token, volume);
  }

  /** The claim is told first: where this process ends in between, what is there says how it is to go on. */
  async suspend(decision: Suspend): Promise<void> {
    const { claims, pods, instances, remove, fail, troubled, signal } = this.#parts;
    const { instance } = decision;
    if (!instances.has(instance)) return fail(decision, "unknown_target");
    try {
      const pod = await pods.read(instance).catch(onlyAbsent);
      const isNoted = await claims?.putAside(instance, tokenOf(decision), pod);
      if (isNoted !== true) return fail(decision, "unsupported");
    } catch (error) {
      troubled("suspension", instance, error);
      if (!signal.aborted) fail(decision, reasonOf(error, "denied"));
      return;
    }
    if (instances.suspending(instance)) await remove(instance);
  }

  /** The mark goes once there is a pod again. */
  async resume(decision: Resume): Promise<void> {
    const { claims, pods, instances, fail, troubled, signal } = this.#parts;
    const { instance } = decision;
    const token = tokenOf(decision);
    let body: object | null = null;
    try {
      body = (await claims?.resumedPod(instance, token)) ?? null;
    } catch (error) {
      troubled("resumption", instance, error);
      if (!signal.aborted) fail(decision, reasonOf(error, "denied"));
      return;
    }
    if (body === null) return fail(decision, "unsupported");
    if (!instances.resuming(instance, decision)) return fail(decision, "unknown_target");
    try {
      await pods.createOnce(instance, token, body);
    } catch (error) {
      troubled("resumption", instance, error);
      if (!signal.aborted) instances.launchFailed(instance, reasonOf(error, "launch_failed"));
      return;
    }
    await this.#takeUp(instance);
  }

  /** The instance is no more. */
  async removeClaim(instance: InstanceId): Promise<void> {
    await this.#parts.claims?.remove(instance).catch((error: unknown) => this.#claimTroubled(instance, error));
  }

  async #takeUp(instance: InstanceId): Promise<void> {
    await this.#parts.claims?.takeUp(instance).catch((error: unknown) => this.#claimTroubled(instance, error));
  }

  #claimTroubled(instance: InstanceId, error: unknown): void {
    if (!this.#parts.signal.aborted) this.#parts.troubled("claim", instance, error);
  }
}
