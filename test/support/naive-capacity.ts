import type { ResourceName, Resources } from "../../allocator/core/resources.ts";
import type { HeldPart } from "../../reports/metrics/capacity-ledger.ts";
import type { Step } from "./stream.ts";

interface Holding {
  name: string;
  owner: number | null;
  readonly shared: boolean;
  size: Resources;
  node: number | null;
  state: "starting" | "ready" | "suspended";
  requests: number[];
  /** Whether `name` is that of its resumption. */
  resumed: boolean;
}

interface Asked {
  readonly user: number;
  readonly requested: Resources;
}

/** A user's id, or nobody. */
export type Holder = number | "unbound";

/**
 * Who holds what a second time, from METRICS.md: plain lists, everything computed anew at every instant, nothing kept as a
 * running sum. What it tells stands after the last step taken.
 */
export class NaiveCapacity {
  readonly #shared = new Map<number, boolean>();
  readonly #reserved = new Map<number, Resources>();
  readonly #nodes = new Map<number, Resources>();
  readonly #holdings = new Map<number, Holding>();
  readonly #asked = new Map<number, Asked>();
  readonly users: number[] = [];

  take({ event, decisions }: Step): void {
    if (event.kind === "app_defined") this.#shared.set(event.app, event.shared);
    if (event.kind === "user_defined") this.users.push(event.user);
    if (event.kind === "node_ready") this.#nodes.set(event.node, event.capacity);
    if (event.kind === "node_lost") {
      this.#nodes.delete(event.node);
      for (const [id, holding] of this.#holdings) if (holding.node === event.node) this.#holdings.delete(id);
    }
    if (event.kind === "request_arrived") this.#asked.set(event.request, { user: event.user, requested: event.requested });
    if (event.kind === "request_ended" || event.kind === "request_cancelled") this.#unbind(event.request);
    if (event.kind === "instance_stopped" || event.kind === "instance_lost") this.#holdings.delete(event.instance);
    if (event.kind === "instance_placed") this.#change(event.instance, { node: event.node });
    if (event.kind === "instance_ready") this.#change(event.instance, { state: "ready" });
    if (event.kind === "instance_suspended") this.#change(event.instance, { state: "suspended" });
    if (event.kind === "instance_resized") this.#change(event.instance, { size: event.size });
    if (event.kind === "decision_failed") {
      for (const [id, { name, resumed }] of this.#holdings) {
        if (name !== `${event.decisionSeq}:${event.decisionIndex}`) continue;
        if (resumed) this.#change(id, { state: "suspended", requests: [] });
        else this.#holdings.delete(id);
      }
    }
    for (const decision of decisions) {
      if (decision.kind === "reserve") this.#reserved.set(decision.user, decision.resources);
      if (decision.kind === "release") this.#reserved.delete(decision.user);
      if (decision.kind === "resume") {
        this.#change(decision.instance, { state: "starting", name: `${decision.seq}:${decision.index}`, resumed: true });
      }
      if (decision.kind === "preempt") this.#unbind(decision.request);
      if (decision.kind === "bind") this.#bind(this.#holdings.get(decision.instance)!, decision.request);
      if (decision.kind === "launch") {
        const { seq, index, app, user, size, node, request } = decision;
        const shared = this.#shared.get(app)!;
        const name = `${seq}:${index}`;
        const rest = { state: "starting", resumed: false } as const;
        const holding: Holding = { name, owner: user, shared, size, node, ...rest, requests: [] };
        this.#holdings.set(decision.instance, holding);
        if (request !== null) this.#bind(holding, request);
      }
    }
  }

  #change(instance: number, change: Partial<Holding>): void {
    Object.assign(this.#holdings.get(instance) ?? {}, change);
  }

  #bind(holding: Holding, request: number): void {
    if (holding.owner === null || (holding.shared && holding.requests.length === 0))
      holding.owner = this.#asked.get(request)!.user;
    holding.requests.push(request);
  }

  #unbind(request: number): void {
    for (const holding of this.#holdings.values()) holding.requests = holding.requests.filter((one) => one !== request);
  }

  levels(holder: Holder, resource: ResourceName): Record<HeldPart, number> {
    const levels = { used: 0, slack: 0, starting: 0, idle: 0, shadow: 0, headroom: 0 };
    let own = 0;
    for (const { owner, state, size, requests } of this.#holdings.values()) {
      if ((owner ?? "unbound") !== holder || state === "suspended") continue;
      own += size[resource];
      if (state === "starting") levels.starting += size[resource];
      else if (requests.length > 0) {
        const asked = requests.reduce((sum, request) => sum + this.#asked.get(request)!.requested[resource], 0);
        levels.used += Math.min(asked, size[resource]);
        levels.slack += Math.max(0, size[resource] - asked);
      } else if (owner === null) levels.shadow += size[resource];
      else levels.idle += size[resource];
    }
    if (holder !== "unbound") levels.headroom = Math.max(0, (this.#reserved.get(holder)?.[resource] ?? 0) - own);
    return levels;
  }

  /** Σ max(R, instances) over users, and what is unbound: from the ledger's own definition, not from the parts. */
  held(resource: ResourceName): number {
    const sizeOf = (holder: Holder) =>
      [...this.#holdings.values()]
        .filter(({ owner, state }) => (owner ?? "unbound") === holder && state !== "suspended")
        .reduce((sum, { size }) => sum + size[resource], 0);
    const users = this.users.map((user) => Math.max(this.#reserved.get(user)?.[resource] ?? 0, sizeOf(user)));
    return users.reduce((sum, held) => sum + held, sizeOf("unbound"));
  }

  capacity(resource: ResourceName): number {
    return [...this.#nodes.values()].reduce((sum, capacity) => sum + capacity[resource], 0);
  }
}
