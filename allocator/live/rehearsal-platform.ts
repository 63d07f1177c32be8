import { isDeepStrictEqual } from "node:util";
import type { Decision } from "../core/decisions.ts";
import type { InstanceId, PoolId } from "../core/ids.ts";
import type { Resources } from "../core/resources.ts";
import { DryRunPlatform } from "./dry-run.ts";
import type { Fleet } from "./fleet.ts";
import type { Believed, Clock, Names, Observation, Outcome, Platform } from "./ports.ts";

/** A node that another run has, by the platform's name. */
export interface RealNode {
  readonly node: string;
  readonly pool: PoolId;
  readonly capacity: Resources;
  /** Of that, for instances. */
  readonly offered: Resources;
  /** The most instances on it; `Infinity`: it is not shared with others. */
  readonly places: number;
  readonly isDraining: boolean;
}

/**
 * A dry run on the nodes that another run has: nothing is done in the world, and room is where the world has it. Of elastic pools there
 * are as many nodes as the rehearsed policy asks for, each after the time that the fleet says.
 */
export class RehearsalPlatform implements Platform {
  readonly name = "rehearsal";
  readonly #dry: DryRunPlatform;
  readonly #elastic: ReadonlySet<PoolId>;
  readonly #nodes = new Map<string, RealNode>();
  #report: (outcome: Outcome) => void = () => {};

  /** @param nodes those that the other run has now; later ones are to be told. */
  constructor(fleet: Fleet, names: Names, clock: Clock, nodes: Iterable<RealNode>) {
    const told = (pool: Fleet["pools"][number]) => (pool.elastic === null ? { ...pool, nodes: 0 } : pool);
    this.#dry = new DryRunPlatform({ ...fleet, pools: fleet.pools.map(told) }, names, clock);
    this.#elastic = new Set(fleet.pools.flatMap(({ elastic }, id) => (elastic === null ? [] : [id as PoolId])));
    for (const node of nodes) if (!this.#elastic.has(node.pool)) this.#nodes.set(node.node, node);
  }

  async start(report: (outcome: Outcome) => void, believed: Believed): Promise<void> {
    this.#report = report;
    for (const node of this.#nodes.values()) this.#tell(node);
    await this.#dry.start(report, believed);
  }

  async observe(): Promise<Observation> {
    const { nodes, instances } = await this.#dry.observe();
    return { nodes: [...nodes, ...this.#nodes.keys()], instances };
  }

  submit(decisions: readonly Decision[]): void {
    this.#dry.submit(decisions);
  }

  discard(instance: InstanceId): void {
    this.#dry.discard(instance);
  }

  stop(): Promise<void> {
    return this.#dry.stop();
  }

  /** These are all that the other run has. */
  nodesAre(nodes: readonly RealNode[]): void {
    const there = new Set(nodes.map(({ node }) => node));
    for (const node of [...this.#nodes.keys()]) if (!there.has(node)) this.nodeLost(node);
    for (const node of nodes) if (!isDeepStrictEqual(this.#nodes.get(node.node), node)) this.nodeThere(node);
  }

  /** The other run has it now, or has it no longer for new instances. */
  nodeThere(node: RealNode): void {
    if (this.#elastic.has(node.pool)) return;
    this.#nodes.set(node.node, node);
    this.#tell(node);
  }

  /** The other run has lost it, and so what would run there is lost. */
  nodeLost(node: string): void {
    if (!this.#nodes.delete(node)) return;
    this.#dry.nodeLost(node);
    this.#report({ kind: "node_lost", node });
  }

  #tell({ node, pool, capacity, offered, places, isDraining }: RealNode): void {
    if (places === Number.POSITIVE_INFINITY) this.#report({ kind: "node_ready", node, pool, capacity });
    else this.#report({ kind: "node_shared", node, pool, capacity, offered, places });
    if (isDraining) this.#report({ kind: "node_draining", node });
  }
}
