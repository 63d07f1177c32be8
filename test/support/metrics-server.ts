/** The metrics API (`metrics.k8s.io`) of a cluster whose kubelets only pretend, behind the API server's aggregation as a real one is. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { Pod } from "../../allocator/live/kubernetes/objects.ts";
import type { KubernetesCluster } from "./kubernetes.ts";

const GROUP = "metrics.k8s.io";
const BASE = `/apis/${GROUP}/v1beta1`;
const API_SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
const SERVICES = "/api/v1/namespaces/kube-system/services";
const NAME = "prae-test-metrics";

export class MetricsServer {
  /** What each pod uses; `undefined`: nothing is known of it. */
  usage: (pod: Pod) => { readonly cpu: string; readonly memory: string } | undefined = () => undefined;
  /** When that was. */
  atMs = Date.now();
  requests = 0;
  readonly #cluster: KubernetesCluster;
  readonly #server: Server;

  private constructor(cluster: KubernetesCluster) {
    this.#cluster = cluster;
    const { cert, key } = cluster.server;
    this.#server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
      this.#answer(new URL(request.url ?? "/", "https://localhost")).then(
        (body) => response.setHeader("content-type", "application/json").end(JSON.stringify(body)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  /** Listens, and is registered: the API server asks it from then on. */
  static async start(cluster: KubernetesCluster): Promise<MetricsServer> {
    const metrics = new MetricsServer(cluster);
    metrics.#server.listen(0, "127.0.0.1");
    await once(metrics.#server, "listening");
    const { port } = metrics.#server.address() as { port: number };
    const { admin } = cluster;
    const spec = { type: "ExternalName", externalName: "localhost" };
    await admin.request({
      method: "POST",
      path: SERVICES,
      body: { apiVersion: "v1", kind: "Service", metadata: { name: NAME }, spec },
    });
    const service = { namespace: "kube-system", name: NAME, port };
    const registered = { group: GROUP, version: "v1beta1", service, insecureSkipTLSVerify: true };
    const body = {
      ...{ apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata: { name: `v1beta1.${GROUP}` } },
      spec: { ...registered, groupPriorityMinimum: 100, versionPriority: 100 },
    };
    await admin.request({ method: "POST", path: API_SERVICES, body });
    return metrics;
  }

  async stop(): Promise<void> {
    const { admin } = this.#cluster;
    await admin.request({ method: "DELETE", path: `${API_SERVICES}/v1beta1.${GROUP}` });
    await admin.request({ method: "DELETE", path: `${SERVICES}/${NAME}` });
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(url: URL): Promise<object> {
    const group = { apiVersion: "v1", groupVersion: `${GROUP}/v1beta1` };
    const version = { groupVersion: `${GROUP}/v1beta1`, version: "v1beta1" };
    if (url.pathname === BASE) {
      const pods = { name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] };
      return { ...group, kind: "APIResourceList", resources: [pods] };
    }
    if (url.pathname === `/apis/${GROUP}`)
      return { apiVersion: "v1", kind: "APIGroup", name: GROUP, versions: [version], preferredVersion: version };
    const match = /^\/apis\/metrics\.k8s\.io\/v1beta1(\/namespaces\/[a-z0-9-]+\/pods)$/.exec(url.pathname);
    if (match === null) return { apiVersion: "v1", kind: "Status", status: "Failure", code: 404 };
    this.requests += 1;
    const query = { labelSelector: url.searchParams.get("labelSelector") ?? "" };
    const { items } = await this.#cluster.admin.request<{ items: Pod[] }>({ method: "GET", path: `/api/v1${match[1]}`, query });
    return {
      ...{ apiVersion: `${GROUP}/v1beta1`, kind: "PodMetricsList", metadata: {} },
      items: items.flatMap((pod) => {
        const usage = this.usage(pod);
        if (usage === undefined) return [];
        const { name, namespace, labels } = pod.metadata as Pod["metadata"] & { namespace: string };
        const metadata = { name, namespace, labels };
        const timestamp = new Date(this.atMs).toISOString().replace(/\.\d+/, "");
        return [{ metadata, timestamp, window: "15s", containers: [{ name: "app", usage }] }];
      }),
    };
  }
}
