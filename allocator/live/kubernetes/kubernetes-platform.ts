import { setTimeout as sleep } from "node:timers/promises";
import type { Bind, Decision, Launch, Preempt, Resize } from "../../core/decisions.ts";
import type { FailureReason } from "../../core/events.ts";
import type { InstanceId, NodeId, PoolId } from "../../core/ids.ts";
import { LiveError } from "../live-error.ts";
import type { Believed, Fence, Names, Observation, Outcome, Platform } from "../ports.ts";
import { SeenTokens } from "../seen-tokens.ts";
import { WriteQueue } from "../write-queue.ts";
import { ApiClient, type ApiClientOptions, ApiError } from "./api-client.ts";
import { CapacityHold, type HeldTier, type HeldUnits } from "./capacity-hold.ts";
import { EpochFence } from "./epoch-fence.ts";
import { InstanceBoard } from "./instance-board.ts";
import { InstanceClaims } from "./instance-claims.ts";
import { connectionOf, namespaceOf } from "./kubeconfig.ts";
import type { KubernetesSettings } from "./kubernetes-document.ts";
import { NodeBoard } from "./node-board.ts";
import type { Node, Pod } from "./objects.ts";
import { type OtherPod, OtherPods, othersOf } from "./other-pods.ts";
import { bindingPatch, podManifest, resizePatch } from "./pod-manifest.ts";
import { checkRunId, instanceOf, LABEL, labelValue, podName } from "./pod-names.ts";
import { PodSuspension } from "./pod-suspension.ts";
import { viewPod } from "./pod-view.ts";
import { PodWriter } from "./pod-writer.ts";
import { listAll, Reflector } from "./reflector.ts";
import { messageOf, reasonOf, tokenOf } from "./refusals.ts";
import { ResourceMapping } from "./resource-mapping.ts";

export interface KubernetesOptions extends KubernetesSettings {
  /** Part of the pods' names: no two runs in one namespace may have the same. */
  readonly runId: string;
  readonly names: Names;
  readonly fence: Fence;
  /** All pools of the run. A node of the cluster is in the one that its label `prae.dev/pool` names. */
  readonly pools: readonly { readonly name: string; readonly unlimited: boolean }[];
  readonly tiers: readonly HeldTier[];
  readonly client?: ApiClientOptions;
  readonly log?: (what: string) => void;
  /** Told whenever it may have changed, where capacity is held. */
  readonly onHeldUnits?: (tier: string, units: HeldUnits) => void;
}

const WRITES_AT_A_TIME = 16;
const LOOK_EVERY_MS = 1_000;
/** A scheduler that made room places what it made it for within a second. */
const STRANDED_MS = 3_000;
/** On a stop, what was submitted is given so long to be written; a restart submits the rest again. */
const DRAIN_MS = 5_000;
const NODES = { path: "/api/v1/nodes", labelSelector: LABEL.pool };

/** Instances as pods of a Kubernetes cluster. What each decision comes to there: README of this folder. */
export class KubernetesPlatform implements Platform {
  readonly name = "kubernetes";
  readonly #options: KubernetesOptions;
  readonly #api: ApiClient;
  readonly #podsPath: string;
  readonly #fence: EpochFence;
  readonly #pods: PodWriter;
  readonly #mapping = new ResourceMapping();
  readonly #instances: InstanceBoard;
  readonly #suspension: PodSuspension;
  readonly #hold: CapacityHold | null;
  readonly #queue = new WriteQueue(WRITES_AT_A_TIME);
  readonly #seen = new SeenTokens();
  readonly #ended = new AbortController();
  #report: (outcome: Outcome) => void = () => {};
  #started: () => void = () => {};
  readonly #isStarted = new Promise<void>((resolve) => {
    this.#started = resolve;
  });
  #hasTakenOver = false;
  #following: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** @throws LiveError where the run id or the kubeconfig cannot be used. */
  constructor(options: KubernetesOptions) {
    checkRunId(options.runId);
    this.#options = options;
    const connection = connectionOf(options);
    this.#api = new ApiClient(connection, { ...options.client, mayWrite: () => options.fence.check() });
    const namespace = namespaceOf(options, connection);
    this.#podsPath = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    const { signal } = this.#ended;
    this.#fence = new EpochFence(this.#api, namespace, options.runId, options.fence, signal);
    this.#pods = new PodWriter(this.#api, this.#podsPath, options.runId, options.fence.epoch, signal);
    this.#hold = this.#newHold(namespace);
    this.#instances = new InstanceBoard({
      report: (outcome) => this.#report(outcome),
      remove: (instance) => this.#queue.add(instance, () => this.#delete(instance, 0)),
      over: (instance) => this.#queue.add(instance, () => this.#suspension.removeClaim(instance)),
      nowMs: () => performance.now(),
      unschedulableLimitMs: options.unschedulableLimitMs,
      startLimitMs: options.startLimitMs,
    });
    this.#suspension = new PodSuspension({
      claims:
        options.volumes.size === 0 ? null : new InstanceClaims(this.#api, namespace, options.runId, options.fence.epoch, signal),
      ...{ pods: this.#pods, instances: this.#instances, queue: this.#queue, signal },
      remove: (instance) => this.#delete(instance, options.graceSeconds),
      fail: (decision, reason) => this.#fail(decision, reason),
      troubled: (what, instance, error) => this.#log(`${what} of ${podName(options.runId, instance)}: ${messageOf(error)}`),
    });
  }

  async start(report: (outcome: Outcome) => void, { instances: believed }: Believed): Promise<void> {
    this.#report = report;
    const othersTake = new OtherPods((node) => nodeBoard.othersChanged(node));
    const nodeBoard = new NodeBoard({
      ...{ pools: this.#poolIds(), mapping: this.#mapping, report },
      others: (node) => othersTake.on(node),
      nowMs: () => performance.now(),
    });
    for (const instance of believed) this.#instances.believe(instance);
    const troubled = (what: string) => this.#log(what);
    const nodes = new Reflector<Node>(this.#api, NODES, {
      changed: (node) => nodeBoard.changed(node),
      gone: (node) => {
        nodeBoard.gone(node);
        this.#instances.nodeGone(node.metadata.name);
      },
      troubled,
    });
    const others = new Reflector<Pod>(this.#api, othersOf(this.#options.runId), {
      keep: (pod) => othersTake.keep(pod),
      changed: (pod) => othersTake.changed(pod as OtherPod),
      gone: (pod) => othersTake.gone(pod),
      troubled,
    });
    const pods = new Reflector<Pod>(this.#api, this.#selection, {
      changed: (pod) => {
        this.#instances.changed(pod);
        this.#endLate(pod);
        this.#hold?.changed();
      },
      gone: (pod) => {
        this.#instances.gone(pod);
        this.#hold?.changed();
      },
      troubled,
    });
    const { signal } = this.#ended;
    await this.#reach();
    await this.#fence.raise();
    // What any node defines, before the first is said to be ready: how much each has depends on it.
    for (const node of (await listAll<Node>(this.#api, NODES, signal)).items) this.#mapping.learn(node.status?.allocatable ?? {});
    await others.list(signal);
    await nodes.list(signal);
    await pods.list(signal);
    await this.#fence.takeOver(pods.objects, this.#podsPath);
    await this.#suspension.begin(pods.objects, believed, this.#fence);
    this.#hasTakenOver = true;
    this.#following = Promise.all([nodes, others, pods].map((one) => one.follow(signal)));
    this.#timer = setInterval(() => this.#lookAfter(nodeBoard), LOOK_EVERY_MS).unref();
    this.#started();
  }

  async observe(): Promise<Observation> {
    const { signal } = this.#ended;
    const ours = this.#poolIds();
    const suspended = await this.#suspension.marked();
    const [nodes, pods] = await Promise.all([
      listAll<Node>(this.#api, NODES, signal),
      listAll<Pod>(this.#api, this.#selection, signal),
    ]);
    const withPod = new Set(pods.items.map((pod) => instanceOf(pod.metadata.labels)));
    return {
      nodes: nodes.items
        .filter((node) => ours.has(node.metadata.labels?.[LABEL.pool] ?? ""))
        .map(({ metadata }) => metadata.name),
      instances: [
        ...pods.items.flatMap((pod) => {
          const view = viewPod(pod);
          if (view === null || view.phase === "ended") return [];
          return [{ instance: view.instance, phase: view.phase, node: view.node }];
        }),
        ...suspended
          .filter((instance) => !withPod.has(instance))
          .map((instance) => ({ instance, phase: "suspended" as const, node: null })),
      ],
    };
  }

  submit(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (!this.#seen.isNew(decision.seq, decision.index)) continue;
      switch (decision.kind) {
        case "launch":
          this.#instances.launched(decision.instance, decision, decision.size);
          this.#enqueue(decision.instance, () => this.#launch(decision));
          break;
        case "bind":
        case "preempt":
          this.#enqueue(decision.instance, () => this.#bind(decision));
          break;
        case "stop":
          this.#instances.stopping(decision.instance);
          this.#enqueue(decision.instance, () => this.#delete(decision.instance, this.#options.graceSeconds));
          break;
        case "resize":
          this.#enqueue(decision.instance, () => this.#resize(decision));
          break;
        case "suspend":
          this.#enqueue(decision.instance, () => this.#suspension.suspend(decision));
          break;
        case "resume":
          this.#enqueue(decision.instance, () => this.#suspension.resume(decision));
          break;
        case "reserve":
        case "release":
          this.#hold?.decided(decision);
          break;
        case "resize_pool": // prae_pool_nodes tells whoever scales the nodes; the nodes that come say what came of it
          break;
        default:
          break; // entries in the allocator's books
      }
    }
  }

  discard(instance: InstanceId): void {
    this.#instances.forget(instance);
    this.#enqueue(instance, () => this.#delete(instance, this.#options.graceSeconds));
    this.#enqueue(instance, () => this.#suspension.removeClaim(instance));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.race([this.#hold?.stop(), sleep(DRAIN_MS, undefined, { ref: false })]);
    await Promise.race([this.#queue.idle(), sleep(DRAIN_MS, undefined, { ref: false })]);
    this.#report = () => {};
    this.#ended.abort(new Error("the platform was stopped"));
    this.#started();
    await Promise.all([this.#following, this.#queue.idle()]);
    this.#api.close();
  }

  /** What whoever led before launched after its place was taken, and this run knows nothing of. */
  #endLate(pod: Pod): void {
    const instance = viewPod(pod)?.instance;
    if (instance === undefined || !this.#hasTakenOver || !this.#fence.isLate(pod) || this.#instances.has(instance)) return;
    if (pod.metadata.deletionTimestamp !== undefined) return;
    this.#log(`${pod.metadata.name} is ended: a process launched it whose place was taken`);
    this.#queue.add(instance, () => this.#delete(instance, 0));
    this.#queue.add(instance, () => this.#suspension.removeClaim(instance));
  }

  #lookAfter(nodes: NodeBoard): void {
    nodes.look();
    this.#instances.giveUp();
    for (const node of this.#instances.strandedOn(STRANDED_MS)) this.#hold?.wake(node);
  }

  #newHold(namespace: string): CapacityHold | null {
    const { hold, runId, names, tiers, fence, onHeldUnits: onUnits } = this.#options;
    if (hold === null) return null;
    const parts = { api: this.#api, namespace, runId, epoch: fence.epoch, names, tiers, hold, onUnits };
    const log = (what: string) => this.#log(what);
    return new CapacityHold({ ...parts, instances: () => this.#instances.byOwner(), log }, this.#ended.signal);
  }

  /** By label. An unlimited pool has no nodes that the allocator knows of. */
  #poolIds(): ReadonlyMap<string, PoolId> {
    const { names, pools } = this.#options;
    const unlimited = new Set(pools.flatMap(({ name, unlimited }) => (unlimited ? [name] : [])));
    const ids = pools.map((_, id) => id as PoolId).filter((id) => !unlimited.has(names.pool(id)));
    return new Map(ids.map((id) => [labelValue(names.pool(id)), id]));
  }

  get #selection(): { path: string; labelSelector: string } {
    return { path: this.#podsPath, labelSelector: `${LABEL.run}=${this.#options.runId}` };
  }

  /** One try at what the run cannot do without. */
  async #reach(): Promise<void> {
    const needed = [NODES, othersOf(this.#options.runId), this.#selection, ...this.#suspension.selections];
    for (const { path, ...selectors } of needed) {
      try {
        await this.#api.request({ method: "GET", path, query: { ...selectors, limit: "1" } }, this.#ended.signal);
      } catch (error) {
        const hint = error instanceof ApiError ? "see the manifests for what the service account may do" : "see the kubeconfig";
        throw new LiveError([{ path, expected: "an API server that lists it", found: messageOf(error), hint }]);
      }
    }
  }

  async #launch(decision: Launch): Promise<void> {
    const { names, runId, images } = this.#options;
    const { instance, user } = decision;
    const app = names.app(decision.app);
    const image = images.get(app);
    if (image === undefined) {
      this.#log(`launch of ${podName(runId, instance)}: no image is given for the app ${app}`);
      return this.#instances.launchFailed(instance, "launch_failed");
    }
    const token = tokenOf(decision);
    const volume = this.#options.volumes.get(app) ?? null;
    const body = podManifest({
      runId,
      instance,
      token,
      epoch: this.#options.fence.epoch,
      app,
      image,
      user: user === null ? null : names.user(user),
      tier: user === null ? null : names.tierOf(user),
      request: decision.request === null ? null : (names.openRequest(decision.request)?.name ?? null),
      pool: names.pool(decision.pool),
      node: decision.node === null ? null : names.node(decision.node as NodeId),
      size: decision.size,
      asked: this.#mapping.ask(decision.size),
      graceSeconds: this.#options.graceSeconds,
      volumePath: volume?.path ?? null,
    });
    try {
      if (volume !== null) await this.#suspension.createClaim(instance, token, volume);
      await this.#pods.createOnce(instance, token, body);
    } catch (error) {
      this.#log(`launch of ${podName(runId, instance)}: ${messageOf(error)}`);
      if (!this.#ended.signal.aborted) this.#instances.launchFailed(instance, reasonOf(error, "launch_failed"));
    }
  }

  async #bind(decision: Bind | Preempt): Promise<void> {
    const { names, runId } = this.#options;
    const request = decision.kind === "bind" ? names.openRequest(decision.request) : null;
    const { instance } = decision;
    const body = bindingPatch({
      runId,
      token: tokenOf(decision),
      user: request === null ? null : names.user(request.user),
      tier: request === null ? null : names.tierOf(request.user),
      request: request?.name ?? "",
    });
    try {
      const contentType = "application/merge-patch+json";
      await this.#pods.change(instance, this.#instances.versionOf(instance), { contentType, body });
    } catch (error) {
      this.#log(`${decision.kind} of ${podName(runId, instance)}: ${messageOf(error)}`);
      if (!this.#ended.signal.aborted) this.#fail(decision, reasonOf(error, "denied"));
    }
  }

  async #resize(decision: Resize): Promise<void> {
    const { instance, size } = decision;
    if (!this.#instances.resizing(instance, decision, size)) return this.#fail(decision, "unknown_target");
    const before = this.#instances.sizeOf(instance);
    if (before !== null && (before.gpuMillis !== size.gpuMillis || before.networkKbps !== size.networkKbps))
      return this.#instances.resizeFailed(instance, "unsupported");
    try {
      const patched = await this.#pods.change(instance, this.#instances.versionOf(instance), {
        subresource: "resize",
        contentType: "application/strategic-merge-patch+json",
        body: resizePatch(this.#mapping.ask(size)),
      });
      this.#instances.changed(patched); // it may be as large already, and then nothing changes
    } catch (error) {
      this.#log(`resize of ${podName(this.#options.runId, instance)}: ${messageOf(error)}`);
      if (!this.#ended.signal.aborted) this.#instances.resizeFailed(instance, reasonOf(error, "unsupported"));
    }
  }

  async #delete(instance: InstanceId, gracePeriodSeconds: number): Promise<void> {
    try {
      await this.#pods.remove(instance, this.#instances.versionOf(instance), gracePeriodSeconds);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (error instanceof ApiError && (error.status === 404 || error.status === 409)) this.#instances.absent(instance);
      else this.#log(`deletion of ${podName(this.#options.runId, instance)}: ${messageOf(error)}`);
    }
  }

  /** In order with what else is done with the instance, and not before what is there is known. */
  #enqueue(instance: InstanceId, task: () => Promise<void>): void {
    this.#queue.add(instance, async () => {
      await this.#isStarted;
      if (!this.#ended.signal.aborted) await task();
    });
  }

  #fail({ seq, index }: Decision, reason: FailureReason): void {
    this.#report({ kind: "decision_failed", decisionSeq: seq, decisionIndex: index, reason });
  }

  #log(what: string): void {
    this.#options.log?.(what);
  }
}
