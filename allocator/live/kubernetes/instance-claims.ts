import type { InstanceId } from "../../core/ids.ts";
import { type ApiClient, ApiError, onlyAbsent } from "./api-client.ts";
import type { VolumeSettings } from "./kubernetes-document.ts";
import type { Pod, VolumeClaim } from "./objects.ts";
import { ANNOTATION, instanceOf, LABEL, MANAGER, podName } from "./pod-names.ts";
import { PodWriter } from "./pod-writer.ts";
import { listAll } from "./reflector.ts";

const MERGE = "application/merge-patch+json";

/**
 * The claims of a run's instances, each named as its instance's pod: what an instance has written there is there again when it is resumed. A
 * claim says whether its instance is suspended, by which decision, and with which pod it is resumed.
 */
export class InstanceClaims {
  readonly path: string;
  readonly #api: ApiClient;
  readonly #runId: string;
  readonly #epoch: number;
  readonly #signal: AbortSignal;
  readonly #writer: PodWriter<VolumeClaim>;

  constructor(api: ApiClient, namespace: string, runId: string, epoch: number, signal: AbortSignal) {
    this.path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/persistentvolumeclaims`;
    this.#api = api;
    this.#runId = runId;
    this.#epoch = epoch;
    this.#signal = signal;
    this.#writer = new PodWriter<VolumeClaim>(api, this.path, runId, epoch, signal);
  }

  get selection(): { path: string; labelSelector: string } {
    return { path: this.path, labelSelector: `${LABEL.run}=${this.#runId}` };
  }

  /** All that there are. @throws ApiError */
  async all(): Promise<readonly VolumeClaim[]> {
    return (await listAll<VolumeClaim>(this.#api, this.selection, this.#signal)).items;
  }

  /** One that is there already is the instance's, from a launch that was cut off. @throws ApiError */
  async create(instance: InstanceId, token: string, { sizeMiB, storageClass }: VolumeSettings): Promise<void> {
    try {
      await this.#writer.create(claimManifest(this.#runId, instance, token, this.#epoch, sizeMiB, storageClass));
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
    }
  }

  /**
   * Notes that the instance is suspended by the decision, and the pod that it has, to be resumed with one like it.
   * @param pod `null`: it has none any more. @returns whether it is noted, now or before. @throws ApiError; Superseded
   */
  async putAside(instance: InstanceId, token: string, pod: Pod | null): Promise<boolean> {
    const claim = await this.#writer.read(instance).catch(onlyAbsent);
    if (claim === null) return false;
    if (claim.metadata.annotations?.[ANNOTATION.suspendedBy] === token) return true;
    if (pod === null) return false;
    const annotations = { [ANNOTATION.suspendedBy]: token, [ANNOTATION.pod]: JSON.stringify(likeIt(pod)) };
    await this.#annotate(instance, annotations);
    return true;
  }

  /** The pod that the instance is resumed with by the decision; `null`: it is not suspended, nor was it. @throws ApiError */
  async resumedPod(instance: InstanceId, token: string): Promise<object | null> {
    const claim = await this.#writer.read(instance).catch(onlyAbsent);
    const text = claim?.metadata.annotations?.[ANNOTATION.pod];
    if (text === undefined) return null;
    const { labels, annotations, spec } = JSON.parse(text) as LikeIt;
    const by = { [ANNOTATION.token]: token, [ANNOTATION.epoch]: String(this.#epoch) };
    const metadata = { name: podName(this.#runId, instance), labels, annotations: { ...annotations, ...by } };
    return { apiVersion: "v1", kind: "Pod", metadata, spec };
  }

  /** Notes that it is not suspended any more. @throws ApiError; Superseded */
  async takeUp(instance: InstanceId): Promise<void> {
    await this.#annotate(instance, { [ANNOTATION.suspendedBy]: null });
  }

  /** The instance is no more. @throws ApiError; Superseded */
  async remove(instance: InstanceId): Promise<void> {
    await this.#writer.remove(instance, null, 0).catch(onlyAbsent);
  }

  async #annotate(instance: InstanceId, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.#writer.change(instance, null, { contentType: MERGE, body: { metadata: { annotations } } });
  }
}

/** Whose it is; `null`: no instance's. */
export function claimOf({ metadata }: VolumeClaim): { readonly instance: InstanceId; readonly isSuspended: boolean } | null {
  const instance = instanceOf(metadata.labels);
  if (instance === null || metadata.deletionTimestamp !== undefined) return null;
  return { instance, isSuspended: metadata.annotations?.[ANNOTATION.suspendedBy] !== undefined };
}

/** A pod as far as another is to be like it. */
interface LikeIt {
  readonly labels: object;
  readonly annotations: object;
  readonly spec: object;
}

/** On which node it is, is for the scheduler to find out again, from what it was told when it was launched. */
function likeIt({ metadata, spec }: Pod): LikeIt {
  const { nodeName: _, ...rest } = spec;
  return { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {}, spec: rest };
}

function claimManifest(
  runId: string,
  instance: InstanceId,
  token: string,
  epoch: number,
  sizeMiB: number,
  storageClass: string | null,
): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: podName(runId, instance),
      labels: { [LABEL.managedBy]: MANAGER, [LABEL.run]: runId, [LABEL.instance]: String(instance) },
      annotations: { [ANNOTATION.token]: token, [ANNOTATION.epoch]: String(epoch) },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: `${sizeMiB}Mi` } },
      ...(storageClass === null ? {} : { storageClassName: storageClass }),
    },
  };
}
