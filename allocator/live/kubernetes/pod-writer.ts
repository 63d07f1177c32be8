import type { InstanceId } from "../../core/ids.ts";
import { Superseded } from "../leadership.ts";
import { type ApiClient, ApiError, type ApiRequest } from "./api-client.ts";
import type { KubernetesObject, Pod } from "./objects.ts";
import { ANNOTATION, MANAGER, podName } from "./pod-names.ts";
import { type PodVersion, versionOf } from "./pod-view.ts";

/** A pod's status changes while it starts; what would not end is given up. */
const MOST_TRIES = 20;

/**
 * Writes to the pods of a run, or to its claims, which have the same names. What is there already is written to only as it was last seen, which the API server checks: a pod that
 * another process has taken over since is left as it is, also by a request that was on its way for an hour.
 */
export class PodWriter<T extends KubernetesObject = Pod> {
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #runId: string;
  readonly #epoch: number;
  readonly #signal: AbortSignal;

  constructor(api: ApiClient, path: string, runId: string, epoch: number, signal: AbortSignal) {
    this.#api = api;
    this.#path = path;
    this.#runId = runId;
    this.#epoch = epoch;
    this.#signal = signal;
  }

  /** @throws ApiError, `AlreadyExists` where the instance has one. */
  async create(body: object): Promise<void> {
    await this.#insist({ method: "POST", path: this.#path, query: { fieldManager: MANAGER }, body });
  }

  /** One that is there already, by the same decision, is the one that is meant. @throws ApiError */
  async createOnce(instance: InstanceId, token: string, body: object): Promise<void> {
    try {
      await this.create(body);
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
      const found = await this.read(instance).catch(() => null);
      if (found?.metadata.annotations?.[ANNOTATION.token] !== token) throw error;
    }
  }

  read(instance: InstanceId): Promise<T> {
    return this.#insist<T>({ method: "GET", path: this.#pathOf(instance) });
  }

  /**
   * @param seen `null`: it was not yet. @param patch what is merged, beside the version that is meant.
   * @throws ApiError; Superseded where another process has the pod by now.
   */
  change(instance: InstanceId, seen: PodVersion | null, patch: PodPatch): Promise<T> {
    const { subresource, contentType, body } = patch;
    const path = `${this.#pathOf(instance)}${subresource === undefined ? "" : `/${subresource}`}`;
    return this.#onlyAsSeen(instance, seen, ({ uid, resourceVersion }) => {
      const metadata = { ...body.metadata, uid, resourceVersion };
      const query = { fieldManager: MANAGER };
      return this.#insist<T>({ method: "PATCH", path, query, contentType, body: { ...body, metadata } });
    });
  }

  /** One of the same name that somebody made since is left alone. @throws like `change` */
  async remove(instance: InstanceId, seen: PodVersion | null, gracePeriodSeconds: number): Promise<void> {
    await this.#onlyAsSeen(instance, seen, ({ uid, resourceVersion }) => {
      const body = { gracePeriodSeconds, preconditions: { uid, resourceVersion } };
      return this.#insist({ method: "DELETE", path: this.#pathOf(instance), body });
    });
  }

  async #onlyAsSeen<R>(instance: InstanceId, seen: PodVersion | null, write: (version: PodVersion) => Promise<R>): Promise<R> {
    let version = seen ?? versionOf(await this.read(instance));
    for (let tries = 1; ; tries += 1) {
      const { uid, epoch } = version;
      if (epoch > this.#epoch)
        throw new Superseded(
          `another process has ${podName(this.#runId, instance)}: its epoch is ${epoch}, that of this one ${this.#epoch}`,
        );
      try {
        return await write(version);
      } catch (error) {
        if (!(error instanceof ApiError) || error.reason !== "Conflict" || tries === MOST_TRIES) throw error;
        version = versionOf(await this.read(instance));
        if (version.uid !== uid) throw error;
      }
    }
  }

  #insist<R>(request: ApiRequest): Promise<R> {
    return this.#api.insist<R>(request, this.#signal);
  }

  #pathOf(instance: InstanceId): string {
    return `${this.#path}/${podName(this.#runId, instance)}`;
  }
}

export interface PodPatch {
  readonly subresource?: "resize";
  readonly contentType: string;
  readonly body: { readonly metadata?: object; readonly spec?: object };
}
