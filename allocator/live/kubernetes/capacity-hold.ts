import type { Release, Reserve } from "../../core/decisions.ts";
import type { UserId } from "../../core/ids.ts";
import { add, maximum, NO_RESOURCES, type Resources, subtract } from "../../core/resources.ts";
import type { Names } from "../ports.ts";
import { type ApiClient, ApiError } from "./api-client.ts";
import { HoldWriter } from "./hold-writer.ts";
import type { HoldSettings } from "./kubernetes-document.ts";
import type { Pod } from "./objects.ts";
import { LABEL, userLabel } from "./pod-names.ts";

/** A tier as far as capacity is held for it. */
export interface HeldTier {
  readonly name: string;
  readonly priority: number;
}

/** How much capacity a tier is to have held, in the units that hold it. */
export interface HeldUnits {
  readonly wanted: number;
  /** As this process had the cluster hold last; `null`: nothing, or another owner decides, and what is wanted is a proposal. */
  readonly held: number | null;
}

export interface CapacityHoldParts {
  readonly api: ApiClient;
  readonly namespace: string;
  readonly runId: string;
  /** Of this process. */
  readonly epoch: number;
  readonly names: Names;
  readonly tiers: readonly HeldTier[];
  readonly hold: HoldSettings;
  /** Sizes of the instances that users have, by the users' label. */
  readonly instances: () => ReadonlyMap<string, Resources>;
  readonly log: (what: string) => void;
  readonly onUnits?: ((tier: string, units: HeldUnits) => void) | undefined;
}

/** Changes within so long are one. */
const SETTLE_MS = 500;
/** After a restart reservations are submitted again: until one was, or for so long, what is held stays. */
const FIRST_MS = 10_000;
const WAKE_EVERY_MS = 5_000;

/**
 * Holds in the cluster what is reserved and not yet taken by instances: for each tier a set of pods that do nothing and give way to any
 * other, or a buffer of as many for a node autoscaler. Who holds how much is the allocator's affair; the cluster sees sums.
 */
export class CapacityHold {
  readonly #parts: CapacityHoldParts;
  readonly #writer: HoldWriter;
  readonly #reserved = new Map<UserId, Resources>();
  /** As last applied, by tier. */
  readonly #replicas = new Map<string, number>();
  readonly #signal: AbortSignal;
  readonly #troubled = new Set<string>();
  readonly #first: NodeJS.Timeout;
  /** When the scheduler was last made to look at a node again. */
  readonly #wokenAtMs = new Map<string, number>();
  #isBegun = false;
  #timer: NodeJS.Timeout | undefined;
  #applying: Promise<void> = Promise.resolve();

  constructor(parts: CapacityHoldParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#writer = new HoldWriter(parts.api, parts.namespace, signal);
    this.#signal = signal;
    this.#first = setTimeout(() => this.#begin(), FIRST_MS).unref();
  }

  decided(decision: Reserve | Release): void {
    if (decision.kind === "reserve") this.#reserved.set(decision.user, decision.resources);
    else this.#reserved.delete(decision.user);
    this.#begin();
  }

  /** Reservations or instances are others than they were. */
  changed(): void {
    if (this.#isBegun && !this.#signal.aborted)
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#applying = this.#applying.then(() => this.#apply());
      }, SETTLE_MS);
  }

  /**
   * Has the scheduler look again at a node on which it made room. Where two instances take the same pod away at once, it forgets one of
   * them for five minutes (kubernetes/kubernetes#141694), unless a pod goes there: so one that holds does, and is made again.
   */
  wake(node: string): void {
    const nowMs = performance.now();
    if (nowMs - (this.#wokenAtMs.get(node) ?? Number.NEGATIVE_INFINITY) < WAKE_EVERY_MS) return;
    this.#wokenAtMs.set(node, nowMs);
    this.#applying = this.#applying.then(() => this.#letOneGo(node));
  }

  async stop(): Promise<void> {
    clearTimeout(this.#first);
    clearTimeout(this.#timer);
    await this.#applying;
  }

  async #letOneGo(node: string): Promise<void> {
    const { api, namespace, runId, log } = this.#parts;
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const query = { labelSelector: `${LABEL.heldFor}=${runId}`, fieldSelector: `spec.nodeName=${node}`, limit: "1" };
    try {
      const { items } = await api.insist<{ items: Pod[] }>({ method: "GET", path, query }, this.#signal);
      for (const { metadata } of items) {
        const body = { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } };
        await api.insist({ method: "DELETE", path: `${path}/${metadata.name}`, body }, this.#signal);
        log(`${metadata.name} was let go, so that the scheduler looks at ${node} again`);
      }
    } catch (error) {
      if (!this.#signal.aborted) log(`making the scheduler look at ${node} again: ${(error as Error).message}`);
    }
  }

  #begin(): void {
    this.#isBegun = true;
    this.changed();
  }

  async #apply(): Promise<void> {
    const { names, hold, instances, runId, tiers } = this.#parts;
    const owners = [...this.#reserved].map(([user, reserved]) => ({
      tier: names.tierOf(user),
      reserved,
      label: userLabel(runId, names.user(user)),
    }));
    const wanted = headroom(owners, instances());
    for (const [rank, tier] of [...tiers].sort((a, b) => a.priority - b.priority).entries()) {
      const replicas = replicasFor(wanted.get(tier.name) ?? NO_RESOURCES, hold.unit);
      if (this.#signal.aborted) return;
      if (this.#replicas.get(tier.name) !== replicas) await this.#applyTier(tier, rank, replicas);
      this.#parts.onUnits?.(tier.name, { wanted: replicas, held: this.#replicas.get(tier.name) ?? null });
    }
  }

  async #applyTier({ name }: HeldTier, rank: number, replicas: number): Promise<void> {
    const { runId, epoch, hold, log } = this.#parts;
    try {
      await this.#writer.apply({ runId, epoch, tier: name, replicas, hold }, rank);
      this.#replicas.set(name, replicas);
      this.#troubled.delete(name);
    } catch (error) {
      if (this.#signal.aborted) return;
      const isForeign = error instanceof ApiError && error.status === 409;
      if (isForeign) this.#replicas.delete(name);
      if (this.#troubled.has(name)) return; // it was said
      this.#troubled.add(name);
      const what = `capacity of tier ${name}: ${replicas} × its unit`;
      log(`${what} ${isForeign ? "proposed, not held: it has another owner" : "not held"}: ${(error as Error).message}`);
    }
  }
}

interface Owner {
  readonly tier: string;
  readonly reserved: Resources;
  /** As the instances' pods name the user. */
  readonly label: string;
}

/** What is reserved beyond the instances that its users have, summed by tier. */
export function headroom(owners: readonly Owner[], instances: ReadonlyMap<string, Resources>): ReadonlyMap<string, Resources> {
  const sums = new Map<string, Resources>();
  for (const { tier, reserved, label } of owners) {
    const beyond = maximum(subtract(reserved, instances.get(label) ?? NO_RESOURCES), NO_RESOURCES);
    sums.set(tier, add(sums.get(tier) ?? NO_RESOURCES, beyond));
  }
  return sums;
}

/** As many units as hold all of the cores and all of the memory. */
export function replicasFor(amount: Resources, unit: Resources): number {
  const share = (have: number, of: number) => (of === 0 ? 0 : Math.ceil(have / of));
  return Math.max(share(amount.cpuMillis, unit.cpuMillis), share(amount.memoryMiB, unit.memoryMiB));
}
