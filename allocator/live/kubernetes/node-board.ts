import type { PoolId } from "../../core/ids.ts";
import { fits, type Resources } from "../../core/resources.ts";
import type { Outcome } from "../ports.ts";
import { condition, type Node } from "./objects.ts";
import { LABEL } from "./pod-names.ts";
import type { ResourceMapping } from "./resource-mapping.ts";

/** Nodes of the run's pools: which there are, and what changes. */
export class NodeBoard {
  /** By the value of the label that says in which pool a node is. */
  readonly #pools: ReadonlyMap<string, PoolId>;
  readonly #mapping: ResourceMapping;
  readonly #report: (outcome: Outcome) => void;
  /** What a node has to offer; `null`: nothing more, it drains. */
  readonly #said = new Map<string, Resources | null>();

  constructor(pools: ReadonlyMap<string, PoolId>, mapping: ResourceMapping, report: (outcome: Outcome) => void) {
    this.#pools = pools;
    this.#mapping = mapping;
    this.#report = report;
  }

  /** Names of those that take instances or drain. */
  namesOf(nodes: Iterable<Node>): string[] {
    return [...nodes].filter((node) => this.#poolOf(node) !== undefined).map(({ metadata }) => metadata.name);
  }

  changed(node: Node): void {
    const pool = this.#poolOf(node);
    if (pool === undefined) return;
    const { name } = node.metadata;
    const allocatable = node.status?.allocatable ?? {};
    this.#mapping.learn(allocatable);
    const before = this.#said.get(name);
    if (takesPods(node)) {
      const capacity = this.#mapping.capacityOf(allocatable);
      // Devices may be told of after the node is ready: their plugin starts on it as a pod.
      if (before != null && fits(capacity, before)) return;
      this.#said.set(name, capacity);
      this.#report({ kind: "node_ready", node: name, pool, capacity });
    } else if (before !== null) {
      this.#said.set(name, null);
      this.#report({ kind: "node_draining", node: name });
    }
  }

  gone(node: Node): void {
    if (this.#said.delete(node.metadata.name)) this.#report({ kind: "node_lost", node: node.metadata.name });
  }

  #poolOf(node: Node): PoolId | undefined {
    return this.#pools.get(node.metadata.labels?.[LABEL.pool] ?? "");
  }
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
