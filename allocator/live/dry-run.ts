import type { Decision, Launch, ResizePool } from "../core/decisions.ts";
import type { AppId, InstanceId } from "../core/ids.ts";
import type { Resources } from "../core/resources.ts";
import { DryNodes, type Filling } from "./dry-nodes.ts";
import type { Fleet, FleetApp } from "./fleet.ts";
import type { Believed, Clock, Names, Observation, ObservedInstance, Outcome, Platform } from "./ports.ts";
import { SeenTokens } from "./seen-tokens.ts";

interface DryInstance extends Filling {
  readonly app: AppId;
  size: Resources;
  phase: ObservedInstance["phase"];
  /** Calls off what is to happen to it; `null`: nothing is. */
  cancel: (() => void) | null;
}

/**
 * A platform that does nothing: it says what would come of each decision if start-ups took as long as the fleet says. It runs beside
 * whatever allocates today, on the same requests and usage, to show what the policy would do.
 */
export class DryRunPlatform implements Platform {
  readonly name = "dry-run";
  readonly #fleet: Fleet;
  readonly #names: Names;
  readonly #clock: Clock;
  readonly #instances = new Map<InstanceId, DryInstance>();
  readonly #nodes: DryNodes;
  readonly #seen = new SeenTokens();
  #report: (outcome: Outcome) => void = () => {};

  constructor(fleet: Fleet, names: Names, clock: Clock) {
    this.#fleet = fleet;
    this.#names = names;
    this.#clock = clock;
    this.#nodes = new DryNodes(fleet.pools, clock, this.#instances);
  }

  /** What the run believes is all that there is: nothing of it is anywhere but in the run's own books. */
  start(report: (outcome: Outcome) => void, { instances, nodes }: Believed): Promise<void> {
    this.#report = report;
    this.#nodes.start(report, nodes);
    for (const { instance, app, phase, node } of instances) {
      if (phase === "stopping") continue;
      this.#instances.set(instance, { app, phase, node, size: this.#app(app).shape, cancel: null });
      if (phase === "starting") this.#readyAfter(instance, this.#app(app).coldStartMs);
    }
    return Promise.resolve();
  }

  observe(): Promise<Observation> {
    const instances = [...this.#instances].map(([instance, { phase, node }]) => ({ instance, phase, node }));
    return Promise.resolve({ nodes: this.#nodes.names(), instances });
  }

  submit(decisions: readonly Decision[]): void {
    for (const decision of decisions) if (this.#seen.isNew(decision.seq, decision.index)) this.#carryOut(decision);
  }

  discard(instance: InstanceId): void {
    const found = this.#instances.get(instance);
    found?.cancel?.();
    this.#instances.delete(instance);
    this.#nodes.left(found?.node ?? null);
  }

  /** What was on the node is no more, and nothing is said of it: the run knows that of itself. */
  nodeLost(node: string): void {
    for (const [id, instance] of this.#instances) {
      if (instance.node !== node) continue;
      instance.cancel?.();
      this.#instances.delete(id);
    }
  }

  stop(): Promise<void> {
    for (const { cancel } of this.#instances.values()) cancel?.();
    this.#nodes.stop();
    return Promise.resolve();
  }

  #carryOut(decision: Decision): void {
    switch (decision.kind) {
      case "launch":
        return this.#launch(decision);
      case "stop":
        return this.#stop(decision.instance);
      case "suspend":
        return this.#suspend(decision.instance);
      case "resume":
        return this.#resume(decision.instance);
      case "resize":
        return this.#resize(decision.instance, decision.size);
      case "resize_pool":
        return this.#resizePool(decision);
      default:
        return; // entries in the allocator's books: nothing would be done in the world
    }
  }

  /** Ids of instances are never used again: one that is there was launched by this token, before a restart. */
  #launch({ instance, app, node, size }: Launch): void {
    if (this.#instances.has(instance)) return;
    const name = node === null ? null : this.#names.node(node);
    this.#instances.set(instance, { app, node: name, size, phase: "starting", cancel: null });
    this.#report({ kind: "instance_placed", instance, node: name });
    this.#readyAfter(instance, this.#app(app).coldStartMs);
  }

  /** It is stopped before its node goes. */
  #stop(id: InstanceId): void {
    const instance = this.#instances.get(id);
    instance?.cancel?.();
    this.#instances.delete(id);
    this.#report({ kind: "instance_stopped", instance: id });
    this.#nodes.left(instance?.node ?? null);
  }

  #resizePool({ pool, nodes, seq, index }: ResizePool): void {
    if (this.#nodes.resize(pool, nodes)) return;
    this.#report({ kind: "decision_failed", decisionSeq: seq, decisionIndex: index, reason: "unsupported" });
  }

  #suspend(id: InstanceId): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    instance.phase = "suspended";
    this.#report({ kind: "instance_suspended", instance: id });
  }

  #resume(id: InstanceId): void {
    const instance = this.#instances.get(id);
    if (instance === undefined || instance.phase !== "suspended") return;
    instance.phase = "starting";
    this.#readyAfter(id, this.#app(instance.app).resumeMs);
  }

  #resize(id: InstanceId, size: Resources): void {
    const instance = this.#instances.get(id);
    if (instance === undefined) return;
    instance.size = size;
    this.#report({ kind: "instance_resized", instance: id, size });
  }

  #readyAfter(id: InstanceId, ms: number): void {
    const instance = this.#instances.get(id) as DryInstance;
    instance.cancel = this.#clock.wakeAt(this.#clock.nowMs() + ms, () => {
      instance.cancel = null;
      instance.phase = "ready";
      this.#report({ kind: "instance_ready", instance: id });
    });
  }

  #app(id: AppId): FleetApp {
    return this.#fleet.apps[id] as FleetApp;
  }
}
