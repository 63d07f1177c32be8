import { invariant, known } from "./assert.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import type { AppId, InstanceId, NodeId, PoolId, RequestId, UserId } from "./ids.ts";
import type { Resources } from "./resources.ts";

export type Phase = "starting" | "ready" | "suspended" | "resuming" | "stopping";
const PHASES: readonly Phase[] = ["starting", "ready", "suspended", "resuming", "stopping"];

export interface Instance {
  readonly id: InstanceId;
  readonly app: AppId;
  readonly pool: PoolId;
  readonly node: NodeId | null;
  /** The decision that launched it, for when the world could not. */
  readonly launchSeq: number;
  readonly launchIndex: number;
  size: Resources;
  /** Whether it takes capacity: not while suspended. */
  occupies: boolean;
  /** Whose it is; `null`: a shadow, bound to nobody yet. */
  user: UserId | null;
  phase: Phase;
  /** Requests bound to it, in the order of binding. */
  readonly requests: RequestId[];
  /** While idle: when it stops unless used; `null`: no such time. */
  keepUntilMs: number | null;
  /** When the agenda next looks at it; `null`: never. */
  wakeMs: number | null;
  /** Its place in its lookup list and among the idle: later is more recent. 0: in none. */
  lookupOrder: number;
  idleOrder: number;
  /** Links of the lists that it is in. */
  readonly lookup: Link;
  readonly idle: Link;
}

/** A place in a list that costs nothing to leave. */
export class Link {
  previous: Instance | null = null;
  next: Instance | null = null;
  list: InstanceList | null = null;
}

/** Instances in order of joining: first is the least recent, last the most recent. */
export class InstanceList {
  readonly #by: "lookup" | "idle";
  first: Instance | null = null;
  last: Instance | null = null;

  constructor(by: "lookup" | "idle") {
    this.#by = by;
  }

  push(instance: Instance): void {
    const link = instance[this.#by];
    invariant(link.list === null, "an instance is in one list of a kind");
    link.list = this;
    link.previous = this.last;
    if (this.last === null) this.first = instance;
    else this.last[this.#by].next = instance;
    this.last = instance;
  }

  remove(instance: Instance): void {
    const link = instance[this.#by];
    invariant(link.list === this, "an instance leaves the list that it is in");
    if (link.previous === null) this.first = link.next;
    else link.previous[this.#by].next = link.next;
    if (link.next === null) this.last = link.previous;
    else link.next[this.#by].previous = link.previous;
    link.previous = null;
    link.next = null;
    link.list = null;
  }

  *[Symbol.iterator](): Generator<Instance> {
    for (let at = this.first; at !== null; at = at[this.#by].next) yield at;
  }
}

/** The instances of one (user, app), or of one app where it is shared: where a request looks for one. */
export interface Group {
  readonly id: number;
  readonly app: AppId;
  readonly user: UserId | null;
  /** Ready, with room for another request. */
  readonly available: InstanceList;
  /** Starting or resuming, with room for another request. */
  readonly incoming: InstanceList;
  readonly suspended: InstanceList;
  /** Starting, active and idle; not suspended, not stopping. */
  live: number;
  /** When the agenda next looks at its target. */
  wakeMs: number | null;
  /** The last pass over the queue in which nothing had room for it. */
  failedPass: number;
}

/** Unbound shadows of one app. */
export interface Shadows {
  readonly ready: InstanceList;
  readonly incoming: InstanceList;
}

/** Every instance, and where each can be found. */
export class InstanceTable {
  readonly #instances = new Map<InstanceId, Instance>();
  readonly #groups: Group[] = [];
  readonly #groupIds = new Map<number, number>();
  readonly #shadows: Shadows[] = [];
  #nextId = 0;
  #order = 0;

  get count(): number {
    return this.#instances.size;
  }

  values(): IterableIterator<Instance> {
    return this.#instances.values();
  }

  get(id: InstanceId): Instance {
    return known(this.#instances.get(id), "instance");
  }

  /** `undefined` when it is already gone: the world may report an end twice. */
  find(id: InstanceId): Instance | undefined {
    return this.#instances.get(id);
  }

  groups(): readonly Group[] {
    return this.#groups;
  }

  groupById(id: number): Group {
    return known(this.#groups[id], "group");
  }

  /** The group of (user, app); `user` null: of the app as a whole. Made when first asked for. */
  group(user: UserId | null, app: AppId): Group {
    // Users and apps number fewer than 2^26 each, so the key is exact.
    const key = user === null ? -1 - app : user * 0x400_0000 + app;
    let id = this.#groupIds.get(key);
    if (id === undefined) {
      id = this.#groups.length;
      this.#groupIds.set(key, id);
      this.#groups.push({
        id,
        app,
        user,
        available: new InstanceList("lookup"),
        incoming: new InstanceList("lookup"),
        suspended: new InstanceList("lookup"),
        live: 0,
        wakeMs: null,
        failedPass: 0,
      });
    }
    return this.#groups[id] as Group;
  }

  shadows(app: AppId): Shadows {
    let shadows = this.#shadows[app];
    if (shadows === undefined) {
      shadows = { ready: new InstanceList("lookup"), incoming: new InstanceList("lookup") };
      this.#shadows[app] = shadows;
    }
    return shadows;
  }

  launch(
    instance: Omit<
      Instance,
      "id" | "phase" | "requests" | "keepUntilMs" | "wakeMs" | "lookupOrder" | "idleOrder" | "lookup" | "idle"
    >,
  ): Instance {
    const launched: Instance = {
      ...instance,
      id: this.#nextId as InstanceId,
      phase: "starting",
      requests: [],
      keepUntilMs: null,
      wakeMs: null,
      lookupOrder: 0,
      idleOrder: 0,
      lookup: new Link(),
      idle: new Link(),
    };
    this.#nextId += 1;
    this.#instances.set(launched.id, launched);
    return launched;
  }

  delete(instance: Instance): void {
    leave(instance.lookup, instance);
    leave(instance.idle, instance);
    this.#instances.delete(instance.id);
  }

  /** Moves the instance to the end of `list` (null: to none). */
  place(instance: Instance, list: InstanceList | null): void {
    leave(instance.lookup, instance);
    instance.lookupOrder = 0;
    if (list === null) return;
    this.#order += 1;
    instance.lookupOrder = this.#order;
    list.push(instance);
  }

  /** Likewise among the idle. */
  placeIdle(instance: Instance, list: InstanceList | null): void {
    leave(instance.idle, instance);
    instance.idleOrder = 0;
    if (list === null) return;
    this.#order += 1;
    instance.idleOrder = this.#order;
    list.push(instance);
  }

  write(out: ByteWriter): void {
    out.u32(this.#nextId);
    out.u64(this.#order);
    out.u32(this.#groups.length);
    for (const group of this.#groups) {
      out.u32(group.app);
      out.optional(group.user);
      out.u32(group.live);
      out.optionalMs(group.wakeMs);
    }
    out.u32(this.#instances.size);
    for (const instance of this.#instances.values()) {
      out.u32(instance.id);
      out.u32(instance.app);
      out.u32(instance.pool);
      out.optional(instance.node);
      out.u32(instance.launchSeq);
      out.u32(instance.launchIndex);
      out.resources(instance.size);
      out.bool(instance.occupies);
      out.optional(instance.user);
      out.u8(PHASES.indexOf(instance.phase));
      out.u32s(Uint32Array.from(instance.requests));
      out.optionalMs(instance.keepUntilMs);
      out.optionalMs(instance.wakeMs);
      out.u64(instance.lookupOrder);
      out.u64(instance.idleOrder);
    }
  }

  /**
   * @param lookupList which lookup list an instance belongs to, and `idleList` which list of the idle, if it is in one: the rules
   * live with whoever placed it.
   */
  static read(
    from: ByteReader,
    lists: (table: InstanceTable) => { lookup: (i: Instance) => InstanceList | null; idle: (i: Instance) => InstanceList },
  ): InstanceTable {
    const table = new InstanceTable();
    table.#nextId = from.u32();
    const order = from.u64();
    for (let left = from.u32(); left > 0; left -= 1) {
      const app = from.u32() as AppId;
      const group = table.group(from.optional<UserId>(), app);
      group.live = from.u32();
      group.wakeMs = from.optionalMs();
    }
    for (let left = from.u32(); left > 0; left -= 1) {
      const instance: Instance = {
        id: from.u32() as InstanceId,
        app: from.u32() as AppId,
        pool: from.u32() as PoolId,
        node: from.optional<NodeId>(),
        launchSeq: from.u32(),
        launchIndex: from.u32(),
        size: from.resources(),
        occupies: from.bool(),
        user: from.optional<UserId>(),
        phase: PHASES[from.u8()] as Phase,
        requests: [...from.u32s()] as RequestId[],
        keepUntilMs: from.optionalMs(),
        wakeMs: from.optionalMs(),
        lookupOrder: from.u64(),
        idleOrder: from.u64(),
        lookup: new Link(),
        idle: new Link(),
      };
      table.#instances.set(instance.id, instance);
    }
    const { lookup, idle } = lists(table);
    const all = [...table.#instances.values()];
    for (const instance of all.filter((i) => i.lookupOrder > 0).sort((a, b) => a.lookupOrder - b.lookupOrder)) {
      known(lookup(instance), "list of an instance").push(instance);
    }
    for (const instance of all.filter((i) => i.idleOrder > 0).sort((a, b) => a.idleOrder - b.idleOrder)) {
      idle(instance).push(instance);
    }
    table.#order = order;
    return table;
  }
}

function leave(link: Link, instance: Instance): void {
  link.list?.remove(instance);
}
