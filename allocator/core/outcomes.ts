import type { Arbiter } from "./arbiter.ts";
import type { DecisionFailed, EventOf } from "./events.ts";
import type { InstanceId, NodeId } from "./ids.ts";
import { type Instance, isIdle } from "./instances.ts";
import { launchOwner } from "./launching.ts";
import type { State } from "./state.ts";

/** What the world reports of instances and nodes, and who gets what that leaves free. */
export class Outcomes {
  readonly #state: State;
  readonly #arbiter: Arbiter;

  constructor(state: State, arbiter: Arbiter) {
    this.#state = state;
    this.#arbiter = arbiter;
  }

  /** An instance has a place again: the waiting come first; then, if nothing took it, the warm slot says what becomes of it. */
  released(instance: Instance, nowMs: number): void {
    const state = this.#state;
    state.instances.place(instance, state.lookupList(instance));
    if (isIdle(instance)) state.instances.placeIdle(instance, state.idlePlace(instance));
    this.#arbiter.admission.serveWaiting();
    if (isIdle(instance)) this.#arbiter.warmth.settleIdle(instance, nowMs);
  }

  ready(id: InstanceId, nowMs: number): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined || (instance.phase !== "starting" && instance.phase !== "resuming")) return;
    instance.phase = "ready";
    const { launchFailures } = this.#state;
    const owner = launchOwner(instance, this.#state);
    const mayLaunch = launchFailures.succeeded(instance.app, owner, instance.node);
    this.#state.leadTimes?.ready(id, nowMs);
    instance.asked = null;
    this.#arbiter.handOver.ready(instance);
    this.#state.observeReplica(instance, nowMs);
    if (instance.requests.length === 0) return this.released(instance, nowMs);
    this.#state.instances.place(instance, this.#state.lookupList(instance));
    // Those that wait for a replica do not join one that is starting.
    if (mayLaunch || this.#state.replicas !== null) this.#arbiter.admission.serveWaiting();
  }

  stopped(id: InstanceId): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined) return;
    if (instance.phase !== "stopping") return this.lost(id);
    this.#state.claims.stopEnded();
    this.#remove(instance);
    this.#arbiter.capacityChanged();
  }

  #remove(instance: Instance): void {
    this.#arbiter.handOver.lost(instance, this.#state.nowMs);
    this.#arbiter.actions.vacate(instance);
    this.#state.size?.gone(instance.id);
    this.#state.leadTimes?.gone(instance.id);
    this.#state.instances.delete(instance);
  }

  /** Gone without having been asked to: its requests wait again, at the place of their arrival. */
  lost(id: InstanceId): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined) return;
    this.#lose(instance);
    this.#arbiter.capacityChanged();
  }

  #lose(instance: Instance): void {
    const state = this.#state;
    if (instance.phase === "stopping" || instance.phase === "suspending") state.claims.stopEnded();
    state.count(instance, -1);
    state.replicas?.gone(instance, state.groupOf(instance));
    state.warm.ranking?.gone(instance.id, state.groupOf(instance), false);
    state.waitAgain(instance, this.#state.nowMs);
    this.#remove(instance);
  }

  nodeReady(event: EventOf<"node_ready" | "node_shared">): void {
    const { nodes, pools } = this.#state;
    const { node, pool, capacity, atMs } = event;
    const isNew = node >= nodes.count;
    nodes.ready(node, pool, capacity, event.kind === "node_shared" ? event : null);
    pools.nodeReady(pool, nodes.readyIn(pool), isNew, atMs);
    this.#arbiter.capacityChanged();
  }

  nodeDraining(node: NodeId): void {
    this.#state.nodes.drain(node);
    this.#nodeGone(node);
    this.#arbiter.reservations.trim();
    this.#arbiter.handOver.review();
    this.#arbiter.poolSizing.leave(node);
  }

  #nodeGone(node: NodeId): void {
    const { nodes, pools } = this.#state;
    const { pool } = nodes.get(node);
    pools.nodeGone(pool, nodes.readyIn(pool));
  }

  nodeLost(node: NodeId): void {
    for (const instance of [...this.#state.instances.values()]) if (instance.node === node) this.#lose(instance);
    this.#state.nodes.lose(node);
    this.#nodeGone(node);
    this.#arbiter.capacityChanged();
  }

  suspended(id: InstanceId, nowMs: number): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined || !(isIdle(instance) || instance.phase === "suspending")) return;
    this.#arbiter.warmth.suspended(instance, nowMs);
    this.#arbiter.capacityChanged();
  }

  resized({ instance: id, size }: EventOf<"instance_resized">): void {
    const instance = this.#state.instances.find(id);
    if (instance === undefined) return;
    this.#arbiter.actions.resized(instance, size);
    this.#state.ledger.rebase();
    this.#arbiter.capacityChanged();
  }

  decisionFailed(event: DecisionFailed): void {
    const { suspension, admission } = this.#arbiter;
    const { pools, nodes } = this.#state;
    const pool = pools.refused(event.decisionSeq, event.decisionIndex, (id) => nodes.readyIn(id));
    if (pool !== null) return this.#state.pool?.refused(pool, event.atMs);
    const instances = [...this.#state.instances.values()];
    if (instances.some((one) => suspension.refused(one, event.decisionSeq, event.decisionIndex))) {
      this.#arbiter.reservations.trim(); // what was to be resumed backs nothing on a node that has less by now
      return admission.serveWaiting();
    }
    const instance = instances.find(
      ({ launched }) => launched.launchSeq === event.decisionSeq && launched.launchIndex === event.decisionIndex,
    );
    // Beside these only a launch leaves something to undo; what else the world refuses stays as it was, and reconciling repairs it.
    // One that was told to stop before it was ready will not be reported stopped.
    if (instance === undefined || (instance.phase !== "starting" && instance.phase !== "stopping")) return;
    if (instance.phase === "starting") {
      const owner = launchOwner(instance, this.#state);
      this.#state.launchFailures.failed(instance.app, owner, instance.node, event.atMs);
    }
    this.#lose(instance);
    this.#arbiter.reservations.trim();
    admission.serveWaiting(); // elsewhere, if there is room
  }
}
