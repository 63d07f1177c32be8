import type { Phase } from "../core/instances.ts";
import { add, NO_RESOURCES, type Resources } from "../core/resources.ts";
import type { State } from "../core/state.ts";

/** The fleet as it is: sums over users, nodes and instances. */
export interface FleetView {
  readonly atMs: number;
  readonly policy: string | null;
  /** Nothing is done ahead of requests, or taken from anybody. */
  readonly frozen: boolean;
  /** Of the nodes that are ready, and what those that drain still hold; `null`: without limit. */
  readonly capacity: Resources | null;
  /** Σ over users of what is held: the larger of reservation and instances. */
  readonly held: Resources;
  readonly reserved: Resources;
  readonly used: Resources;
  readonly users: number;
  readonly nodes: number;
  /** Requests that wait for room. */
  readonly waiting: number;
  readonly instances: Readonly<Partial<Record<Phase, number>>>;
  /** Instances bound to nobody yet. */
  readonly shadows: number;
}

export function viewFleet(state: State, atMs: number): FleetView {
  const instances: Partial<Record<Phase, number>> = {};
  let shadows = 0;
  for (const { phase, user } of state.instances.values()) {
    instances[phase] = (instances[phase] ?? 0) + 1;
    if (user === null) shadows += 1;
  }
  let [reserved, used]: [Resources, Resources] = [NO_RESOURCES, NO_RESOURCES];
  for (const account of state.ledger.accounts()) {
    reserved = add(reserved, account.reserved);
    used = add(used, account.usage);
  }
  return {
    atMs,
    policy: state.policy?.name ?? null,
    frozen: state.frozen,
    capacity: state.capacity,
    held: state.ledger.total,
    reserved,
    used,
    users: state.ledger.accounts().length,
    nodes: state.nodes.all().filter((node) => node.state !== "lost").length,
    waiting: [...state.waiting].length,
    instances,
    shadows,
  };
}
