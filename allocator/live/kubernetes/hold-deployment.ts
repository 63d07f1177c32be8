import { Superseded } from "../leadership.ts";
import { type ApiClient, ApiError, onlyAbsent } from "./api-client.ts";
import { type HoldOrder, holdManifest, scaleManifest } from "./hold-manifest.ts";
import type { Deployment } from "./objects.ts";
import { MANAGER } from "./pod-names.ts";
import { versionOf } from "./pod-view.ts";

/** Its status changes while its pods come and go; what would not end is given up. */
const MOST_TRIES = 20;

/**
 * The Deployments whose pods hold capacity. A process that leads applies the shape of each once; how many pods one has it writes to
 * `/scale` alone, as autoscalers and people do, and only as it saw the Deployment last: where another process has applied it since, the API
 * server refuses, also what was on its way for an hour. Nothing is forced: replicas that another manager has stay as they are.
 */
export class HoldDeployment {
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #signal: AbortSignal;
  /** Ids of those that this process has applied. */
  readonly #applied = new Set<string>();

  constructor(api: ApiClient, namespace: string, signal: AbortSignal) {
    this.#api = api;
    this.#path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    this.#signal = signal;
  }

  /** Makes it where it is not there. @throws ApiError, 409 where it has another owner; Superseded where another process leads. */
  async hold(order: HoldOrder): Promise<void> {
    const name = holdManifest(order).metadata.name;
    await this.#scaled(name, await this.#read(name), order);
  }

  /** One that is there is to have no pods; one that is not, is not made. @throws like `hold` */
  async letGo(order: HoldOrder): Promise<void> {
    const name = holdManifest(order).metadata.name;
    const found = await this.#read(name);
    if (found !== null) await this.#scaled(name, found, { ...order, replicas: 0 });
  }

  async #scaled(name: string, found: Deployment | null, order: HoldOrder): Promise<void> {
    const isApplied = found !== null && this.#applied.has(found.metadata.uid);
    const deployment = isApplied ? found : await this.#inShape(name, found, order);
    await this.#scale(name, deployment, order.epoch, order.replicas);
  }

  /**
   * A Deployment that is applied without replicas begins with one pod, which may cost a node. So it is made with as many as are wanted,
   * which `/scale` then has to own, too, before they are left out: what nobody owns any more would be 1 again. One that is there from a
   * version of PRAE that applied replicas, or from a process that ended in between, is handed over likewise.
   */
  async #inShape(name: string, found: Deployment | null, order: HoldOrder): Promise<Deployment> {
    const shape = holdManifest(order);
    const there = found ?? (await this.#apply(name, { ...shape, spec: { replicas: order.replicas, ...shape.spec } }));
    if (appliesReplicas(there)) await this.#scale(name, there, order.epoch, there.spec.replicas);
    const applied = await this.#apply(name, shape);
    this.#applied.add(applied.metadata.uid);
    return applied;
  }

  async #scale(name: string, found: Deployment, ourEpoch: number, replicas: number): Promise<void> {
    for (let seen = found, tries = 1; ; tries += 1) {
      const { uid, resourceVersion, epoch } = versionOf(seen);
      if (epoch > ourEpoch)
        throw new Superseded(`another process has ${name}: its epoch is ${epoch}, that of this one ${ourEpoch}`);
      try {
        await this.#apply(`${name}/scale`, scaleManifest(seen, replicas));
        return;
      } catch (error) {
        if (!(error instanceof ApiError && error.reason === "Conflict") || tries === MOST_TRIES) throw error;
        const now = await this.#read(name);
        // It is as it was seen: then not its version stands in the way, but another owner.
        if (now?.metadata.uid !== uid || now.metadata.resourceVersion === resourceVersion) throw error;
        seen = now;
      }
    }
  }

  #apply(path: string, body: object): Promise<Deployment> {
    const request = { method: "PATCH", path: `${this.#path}/${path}`, query: { fieldManager: MANAGER }, body } as const;
    return this.#api.insist<Deployment>({ ...request, contentType: "application/apply-patch+yaml" }, this.#signal);
  }

  #read(name: string): Promise<Deployment | null> {
    return this.#api.insist<Deployment>({ method: "GET", path: `${this.#path}/${name}` }, this.#signal).catch(onlyAbsent);
  }
}

/** Whether its replicas are among what was applied as a part of the whole, and not through `/scale`. */
export function appliesReplicas({ metadata }: Pick<Deployment, "metadata">): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager, operation, subresource, fieldsV1 }) =>
      manager === MANAGER &&
      operation === "Apply" &&
      (subresource ?? "") === "" &&
      Object.hasOwn((fieldsV1?.["f:spec"] ?? {}) as object, "f:replicas"),
  );
}
