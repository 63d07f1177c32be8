import type { Decision } from "../../core/decisions.ts";
import type { AllocatorEvent } from "../../core/events.ts";
import type { InstanceId, RequestId, UserId } from "../../core/ids.ts";
import { add, maximum, minimum, NO_RESOURCES, RESOURCE_NAMES, type Resources } from "../../core/resources.ts";
import type { State } from "../../core/state.ts";
import type { StepObserver } from "../../ports.ts";
import type { Count } from "./observed-starts.ts";

const HOUR_MS = 3_600_000;
/** How many of a resource's unit make what is priced: a core, a GiB, a GPU, a Mbit/s. */
const UNITS = [1000, 1024, 1000, 1000];

interface Rate {
  /** Of what is held and not used, and of what is used: their prices an hour. */
  waste: number;
  use: number;
  sinceMs: number;
}

/**
 * What is held for each user and not used, and what is used, integrated over time at fixed prices: as METRICS.md defines them. After a
 * step only the users that it concerns are looked at again.
 */
export class ObservedWaste implements StepObserver {
  readonly #state: () => State;
  readonly #hour: readonly number[];
  readonly #ofUsage: boolean;
  readonly #count: Count;
  readonly #rates = new Map<UserId, Rate>();
  readonly #ownerOf = new Map<InstanceId, UserId | null>();
  readonly #instancesOf = new Map<UserId, Set<InstanceId>>();
  /** Where a request runs, or will: at its end the state does not say any more. */
  readonly #instanceOf = new Map<RequestId, InstanceId>();

  /** @param ofUsage whether what is used is what was measured, not what requests asked for. */
  constructor(state: () => State, hour: readonly number[], ofUsage: boolean, count: Count) {
    this.#state = state;
    this.#hour = hour;
    this.#ofUsage = ofUsage;
    this.#count = count;
  }

  /** Whatever is held by now counts from `atMs` on. */
  begin(atMs: number): void {
    for (const user of this.#everybody()) this.#lookAt(user, atMs);
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    const users = MANY.has(event.kind) ? this.#everybody() : this.#concerned(event, decisions);
    for (const user of users) this.#lookAt(user, event.atMs);
  }

  /** What has come together until now is counted. */
  look(nowMs: number): void {
    for (const [user, rate] of this.#rates) this.#integrate(user, rate, nowMs);
  }

  #everybody(): Iterable<UserId> {
    this.#ownerOf.clear();
    this.#instancesOf.clear();
    for (const { id, requests } of this.#state().instances.values()) {
      this.#owner(id);
      for (const request of requests) this.#runs(request, id);
    }
    return this.#state()
      .ledger.accounts()
      .map(({ id }) => id);
  }

  #concerned(event: AllocatorEvent, decisions: readonly Decision[]): Set<UserId> {
    const users = new Set<UserId>();
    const note = (user: UserId | null | undefined) => {
      if (user != null) users.add(user);
    };
    const instance = (id: InstanceId) => {
      note(this.#ownerOf.get(id));
      note(this.#owner(id));
    };
    if ("user" in event) note(event.user);
    if ("instance" in event) instance(event.instance);
    for (const decision of decisions) {
      if ("instance" in decision) instance(decision.instance);
      if (decision.kind === "bind" || decision.kind === "launch") this.#runs(decision.request, decision.instance);
      if ("user" in decision) note(decision.user);
    }
    if (event.kind === "request_ended" || event.kind === "request_cancelled") {
      const was = this.#instanceOf.get(event.request);
      if (was !== undefined) instance(was);
      this.#instanceOf.delete(event.request);
    }
    return users;
  }

  #runs(request: RequestId | null, instance: InstanceId): void {
    if (request !== null) this.#instanceOf.set(request, instance);
  }

  /** Whose the instance is now; `null`: nobody's, or it is gone. */
  #owner(id: InstanceId): UserId | null {
    const was = this.#ownerOf.get(id) ?? null;
    const instance = this.#state().instances.find(id);
    const user = instance?.user ?? null;
    if (was !== null && was !== user) this.#instancesOf.get(was)?.delete(id);
    if (instance === undefined) {
      this.#ownerOf.delete(id);
      return null;
    }
    this.#ownerOf.set(id, user);
    if (user !== null) {
      const own = this.#instancesOf.get(user);
      if (own === undefined) this.#instancesOf.set(user, new Set([id]));
      else own.add(id);
    }
    return user;
  }

  #lookAt(user: UserId, atMs: number): void {
    const { reserved, instances, usage } = this.#state().ledger.account(user);
    const held = maximum(reserved, instances);
    const used = this.#ofUsage ? minimum(held, usage) : this.#executing(user);
    const rate = this.#rates.get(user);
    if (rate !== undefined) this.#integrate(user, rate, atMs);
    const wastePerHour = this.#price((name) => Math.max(0, held[name] - used[name]));
    const usePerHour = this.#price((name) => used[name]);
    if (wastePerHour === 0 && usePerHour === 0) this.#rates.delete(user);
    else this.#rates.set(user, { waste: wastePerHour, use: usePerHour, sinceMs: Math.max(atMs, rate?.sinceMs ?? 0) });
  }

  /** Σ over the user's instances that execute: what the requests on one ask for, at most its size. */
  #executing(user: UserId): Resources {
    const state = this.#state();
    let used = NO_RESOURCES;
    for (const id of this.#instancesOf.get(user) ?? []) {
      const instance = state.instances.find(id);
      if (instance === undefined || instance.requests.length === 0) continue;
      if (instance.phase === "ready") used = add(used, minimum(instance.size, state.askedOf(instance)));
    }
    return used;
  }

  #price(amount: (name: keyof Resources) => number): number {
    return RESOURCE_NAMES.reduce((sum, name, i) => sum + (amount(name) / (UNITS[i] as number)) * (this.#hour[i] as number), 0);
  }

  #integrate(user: UserId, rate: Rate, atMs: number): void {
    const hours = (atMs - rate.sinceMs) / HOUR_MS;
    if (hours <= 0) return; // the clock of who looked is ahead of that of the events
    rate.sinceMs = atMs;
    this.#count(user, "waste", rate.waste * hours, atMs);
    this.#count(user, "use", rate.use * hours, atMs);
  }
}

/** Events that may concern anybody. */
const MANY: ReadonlySet<AllocatorEvent["kind"]> = new Set(["node_lost", "decision_failed", "policy_activated", "stage_set"]);
