import type { NodeId } from "../../allocator/core/ids.ts";
import { fits, maximum, NO_RESOURCES, RESOURCE_NAMES, type Resources } from "../../allocator/core/resources.ts";
import type { CellRow } from "./cell-ledger.ts";
import type { Instance, User } from "./entities.ts";
import { StepIntegral } from "./step-integral.ts";
import type { TimeBins } from "./time-bins.ts";

/** The parts that are held for somebody or something; `free` is what they leave of the capacity. */
export const HELD_PARTS = ["used", "slack", "starting", "idle", "shadow", "headroom"] as const;
export type HeldPart = (typeof HELD_PARTS)[number];

/** What an instance counts as, each with a number of instances. */
export const INSTANCE_STATES = ["busy", "idle", "shadow", "startup"] as const;

const WIDTH = RESOURCE_NAMES.length;
const USED = 0 * WIDTH;
const SLACK = 1 * WIDTH;
const STARTING = 2 * WIDTH;
const IDLE = 3 * WIDTH;
const SHADOW = 4 * WIDTH;
const HEADROOM = 5 * WIDTH;
const BUSY_INSTANCES = 6 * WIDTH;
const IDLE_INSTANCES = BUSY_INSTANCES + 1;
const SHADOW_INSTANCES = BUSY_INSTANCES + 2;
const STARTUP_INSTANCES = BUSY_INSTANCES + 3;
/** How many columns a group's integral has. */
export const GROUP_COLUMNS = BUSY_INSTANCES + INSTANCE_STATES.length;

/** Columns of a group's integral. */
export const partColumn = (part: number, resource: number): number => part * WIDTH + resource;
export const instanceColumn = (state: number): number => BUSY_INSTANCES + state;

/** Of a measured user: max(0, demand − R), beside the parts that are held. */
export const missingColumn = (resource: number): number => partColumn(HELD_PARTS.length, resource);
export const USAGE_COLUMNS = missingColumn(WIDTH);

/**
 * Columns of the capacity's integral: the resources, the number of nodes, what they cost an hour where their pool has a price, and the
 * resources of those that it has none for.
 */
export const NODES_COLUMN = WIDTH;
export const NODE_PRICE_COLUMN = WIDTH + 1;
export const unpricedColumn = (resource: number): number => WIDTH + 2 + resource;
const CAPACITY_COLUMNS = unpricedColumn(WIDTH);

/**
 * Who holds what, as exact integrals over time: one group for each tier's users, and one for what is bound to nobody. An
 * instance is taken out before anything about it changes and put back after; only the groups it touches are advanced.
 */
export class CapacityLedger {
  readonly tiers: StepIntegral[] = [];
  readonly unbound: StepIntegral;
  readonly capacity: StepIntegral;
  readonly #bins: TimeBins;
  readonly #nobody: CellRow;
  readonly #nodes = new Map<NodeId, { readonly capacity: Resources; readonly priceMicrosPerHour: number }>();

  /** @param nobody where what belongs to nobody is kept a second time, by block. */
  constructor(bins: TimeBins, nobody: CellRow) {
    this.#bins = bins;
    this.#nobody = nobody;
    this.unbound = new StepIntegral(GROUP_COLUMNS, bins);
    this.capacity = new StepIntegral(CAPACITY_COLUMNS, bins);
  }

  addTier(tier: number): void {
    this.tiers[tier] ??= new StepIntegral(GROUP_COLUMNS, this.#bins);
  }

  /** Advances everything, which ends the run. */
  advance(atMs: number): void {
    for (const group of [...this.tiers, this.unbound, this.capacity]) group.advance(atMs);
  }

  /** @param priceMicrosPerHour of the node; 0: none is known. */
  addNode(id: NodeId, capacity: Resources, priceMicrosPerHour: number, atMs: number): void {
    const known = this.#nodes.get(id);
    if (known !== undefined && fits(capacity, known.capacity)) return;
    if (known !== undefined) this.removeNode(id, atMs);
    const most = maximum(capacity, known?.capacity ?? capacity);
    this.#nodes.set(id, { capacity: most, priceMicrosPerHour });
    this.#changeCapacity(most, priceMicrosPerHour, 1, atMs);
  }

  removeNode(id: NodeId, atMs: number): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    this.#nodes.delete(id);
    this.#changeCapacity(node.capacity, node.priceMicrosPerHour, -1, atMs);
  }

  #changeCapacity(amounts: Resources, priceMicrosPerHour: number, times: 1 | -1, atMs: number): void {
    this.capacity.advance(atMs);
    shift(this.capacity.levels, 0, amounts, times);
    this.capacity.levels[NODES_COLUMN]! += times;
    this.capacity.levels[NODE_PRICE_COLUMN]! += times * priceMicrosPerHour;
    if (priceMicrosPerHour === 0) shift(this.capacity.levels, unpricedColumn(0), amounts, times);
  }

  reserve(user: User, amounts: Resources, atMs: number): void {
    const levels = this.#levels(user, atMs);
    const cell = this.#cellLevels(user, atMs);
    user.track?.advance(atMs);
    shiftHeadroom(levels, user, -1);
    shiftHeadroom(cell, user, -1);
    user.reserved = amounts;
    user.track?.hold(amounts, user.own);
    shiftHeadroom(levels, user, 1);
    shiftHeadroom(cell, user, 1);
  }

  takeOut(instance: Instance, atMs: number): void {
    this.#move(instance, -1, atMs);
  }

  putBack(instance: Instance, atMs: number): void {
    this.#move(instance, 1, atMs);
  }

  #move(instance: Instance, times: 1 | -1, atMs: number): void {
    if (instance.phase === "suspended") return;
    const owner = instance.owner;
    const levels = this.#levels(owner, atMs);
    const cell = this.#cellLevels(owner, atMs);
    shiftInstance(levels, instance, times);
    shiftInstance(cell, instance, times);
    if (owner === null) return;
    owner.track?.advance(atMs);
    shiftHeadroom(levels, owner, -1);
    shiftHeadroom(cell, owner, -1);
    owner.own.add(instance.size, times);
    owner.track?.move(instance, times);
    owner.track?.hold(owner.reserved, owner.own);
    shiftHeadroom(levels, owner, 1);
    shiftHeadroom(cell, owner, 1);
  }

  /** The levels of the owner's group, advanced so that they may change. */
  #levels(owner: User | null, atMs: number): Float64Array {
    const group = owner === null ? this.unbound : this.tiers[owner.tier]!;
    group.advance(atMs);
    return group.levels;
  }

  /** The same of the owner's row of cells. */
  #cellLevels(owner: User | null, atMs: number): Float64Array {
    const { capacity } = owner === null ? this.#nobody : owner.cells;
    capacity.advance(atMs);
    return capacity.levels;
  }
}

function shiftInstance(levels: Float64Array, instance: Instance, times: 1 | -1): void {
  if (instance.phase !== "ready") {
    shift(levels, STARTING, instance.size, times);
    levels[STARTUP_INSTANCES]! += times;
  } else if (instance.requests.length > 0) {
    shiftExecuting(levels, instance.size, instance.requested, times);
    levels[BUSY_INSTANCES]! += times;
  } else if (instance.owner !== null) {
    shift(levels, IDLE, instance.size, times);
    levels[IDLE_INSTANCES]! += times;
  } else {
    shift(levels, SHADOW, instance.size, times);
    levels[SHADOW_INSTANCES]! += times;
  }
}

function shift(levels: Float64Array, part: number, amounts: Resources, times: 1 | -1): void {
  levels[part]! += times * amounts.cpuMillis;
  levels[part + 1]! += times * amounts.memoryMiB;
  levels[part + 2]! += times * amounts.gpuMillis;
  levels[part + 3]! += times * amounts.networkKbps;
}

/** used = min(size, Σ requested); slack = size − used. */
function shiftExecuting(levels: Float64Array, size: Resources, requested: Resources, times: 1 | -1): void {
  const cpuMillis = Math.min(size.cpuMillis, requested.cpuMillis);
  const memoryMiB = Math.min(size.memoryMiB, requested.memoryMiB);
  const gpuMillis = Math.min(size.gpuMillis, requested.gpuMillis);
  const networkKbps = Math.min(size.networkKbps, requested.networkKbps);
  levels[USED]! += times * cpuMillis;
  levels[USED + 1]! += times * memoryMiB;
  levels[USED + 2]! += times * gpuMillis;
  levels[USED + 3]! += times * networkKbps;
  levels[SLACK]! += times * (size.cpuMillis - cpuMillis);
  levels[SLACK + 1]! += times * (size.memoryMiB - memoryMiB);
  levels[SLACK + 2]! += times * (size.gpuMillis - gpuMillis);
  levels[SLACK + 3]! += times * (size.networkKbps - networkKbps);
}

/** headroom = max(0, R − own), resource by resource. */
function shiftHeadroom(levels: Float64Array, user: User, times: 1 | -1): void {
  const { reserved, own } = user;
  if (reserved === NO_RESOURCES) return; // the common case: there is none
  levels[HEADROOM]! += times * Math.max(0, reserved.cpuMillis - own.cpuMillis);
  levels[HEADROOM + 1]! += times * Math.max(0, reserved.memoryMiB - own.memoryMiB);
  levels[HEADROOM + 2]! += times * Math.max(0, reserved.gpuMillis - own.gpuMillis);
  levels[HEADROOM + 3]! += times * Math.max(0, reserved.networkKbps - own.networkKbps);
}
