import type { Decision, Launch } from "../core/decisions.ts";
import type { AppId, InstanceId, PoolId } from "../core/ids.ts";
import type { Resources } from "../core/resources.ts";
import type { Fleet, FleetApp } from "./fleet.ts";
import type { BelievedInstance, Clock, Names, Observation, ObservedInstance, Outcome, Platform } from "./ports.ts";
import { SeenTokens } from "./seen-tokens.ts";

interface DryInstance {
  readonly app: AppId;
  readonly node: string | null;
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
  readonly #seen = new SeenTokens();
  #report: (outcome: Outcome) => void = () => {};

  constructor(fleet: Fleet, names: Names, clock: Clock) {
    this.#fleet = fleet;
    this.#names = names;
    this.#clock = clock;
  }

  /** What the run believes is all that there is: nothing of it is anywhere but in the run's own books. */
  start(report: (outcome: Outcome) => void, believed: readonly BelievedInstance[]): Promise<void> {
    this.#report = report;
    this.#fleet.pools.forEach(({ name, nodes, capacity }, pool) => {
      for (let i = 0; i < nodes; i += 1) report({ kind: "node_ready", node: `${name}-${i}`, pool: pool as PoolId, capacity });
    });
    for (const { instance, app, phase, node } of believed) {
      if (phase === "stopping") continue;
      this.#instances.set(instance, { app, phase, node, cancel: null });
      if (phase === "starting") this.#readyAfter(instance, this.#app(app).coldStartMs);
    }
    return Promise.resolve();
  }

  observe(): Promise<Observation> {
    const nodes = this.#fleet.pools.flatMap((pool) => Array.from({ length: pool.nodes }, (_, i) => `${pool.name}-${i}`));
    const instances = [...this.#instances].map(([instance, { phase, node }]) => ({ instance, phase, node }));
    return Promise.resolve({ nodes, instances });
  }

  submit(decisions: readonly Decision[]): void {
    for (const decision of decisions) if (this.#seen.isNew(decision.seq, decision.index)) this.#carryOut(decision);
  }

  discard(instance: InstanceId): void {
    this.#instances.get(instance)?.cancel?.();
    this.#instances.delete(instance);
  }

  stop(): Promise<void> {
    for (const { cancel } of this.#instances.values()) cancel?.();
    return Promise.resolve();
  }

  #carryOut(decision: Decision): void {
    switch (decision.kind) {
      case "launch":
        return this.#launch(decision);
      case "stop":
        this.discard(decision.instance);
        return this.#report({ kind: "instance_stopped", instance: decision.instance });
      case "suspend":
        return this.#suspend(decision.instance);
      case "resume":
        return this.#resume(decision.instance);
      case "resize":
        return this.#resize(decision.instance, decision.size);
      case "resize_pool":
        return this.#report({
          kind: "decision_failed",
          decisionSeq: decision.seq,
          decisionIndex: decision.index,
          reason: "unsupported",
        });
      default:
        return; // entries in the allocator's books: nothing would be done in the world
    }
  }

  /** Ids of instances are never used again: one that is there was launched by this token, before a restart. */
  #launch({ instance, app, node }: Launch): void {
    if (this.#instances.has(instance)) return;
    const name = node === null ? null : this.#names.node(node);
    this.#instances.set(instance, { app, node: name, phase: "starting", cancel: null });
    this.#report({ kind: "instance_placed", instance, node: name });
    this.#readyAfter(instance, this.#app(app).coldStartMs);
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
    if (this.#instances.has(id)) this.#report({ kind: "instance_resized", instance: id, size });
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
