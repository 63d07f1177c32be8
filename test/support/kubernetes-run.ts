/** `prae live --target kubernetes` in a namespace of a control plane of one's own, as its service account. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pod } from "../../allocator/live/kubernetes/objects.ts";
import type { KubernetesCluster } from "./kubernetes.ts";
import { type LiveProcess, liveProcess, writeFleet } from "./live-process.ts";
import { json, testFolder } from "./prae.ts";
import { examplePromotion, storeWith } from "./promotion.ts";

const PODS = "/api/v1/namespaces/prae/pods";

export class KubernetesRun {
  readonly state: string;
  readonly bearer: string;
  /** Of `prae live`. */
  readonly args: readonly string[];
  readonly #cluster: KubernetesCluster;
  readonly #started: LiveProcess[] = [];

  private constructor(
    cluster: KubernetesCluster,
    folder: string,
    kubeconfig: string,
    users: readonly string[],
    policy: string,
    more: object,
  ) {
    const path = (name: string) => join(folder, name);
    this.#cluster = cluster;
    this.state = path("state");
    writeFleet(path("fleet.yaml"), users, 0);
    const settings = { kubeconfig, namespace: "prae", images: { notebook: "registry.example/notebook:1" }, grace: "1s", ...more };
    writeFileSync(path("kubernetes.yaml"), JSON.stringify(settings));
    this.bearer = json(["tokens", "add", path("tokens.yaml"), "--name", "hub", "--scopes", "request,usage,read"]).token as string;
    const { store } = storeWith(path("promotions"), examplePromotion(policy));
    const files = ["--fleet", path("fleet.yaml"), "--state", this.state, "--tokens", path("tokens.yaml")];
    const target = ["--target", "kubernetes", "--kubernetes", path("kubernetes.yaml")];
    this.args = ["--promotion", "active", "--store", store.folder, ...files, "--rate", "100000", ...target];
  }

  /** @param name of its folder. @param more settings of the cluster. */
  static async prepare(
    cluster: KubernetesCluster,
    name: string,
    users: readonly string[],
    policy: string,
    more: object = {},
  ): Promise<KubernetesRun> {
    return KubernetesRun.with(cluster, name, await cluster.serviceAccountKubeconfig("prae", "prae"), users, policy, more);
  }

  /** As whoever the kubeconfig is of. */
  static with(
    cluster: KubernetesCluster,
    name: string,
    kubeconfig: string,
    users: readonly string[],
    policy: string,
    more: object = {},
  ): KubernetesRun {
    return new KubernetesRun(cluster, testFolder(name), kubeconfig, users, policy, more);
  }

  async start(...more: string[]): Promise<LiveProcess> {
    const live = await liveProcess([...this.args, ...more], this.bearer);
    this.#started.push(live);
    return live;
  }

  /** All that this run ever launched and that is still there. */
  async pods(): Promise<readonly Pod[]> {
    const { items } = await this.#cluster.admin.request<{ items: Pod[] }>({ method: "GET", path: PODS });
    return items.filter(({ metadata }) => metadata.name.startsWith(this.#podPrefix));
  }

  /** Waits until the cluster has as many pods as the run has instances, and all are ready: nothing leaked, and nothing lost. */
  async settled({ send }: LiveProcess, limitMs = 180_000): Promise<void> {
    const limit = performance.now() + limitMs;
    for (;;) {
      const { instances } = (await (await send("GET", "/v1/fleet")).json()) as { instances: Record<string, number> };
      const pods = await this.pods();
      const kept = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length;
      const isReadyAll = Object.keys(instances).every((phase) => phase === "ready");
      if (isReadyAll && kept === pods.length && kept === (instances["ready"] ?? 0)) return;
      if (performance.now() > limit)
        throw new Error(`${pods.length} pods, ${kept} of them kept; the run's instances: ${JSON.stringify(instances)}`);
      await sleep(50);
    }
  }

  /** Whether the journal, in a fresh process, gives the same decisions; and how many events it has. */
  replay(): { readonly same: boolean; readonly ended: boolean; readonly events: number } {
    return json(["replay", this.state]) as never;
  }

  killAll(): void {
    for (const { child } of this.#started) {
      child.kill("SIGCONT");
      child.kill("SIGKILL");
    }
  }

  get #podPrefix(): string {
    return `prae-${readFileSync(join(this.state, "run-id"), "utf8").trim()}-`;
  }
}
