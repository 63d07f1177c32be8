import { setTimeout as sleep } from "node:timers/promises";
import type { Because, Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import type { AppId, InstanceId, NodeId, PoolId, RequestId, TierId, UserId } from "../../allocator/core/ids.ts";
import type { Resources } from "../../allocator/core/resources.ts";
import { Directory } from "../../allocator/live/directory.ts";
import type { HeldUnits } from "../../allocator/live/kubernetes/capacity-hold.ts";
import { type KubernetesOptions, KubernetesPlatform } from "../../allocator/live/kubernetes/kubernetes-platform.ts";
import type { BelievedInstance, Outcome } from "../../allocator/live/ports.ts";
import { ALONE } from "./fence.ts";

const BECAUSE: Because = { rule: "arrival", batchIndex: -1, levelPpm: 0, factorPpm: 1_000_000, guardrail: "none", rung: "none" };

export const SIZE: Resources = { cpuMillis: 500, memoryMiB: 256, gpuMillis: 0, networkKbps: 0 };

/** Without its token. */
type Wish = Decision extends infer D ? (D extends Decision ? Omit<D, "seq" | "index" | "because"> : never) : never;

type DeskOptions = Pick<KubernetesOptions, "kubeconfig" | "runId" | "client"> &
  Partial<Pick<KubernetesOptions, "unschedulableLimitMs" | "volumes" | "hold">>;

/** Decides in a core's place: gives decisions tokens, names to ids, and writes down what comes of them. */
export class Desk {
  readonly directory = new Directory();
  readonly outcomes: Outcome[] = [];
  /** What the platform logs. */
  readonly log: string[] = [];
  /** What it tells of how much is held, by tier. */
  readonly units: [string, HeldUnits][] = [];
  #seq = 0;
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.learn({
      kind: "tier_defined",
      tier: 0 as TierId,
      name: "gold",
      targetStartMs: 0,
      priority: 1,
      levelPpm: 1,
      mayPreempt: false,
    });
    this.learn({ kind: "pool_defined", pool: 0 as PoolId, name: "general", unlimited: false, provisionMs: 0, elastic: null });
    for (const [user, name] of ["alice", "Bob O'Neill <bob@example.org>"].entries())
      this.learn({
        ...{ kind: "user_defined", user: user as UserId, name, tier: 0 as TierId, role: "", timeZone: "UTC" },
        ...{ permissions: null, optOut: [] },
      });
    for (const [app, name] of ["notebook", "unpictured"].entries())
      this.learn({
        ...{ kind: "app_defined", app: app as AppId, name, shape: SIZE, coldStartMs: 0, resumeMs: 0 },
        ...{ shared: false, concurrency: 1 },
      });
  }

  /** A platform as a restarted process would make it. */
  platform(fence = ALONE): KubernetesPlatform {
    return new KubernetesPlatform({
      fence,
      ...{ context: null, namespace: "prae", graceSeconds: 1, unschedulableLimitMs: 60_000, startLimitMs: 180_000 },
      volumes: new Map(),
      names: this.directory,
      tiers: [{ name: "gold", priority: 1 }],
      ...{ objects: null, metricsEveryMs: null, tokenReview: null },
      hold: null,
      pools: [{ name: "general", unlimited: false }],
      log: (what) => this.log.push(what),
      onHeldUnits: (tier, units) => this.units.push([tier, units]),
      images: new Map([["notebook", "registry.example/notebook:1"]]),
      ...this.#options,
    });
  }

  async start(platform: KubernetesPlatform, instances: readonly BelievedInstance[] = []): Promise<void> {
    await platform.start((outcome) => this.#happened(outcome), { instances, nodes: [] });
  }

  decide(wish: Wish): Decision {
    const index = 0;
    this.#seq += 1;
    return { ...wish, seq: this.#seq, index, because: BECAUSE } as Decision;
  }

  launch(instance: number, user: UserId | null, size = SIZE, app = 0): Decision {
    const place = { pool: 0 as PoolId, node: null, request: null };
    return this.decide({ kind: "launch", instance: instance as InstanceId, app: app as AppId, user, size, ...place });
  }

  request(name: string, user: UserId): RequestId {
    const request = this.directory.nextRequest;
    this.learn({ kind: "request_arrived", request, name, user, app: 0 as AppId, requested: SIZE, tier: 0 as TierId });
    return request;
  }

  /** Of that kind and, where one is given, of that instance or node. */
  said(kind: Outcome["kind"], of?: number | string): Outcome[] {
    return this.outcomes.filter(
      (one) =>
        one.kind === kind &&
        (of === undefined || ("instance" in one && one.instance === of) || ("node" in one && one.node === of)),
    );
  }

  async until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 180_000): Promise<void> {
    const limit = performance.now() + limitMs;
    while (!(await holds())) {
      if (performance.now() > limit)
        throw new Error(
          `waited ${limitMs} ms until ${what}; last: ${JSON.stringify([this.outcomes.slice(-5), this.log.slice(-3)])}`,
        );
      await sleep(20);
    }
  }

  #happened(outcome: Outcome): void {
    if (outcome.kind === "node_ready" || outcome.kind === "node_shared") {
      const node = (this.directory.find("node", outcome.node) ?? this.directory.next("node")) as NodeId;
      this.learn({ ...outcome, node, name: outcome.node });
    }
    this.outcomes.push(outcome);
  }

  learn(event: AllocatorEvent extends infer E ? (E extends AllocatorEvent ? Omit<E, "seq" | "atMs"> : never) : never): void {
    this.directory.onStep({ ...event, seq: this.#seq, atMs: 0 } as AllocatorEvent, []);
  }
}
