import type { AllocatorEvent, NodeReady, NodeShared, PoolDefined } from "../../allocator/core/events.ts";
import type { NodeId, PoolId } from "../../allocator/core/ids.ts";

/** Which nodes a journal's cluster had, while they came and went. */
export class NodeHistory {
  readonly pools = new Map<PoolId, PoolDefined>();
  readonly #there = new Map<NodeId, NodeReady | NodeShared>();
  /** Those that were there when there were most. */
  #most: readonly (NodeReady | NodeShared)[] = [];
  /** How often a node went. */
  lost = 0;

  onEvent(event: AllocatorEvent): void {
    if (event.kind === "pool_defined") this.pools.set(event.pool, event);
    else if (event.kind === "node_ready" || event.kind === "node_shared") this.#there.set(event.node, event);
    else if (event.kind === "node_lost") {
      this.#compare();
      if (this.#there.delete(event.node)) this.lost += 1;
    }
  }

  #compare(): void {
    if (this.#there.size > this.#most.length) this.#most = [...this.#there.values()];
  }

  /** By id, the nodes that were there when there were most; a trace's nodes neither come nor go. */
  most(): readonly (NodeReady | NodeShared)[] {
    this.#compare();
    return [...this.#most].sort((a, b) => a.node - b.node);
  }
}
