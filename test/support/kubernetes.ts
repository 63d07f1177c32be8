/** The control plane that `.ci/kubernetes` has started, as tests use it: one file after another, each of which finds it empty. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ApiClient, ApiError, type ApiRequest } from "../../allocator/live/kubernetes/api-client.ts";
import { readKubeconfig } from "../../allocator/live/kubernetes/kubeconfig.ts";
import type { Node, Pod } from "../../allocator/live/kubernetes/objects.ts";
import { isReady, type PlaceOfPlane, pidFile, writeKubeconfig } from "./control-plane.ts";
import { until } from "./server-process.ts";
import { skipUnless } from "./skip.ts";

/** The file that says where it is; `null`: there is none. */
const place = process.env["PRAE_KUBERNETES_PLANE"] ?? null;

export const kubernetesTest = skipUnless(place !== null, "no control plane here: .ci/kubernetes builds and starts one");

const LIMIT_MS = 180_000;
export const MANIFESTS = "allocator/live/kubernetes/manifests";
/** Those that are for what not every run does. */
const MORE = ["hold", "objects", "volumes", "metrics", "token-review"];
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

  /** A service account's own kubeconfig, with a token that the API server makes for it. */
  async serviceAccountKubeconfig(namespace: string, name: string, server = this.#place.server): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
    const { status } = await this.admin.request<{ status: { token: string } }>({ method: "POST", path, body });
    return writeKubeconfig(this.#place, server, name, status.token);
  }

  /** @returns what the real kubectl says, asked by whoever may do anything. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const { parts, folder, admin } = this.#place;
    const env = { ...process.env, KUBECONFIG: admin, KUBECACHEDIR: join(folder, "kubectl-cache") };
    return (await promisify(execFile)(join(parts, "kubectl"), [...args], { env })).stdout;
  }

  /** What whoever looks into a test that waited in vain would ask first. */
  async describe(): Promise<string> {
    const kinds = "nodes,persistentvolumes,persistentvolumeclaims,pods,events";
    const [shown, pods] = await Promise.all([
      this.kubectl("get", "-n", "prae", "-o", "wide", kinds),
      this.kubectl("get", "-n", "prae", "pods", "-o", "jsonpath={range .items[*]}{.metadata.name} {.status}{'\\n'}{end}"),
    ]);
    return `${shown}\n${pods}`;
  }

  /** Applies what is not part of every run's manifests. */
  async apply(name: string): Promise<void> {
    await this.kubectl("apply", "-f", `${MANIFESTS}/${name}.yaml`);
  }

  /** Deletes what manifests have made, and waits until it is gone. */
  async unapply(...names: readonly string[]): Promise<void> {
    const files = names.flatMap((name) => ["-f", `${MANIFESTS}/${name}.yaml`]);
    await this.kubectl("delete", "--ignore-not-found", ...files);
  }

  /** As the README has it. */
  applyManifests(): Promise<string> {
    return this.kubectl("apply", "-k", MANIFESTS);
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

  /** A volume of 1 GiB that is there for a claim of that class; nothing mounts it. */
  async addVolume(name: string, storageClassName: string): Promise<void> {
    const spec = {
      storageClassName,
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: `/${name}` },
    };
    const body = { apiVersion: "v1", kind: "PersistentVolume", metadata: { name }, spec };
    await this.admin.request({ method: "POST", path: "/api/v1/persistentvolumes", body });
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
    await this.unapply(...MORE);
    await this.kubectl("delete", "--ignore-not-found", "crd", "capacitybuffers.autoscaling.x-k8s.io");
    await this.kubectl("delete", "--ignore-not-found", "apiservice", "v1beta1.metrics.k8s.io");
    await this.kubectl("delete", "--ignore-not-found", "-n", "kube-system", "service", "prae-test-metrics");
    for (const path of [
      ...["deployments", "replicasets"].map((plural) => `/apis/apps/v1${NAMESPACE}/${plural}`),
      `/apis/coordination.k8s.io/v1${NAMESPACE}/leases`,
    ])
      await this.#without({ method: "DELETE", path });
    const left = [
      ...["nodes", "persistentvolumes"].map((plural) => `/api/v1/${plural}`),
      ...["pods", "persistentvolumeclaims"].map((plural) => `/api/v1${NAMESPACE}/${plural}`),
    ];
    await until(
      "nothing is left",
      async () => {
        for (const path of left) await this.#without({ method: "DELETE", path, body: { gracePeriodSeconds: 0 } });
        const lists = await Promise.all(left.map((path) => this.admin.request<{ items: unknown[] }>({ method: "GET", path })));
        return lists.every(({ items }) => items.length === 0);
      },
      { limitMs: LIMIT_MS },
    );
    await until("the scheduler knows that no node is left", () => this.#schedulerHasNoNode(), { limitMs: LIMIT_MS });
  }

  /** It hears of what is deleted some time after; until then it places pods on nodes that are gone. */
  async #schedulerHasNoNode(): Promise<boolean> {
    const path = "/api/v1/namespaces/default/pods";
    const body = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "probe" },
      spec: { containers: [{ name: "probe", image: "none" }] },
    };
    await this.admin.request({ method: "POST", path, body });
    let tried: { readonly message?: string; readonly status: string } | undefined;
    await until("the probe was tried", async () => {
      const { status } = await this.admin.request<Pod>({ method: "GET", path: `${path}/probe` });
      tried = status?.conditions?.find(({ type }) => type === "PodScheduled");
      return tried !== undefined;
    });
    await this.admin.request({ method: "DELETE", path: `${path}/probe`, body: { gracePeriodSeconds: 0 } });
    return /no nodes available/.test(tried?.message ?? "");
  }

  /** Where what is meant is not there, that is as well. */
  async #without(request: ApiRequest): Promise<void> {
    await this.admin.request(request).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
