import type { PoolId } from "../../core/ids.ts";
import { equal, fits, type Resources } from "../../core/resources.ts";
import type { Outcome } from "../ports.ts";
import { condition, type Node } from "./objects.ts";
import type { TakenByOthers } from "./other-pods.ts";
import { LABEL } from "./pod-names.ts";
import { wholeUnits } from "./quantity.ts";
import type { ResourceMapping } from "./resource-mapping.ts";

export interface NodeBoardParts {
  /** By the value of the label that says in which pool a node is. */
  readonly pools: ReadonlyMap<string, PoolId>;
  readonly mapping: ResourceMapping;
  /** What pods of others take on a node. */
  readonly others: (node: string) => TakenByOthers;
  readonly report: (outcome: Outcome) => void;
  readonly nowMs: () => number;
}

/** What a node has, and what of it is for instances. */
interface Offer {
  readonly pool: PoolId;
  readonly capacity: Resources;
  readonly offered: Resources;
  readonly places: number;
}

/** Room that others gave up is believed once it has been there for so long: where a pod is replaced, the next one takes it at once. */
const MORE_AFTER_MS = 10_000;

/** Nodes of the run's pools: which there are, and what changes. */
export class NodeBoard {
  readonly #parts: NodeBoardParts;
  /** As they were last seen. */
  readonly #nodes = new Map<string, Node>();
  /** What a node has to offer; `null`: nothing more, it drains. */
  readonly #said = new Map<string, Offer | null>();
  /** Nodes on which others take less or more than was said, and since when. */
  readonly #since = new Map<string, number>();

  constructor(parts: NodeBoardParts) {
    this.#parts = parts;
  }

  /** Names of those that take instances or drain. */
  namesOf(nodes: Iterable<Node>): string[] {
    return [...nodes].filter((node) => this.#poolOf(node) !== undefined).map(({ metadata }) => metadata.name);
  }

  changed(node: Node): void {
    if (this.#poolOf(node) === undefined) return;
    const { name } = node.metadata;
    const allocatable = node.status?.allocatable ?? {};
    this.#parts.mapping.learn(allocatable);
    this.#nodes.set(name, node);
    const before = this.#said.get(name);
    if (takesPods(node)) {
      const offer = this.#offerOf(node);
      // Devices may be told of after the node is ready: their plugin starts on it as a pod.
      if (before == null || !equal(offer.capacity, before.capacity)) this.#say(name, offer);
      else this.othersChanged(name);
    } else if (before !== null) {
      this.#said.set(name, null);
      this.#parts.report({ kind: "node_draining", node: name });
    }
  }

  gone({ metadata: { name } }: Node): void {
    this.#nodes.delete(name);
    this.#since.delete(name);
    if (this.#said.delete(name)) this.#parts.report({ kind: "node_lost", node: name });
  }

  /** Others may take more or less there than they did: it is looked at soon. */
  othersChanged(node: string): void {
    if (this.#nodes.has(node) && !this.#since.has(node)) this.#since.set(node, this.#parts.nowMs());
  }

  /** Now and then: says where others have taken room, and where they gave some up for good. However much changes, once a node. */
  look(): void {
    for (const [name, sinceMs] of this.#since) {
      const before = this.#said.get(name);
      const node = this.#nodes.get(name);
      const offer = before == null || node === undefined ? null : this.#offerOf(node);
      if (before == null || offer === null || isSame(offer, before)) {
        this.#since.delete(name);
        continue;
      }
      const isLess = offer.places < before.places || !fits(before.offered, offer.offered);
      if (isLess || sinceMs + MORE_AFTER_MS <= this.#parts.nowMs()) this.#say(name, offer);
    }
  }

  #say(name: string, offer: Offer): void {
    this.#since.delete(name);
    this.#said.set(name, offer);
    this.#parts.report({ kind: "node_shared", node: name, ...offer });
  }

  #offerOf(node: Node): Offer {
    const { mapping, others } = this.#parts;
    const allocatable = node.status?.allocatable ?? {};
    const { pods, amounts } = others(node.metadata.name);
    return {
      pool: this.#poolOf(node) as PoolId,
      capacity: mapping.capacityOf(allocatable),
      offered: mapping.capacityOf(allocatable, amounts),
      places: Math.min(MOST_PLACES, Math.max(0, wholeUnits(allocatable["pods"], 1) - pods)),
    };
  }

  #poolOf(node: Node): PoolId | undefined {
    return this.#parts.pools.get(node.metadata.labels?.[LABEL.pool] ?? "");
  }
}

/** No node takes as many, and a snapshot can say it. */
const MOST_PLACES = 0x7fff_ffff;

function isSame(a: Offer, b: Offer): boolean {
  return equal(a.offered, b.offered) && equal(a.capacity, b.capacity) && a.places === b.places;
}

/** It is ready, and neither cordoned nor tainted: our pods tolerate nothing. */
function takesPods(node: Node): boolean {
  const taints = node.spec?.taints ?? [];
  return (
    node.metadata.deletionTimestamp === undefined &&
    node.spec?.unschedulable !== true &&
    condition(node, "Ready")?.status === "True" &&
    !taints.some(({ effect }) => effect === "NoSchedule" || effect === "NoExecute")
  );
}
