import type { PoolId } from "../../core/ids.ts";
import type { Resources } from "../../core/resources.ts";
import type { Outcome } from "../ports.ts";
import type { GroupNode } from "./scaling-groups.ts";

/** The nodes that were there when it was last looked, and what it means that there are others now. */
export class NodeBoard {
  readonly #capacity: (pool: PoolId) => Resources;
  #states: ReadonlyMap<string, GroupNode["state"]> = new Map();

  constructor(capacity: (pool: PoolId) => Resources) {
    this.#capacity = capacity;
  }

  see(nodes: readonly GroupNode[]): Outcome[] {
    const before = this.#states;
    this.#states = new Map(nodes.map(({ name, state }) => [name, state]));
    const lost = [...before.keys()].filter((name) => !this.#states.has(name));
    return [
      ...lost.map((node): Outcome => ({ kind: "node_lost", node })),
      ...nodes.flatMap(({ name, pool, state }): Outcome[] => {
        if (before.get(name) === state) return [];
        if (state === "draining") return [{ kind: "node_draining", node: name }];
        return [{ kind: "node_ready", node: name, pool, capacity: this.#capacity(pool) }];
      }),
    ];
  }
}
