import { type ApiClient, ApiError, onlyAbsent } from "./api-client.ts";
import { HoldDeployment } from "./hold-deployment.ts";
import { bufferManifest, bufferTemplateManifest, type HoldOrder, type Manifest, priorityClassManifest } from "./hold-manifest.ts";
import { MANAGER } from "./pod-names.ts";

const BUFFERS = "/apis/autoscaling.x-k8s.io";
/** The newest first. */
const BUFFER_VERSIONS = ["v1", "v1beta1", "v1alpha1"];

/** Applies what holds a tier's headroom: a Deployment of pods that give way, or a CapacityBuffer, where the cluster has those. */
export class HoldWriter {
  readonly #api: ApiClient;
  readonly #namespace: string;
  readonly #signal: AbortSignal;
  readonly #deployment: HoldDeployment;
  /** Of CapacityBuffers in this cluster; `null`: it has none that were seen. */
  #version: string | null = null;
  /** Tiers whose Deployments, from a time without buffers, hold nothing more, or never were. */
  readonly #letGo = new Set<string>();

  constructor(api: ApiClient, namespace: string, signal: AbortSignal) {
    this.#api = api;
    this.#namespace = namespace;
    this.#signal = signal;
    this.#deployment = new HoldDeployment(api, namespace, signal);
  }

  /** @param rank of the tier, 0: the lowest. @throws ApiError, 409 where it has another owner. */
  async apply(order: HoldOrder, rank: number): Promise<void> {
    try {
      await this.#applyNow(order, rank);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404) || this.#version === null) throw error;
      this.#version = null; // buffers may have been taken away
      await this.#applyNow(order, rank);
    }
  }

  async #applyNow(order: HoldOrder, rank: number): Promise<void> {
    const { by } = order.hold;
    if (by !== "pods") this.#version ??= await this.#served();
    if (this.#version !== null) return this.#applyBuffer(order, this.#version);
    if (by === "buffers") throw new ApiError(404, "NotFound", "the cluster has no CapacityBuffers");
    return this.#applyPods(order, rank);
  }

  async #applyPods(order: HoldOrder, rank: number): Promise<void> {
    await this.#applyOne("/apis/scheduling.k8s.io/v1/priorityclasses", priorityClassManifest(order.tier, rank));
    await this.#deployment.hold(order);
    this.#letGo.delete(order.tier);
  }

  async #applyBuffer(order: HoldOrder, version: string): Promise<void> {
    const namespace = `/namespaces/${this.#namespace}`;
    await this.#applyOne(`/api/v1${namespace}/podtemplates`, bufferTemplateManifest(order));
    await this.#applyOne(
      `${BUFFERS}/${version}${namespace}/capacitybuffers`,
      bufferManifest(order, `${BUFFERS.slice(6)}/${version}`),
    );
    if (this.#letGo.has(order.tier)) return;
    await this.#deployment.letGo(order);
    this.#letGo.add(order.tier);
  }

  async #applyOne(path: string, body: Manifest): Promise<void> {
    const request = { method: "PATCH", path: `${path}/${body.metadata.name}`, query: { fieldManager: MANAGER } } as const;
    await this.#api.insist({ ...request, contentType: "application/apply-patch+yaml", body }, this.#signal);
  }

  /** The newest version of CapacityBuffers that the cluster has; their group has others' kinds, too. */
  async #served(): Promise<string | null> {
    for (const version of BUFFER_VERSIONS) {
      const found = await this.#api
        .insist<{ resources?: readonly { name: string }[] }>({ method: "GET", path: `${BUFFERS}/${version}` }, this.#signal)
        .catch(onlyAbsent);
      if (found?.resources?.some(({ name }) => name === "capacitybuffers") === true) return version;
    }
    return null;
  }
}
