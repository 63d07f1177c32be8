import { LiveError } from "../live-error.ts";
import type { Fence } from "../ports.ts";
import { WriteQueue } from "../write-queue.ts";
import { type ApiClient, ApiError, onlyAbsent } from "./api-client.ts";
import type { KubernetesObject, Pod } from "./objects.ts";
import { ANNOTATION, LABEL, MANAGER } from "./pod-names.ts";
import { versionOf } from "./pod-view.ts";

interface Lease {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: { readonly leaseTransitions?: number };
}

const WRITES_AT_A_TIME = 16;

/**
 * Tells the cluster who leads: a Lease says the epoch, against which the API server admits new pods, and pods that are there bear it. Where
 * whoever led before may be asleep, all pods are marked: that makes each another version than the one that it has seen.
 */
export class EpochFence {
  readonly #api: ApiClient;
  readonly #namespace: string;
  readonly #runId: string;
  readonly #fence: Fence;
  readonly #signal: AbortSignal;

  constructor(api: ApiClient, namespace: string, runId: string, fence: Fence, signal: AbortSignal) {
    this.#api = api;
    this.#namespace = namespace;
    this.#runId = runId;
    this.#fence = fence;
    this.#signal = signal;
  }

  /** @throws LiveError where the cluster knows of a higher epoch, or may not be told. */
  async raise(): Promise<void> {
    const { epoch } = this.#fence;
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#namespace)}/leases`;
    const name = `${MANAGER}-${this.#runId}`;
    const path = `${leases}/${name}`;
    const spec = { leaseTransitions: epoch };
    try {
      for (;;) {
        try {
          const lease = await this.#api.insist<Lease | null>({ method: "GET", path }, this.#signal).catch(onlyAbsent);
          if (lease === null) {
            const labels = { [LABEL.managedBy]: MANAGER, [LABEL.run]: this.#runId };
            const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name, labels }, spec };
            await this.#api.insist({ method: "POST", path: leases, query: { fieldManager: MANAGER }, body }, this.#signal);
          } else {
            const found = lease.spec?.leaseTransitions ?? 0;
            if (found > epoch) throw higher(path, found, epoch);
            const body = { metadata: { resourceVersion: lease.metadata.resourceVersion }, spec };
            const contentType = "application/merge-patch+json";
            const query = { fieldManager: MANAGER };
            await this.#api.insist({ method: "PATCH", path, query, contentType, body }, this.#signal);
          }
          return;
        } catch (error) {
          if (!(error instanceof ApiError) || error.status !== 409) throw error;
        }
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const expected = "a Lease that says who leads";
      throw new LiveError([{ path, expected, found: `${error.status} ${error.message}`, hint: "apply the manifests again" }]);
    }
  }

  /** Marks the pods, or claims, of those who led before, unless they are known to be no more. @param path of them all. */
  async takeOver(objects: Iterable<KubernetesObject>, path: string): Promise<void> {
    const { epoch, isClean } = this.#fence;
    if (isClean) return;
    const failures: unknown[] = [];
    const queue = new WriteQueue(WRITES_AT_A_TIME);
    let key = 0;
    for (const object of objects) {
      if (versionOf(object).epoch >= epoch) continue;
      const { name, uid } = object.metadata;
      const body = { metadata: { uid, annotations: { [ANNOTATION.epoch]: String(epoch) } } };
      const request = { method: "PATCH", path: `${path}/${name}`, query: { fieldManager: MANAGER }, body } as const;
      const contentType = "application/merge-patch+json";
      queue.add(key++, async () => {
        try {
          await this.#api.insist({ ...request, contentType }, this.#signal);
        } catch (error) {
          // Gone meanwhile, or another of its name: that one is not the old leader's to write to either.
          if (!(error instanceof ApiError && (error.status === 404 || error.status === 409))) failures.push(error);
        }
      });
    }
    await queue.idle();
    if (failures.length > 0) throw failures[0];
  }

  /** A pod that whoever led before made after it had been taken over. */
  isLate(pod: Pod): boolean {
    return !this.#fence.isClean && versionOf(pod).epoch < this.#fence.epoch;
  }
}

function higher(path: string, found: number, epoch: number): LiveError {
  const expected = `${epoch} or less, the epoch of this process`;
  const hint = "another process leads; where --state came from a backup, delete this Lease once nothing else has the run";
  return new LiveError([{ path, expected, found: String(found), hint }]);
}
