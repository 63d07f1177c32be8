/** The control plane that `.ci/kubernetes` has started, as tests use it: one file after another, each of which finds it empty. */
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { ApiClient, ApiError, type ApiRequest } from "../../allocator/live/kubernetes/api-client.ts";
import { readKubeconfig } from "../../allocator/live/kubernetes/kubeconfig.ts";
import type { Node } from "../../allocator/live/kubernetes/objects.ts";
import { isReady, type PlaceOfPlane, pidFile, writeKubeconfig } from "./control-plane.ts";
import { until } from "./server-process.ts";
import { skipUnless } from "./skip.ts";

/** The file that says where it is; `null`: there is none. */
const place = process.env["PRAE_KUBERNETES_PLANE"] ?? null;

export const kubernetesTest = skipUnless(place !== null, "no control plane here: .ci/kubernetes builds and starts one");

const LIMIT_MS = 180_000;
const MANIFESTS = "allocator/live/kubernetes/manifests";
/** What a run needs in any case; the others are for what not every run does. */
const BASE = ["prae", "fence"];
const MORE = ["hold", "objects"];
const NAMESPACE = "/namespaces/prae";

export class KubernetesCluster {
  readonly #place: PlaceOfPlane;
  /** May do anything. */
  readonly admin: ApiClient;

  private constructor(where: PlaceOfPlane) {
    this.#place = where;
    this.admin = new ApiClient(readKubeconfig(where.admin, null));
  }

  /** The control plane, without what those who used it before have left there. */
  static async take(): Promise<KubernetesCluster> {
    const cluster = new KubernetesCluster(JSON.parse(readFileSync(place as string, "utf8")) as PlaceOfPlane);
    await cluster.#clear();
    return cluster;
  }

  /** Where the API server is, and the files of the certificate that it shows. */
  get server(): { readonly url: string; readonly cert: string; readonly key: string } {
    const { server, certificate, key } = this.#place;
    return { url: server, cert: certificate, key };
  }

  /** A kubeconfig that may do anything. */
  get kubeconfig(): string {
    return this.#place.admin;
  }

  /** A service account's own kubeconfig, with a token that the API server makes for it. */
  async serviceAccountKubeconfig(namespace: string, name: string, server = this.#place.server): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
    const { status } = await this.admin.request<{ status: { token: string } }>({ method: "POST", path, body });
    return writeKubeconfig(this.#place, server, name, status.token);
  }

  /** Applies the documents of one of the manifests. */
  async apply(name: string): Promise<void> {
    const request = { method: "PATCH", query: { fieldManager: "test" }, contentType: "application/apply-patch+yaml" } as const;
    for (const object of objectsOf(name)) await this.admin.request({ ...request, path: pathOf(object), body: object });
  }

  /** Deletes what one of the manifests has made. */
  async unapply(name: string): Promise<void> {
    for (const object of objectsOf(name)) await this.#without({ method: "DELETE", path: pathOf(object) });
  }

  /** What `kubectl apply -k` does: [kustomize.kubernetes.ts](../kubernetes/kustomize.kubernetes.ts). */
  async applyManifests(): Promise<void> {
    for (const name of BASE) await this.apply(name);
  }

  /** A node on which KWOK pretends to be the kubelet. */
  async addNode(name: string, pool: string, allocatable: Readonly<Record<string, string>>): Promise<void> {
    const body = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels: { "prae.dev/pool": pool, "kubernetes.io/hostname": name } },
      status: { allocatable: { pods: "110", ...allocatable }, capacity: { pods: "110", ...allocatable } },
    };
    await this.admin.request<Node>({ method: "POST", path: "/api/v1/nodes", body });
  }

  /** Ends one part as a crash would; it comes back after two seconds. */
  async kill(part: string): Promise<void> {
    const pid = Number(readFileSync(pidFile(this.#place, part), "utf8"));
    process.kill(pid, "SIGKILL");
    await until(`${part} has ended`, () => !isAlive(pid));
  }

  /** Until the API server is ready. */
  async ready(): Promise<void> {
    await until("the API server is ready", () => isReady(this.admin), { limitMs: LIMIT_MS });
  }

  close(): void {
    this.admin.close();
  }

  async #clear(): Promise<void> {
    await this.ready();
    for (const name of MORE) await this.unapply(name);
    for (const path of [
      ...["deployments", "replicasets"].map((plural) => `/apis/apps/v1${NAMESPACE}/${plural}`),
      `/apis/coordination.k8s.io/v1${NAMESPACE}/leases`,
    ])
      await this.#without({ method: "DELETE", path });
    const left = ["/api/v1/nodes", `/api/v1${NAMESPACE}/pods`];
    await until(
      "nothing is left",
      async () => {
        for (const path of left) await this.#without({ method: "DELETE", path, body: { gracePeriodSeconds: 0 } });
        const lists = await Promise.all(left.map((path) => this.admin.request<{ items: unknown[] }>({ method: "GET", path })));
        return lists.every(({ items }) => items.length === 0);
      },
      { limitMs: LIMIT_MS },
    );
  }

  /** Where what is meant is not there, that is as well. */
  async #without(request: ApiRequest): Promise<void> {
    await this.admin.request(request).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    });
  }
}

interface AppliedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

function objectsOf(name: string): AppliedObject[] {
  return parseAllDocuments(readFileSync(`${MANIFESTS}/${name}.yaml`, "utf8")).map((document) => document.toJS() as AppliedObject);
}

function pathOf({ apiVersion, kind, metadata }: AppliedObject): string {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = kind.toLowerCase().replace(/y$/, "ie").replace(/s$/, "se").concat("s");
  const namespace = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${group}${namespace}/${plural}/${encodeURIComponent(metadata.name)}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
