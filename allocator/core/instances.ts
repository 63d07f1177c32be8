import { known } from "./assert.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { IdTable } from "./id-table.ts";
import { IdleInstances } from "./idle-instances.ts";
import type { AppId, InstanceId, NodeId, PoolId, RequestId, UserId } from "./ids.ts";
import { InstanceList, Link, leaveList } from "./instance-list.ts";
import type { Resources } from "./resources.ts";

export type Phase = "starting" | "ready" | "suspended" | "resuming" | "stopping" | "suspending";
const PHASES: readonly Phase[] = ["starting", "ready", "suspended", "resuming", "stopping", "suspending"];

/** What is fixed when an instance is launched. */
export interface Launched {
  readonly id: InstanceId;
  readonly app: AppId;
  readonly pool: PoolId;
  readonly node: NodeId | null;
  /** The decision that launched it, for when the world could not. */
  readonly launchSeq: number;
  readonly launchIndex: number;
}

export class Instance {
  readonly launched: Launched;
  size: Resources;
  /** Whose it is; `null`: a shadow, bound to nobody yet. */
  user: UserId | null;
  /** Whether it takes capacity: not while suspended. */
  occupies = false;
  phase: Phase = "starting";
  /** The token of the decision by which it is being suspended or resumed; `null`: it is not. */
  asked: { readonly seq: number; readonly index: number } | null = null;
  /** What is started to take its place; it counts instead of this one. */
  replacement: InstanceId | null = null;
  /** Its replacement is ready: it takes no more requests. */
  handedOver = false;
  /** Whose place it is to take, until it is ready. */
  replaces: InstanceId | null = null;
  /** Requests bound to it, in the order of binding. */
  readonly requests: RequestId[];
  /** It has requests, and they had to wait for its start-up: it is taken at times that demand as such does not account for. */
  delayed = false;
  /** While idle: when it stops unless used; `null`: no such time. */
  keepUntilMs: number | null = null;
  /** When the agenda next looks at it; `null`: never. */
  wakeMs: number | null = null;
  /** Its place in its lookup list and among the idle: later is more recent. 0: in none. */
  lookupOrder = 0;
  idleOrder = 0;
  /** Links of the lists that it is in. */
  readonly lookup: Link = new Link(this);
  readonly idle: Link = new Link(this);
  readonly idleOfUser: Link = new Link(this);
  readonly idleOnNode: Link = new Link(this);

  constructor(launched: Launched, size: Resources, user: UserId | null, requests: RequestId[]) {
    this.launched = launched;
    this.size = size;
    this.user = user;
    this.requests = requests;
  }

  get id(): InstanceId {
    return this.launched.id;
  }

  get app(): AppId {
    return this.launched.app;
  }

  get node(): NodeId | null {
    return this.launched.node;
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
  /** Those of them that are `delayed`. */
  delayed: number;
  /** When the agenda next looks at its target. */
  wakeMs: number | null;
}

/** Unbound shadows of one app. */
export interface Shadows {
  readonly ready: InstanceList;
  readonly incoming: InstanceList;
}

/** The groups of one app; most calls ask for the same one as the call before. */
interface GroupsOfApp {
  latest: Group;
  readonly byUser: Map<UserId | null, Group>;
}

/** Every instance, and where each can be found. */
export class InstanceTable {
  readonly #instances = new IdTable<InstanceId, Instance>();
  readonly #groups: Group[] = [];
  readonly #groupsOf: (GroupsOfApp | undefined)[] = [];
  readonly #shadows: Shadows[] = [];
  readonly idle = new IdleInstances();
  #nextId = 0;
  #order = 0;

  get count(): number {
    return this.#instances.size;
  }

  values(): Iterable<Instance> {
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
    let groups = this.#groupsOf[app];
    if (groups === undefined) {
      groups = { latest: this.#newGroup(user, app), byUser: new Map() };
      groups.byUser.set(user, groups.latest);
      this.#groupsOf[app] = groups;
    }
    if (groups.latest.user === user) return groups.latest;
    let group = groups.byUser.get(user);
    if (group === undefined) {
      group = this.#newGroup(user, app);
      groups.byUser.set(user, group);
    }
    groups.latest = group;
    return group;
  }

  #newGroup(user: UserId | null, app: AppId): Group {
    const group: Group = {
      id: this.#groups.length,
      app,
      user,
      available: new InstanceList(),
      incoming: new InstanceList(),
      suspended: new InstanceList(),
      live: 0,
      delayed: 0,
      wakeMs: null,
    };
    this.#groups.push(group);
    return group;
  }

  shadows(app: AppId): Shadows {
    let shadows = this.#shadows[app];
    if (shadows === undefined) {
      shadows = { ready: new InstanceList(), incoming: new InstanceList() };
      this.#shadows[app] = shadows;
    }
    return shadows;
  }

  launch(by: Omit<Launched, "id">, size: Resources, user: UserId | null, requests: RequestId[]): Instance {
    const { app, pool, node, launchSeq, launchIndex } = by;
    const id = this.#nextId as InstanceId;
    const instance = new Instance({ id, app, pool, node, launchSeq, launchIndex }, size, user, requests);
    this.#nextId += 1;
    this.#instances.set(instance.id, instance);
    return instance;
  }

  delete(instance: Instance): void {
    leaveList(instance.lookup);
    this.idle.leave(instance);
    this.#instances.delete(instance.id);
  }

  /** Moves the instance to the end of `list` (null: to none). One that starts keeps its place: the first is ready first. */
  place(instance: Instance, list: InstanceList | null): void {
    if (list !== null && instance.lookup.list === list && instance.phase !== "ready") return;
    leaveList(instance.lookup);
    instance.lookupOrder = 0;
    if (list === null) return;
    this.#order += 1;
    instance.lookupOrder = this.#order;
    list.push(instance.lookup);
  }

  /** Likewise among the idle. @param place as in `IdleInstances`. */
  placeIdle(instance: Instance, place: number | null): void {
    this.idle.leave(instance);
    instance.idleOrder = 0;
    if (place === null) return;
    this.#order += 1;
    instance.idleOrder = this.#order;
    this.idle.enter(instance, place);
  }

  write(out: ByteWriter): void {
    out.u32(this.#nextId);
    out.u64(this.#order);
    out.u32(this.#groups.length);
    for (const group of this.#groups) {
      out.u32(group.app);
      out.optional(group.user);
      out.u32(group.live);
      out.u32(group.delayed);
      out.optionalMs(group.wakeMs);
    }
    out.u32(this.#instances.size);
    for (const instance of this.#instances.values()) {
      const { launched } = instance;
      out.u32(launched.id);
      out.u32(launched.app);
      out.u32(launched.pool);
      out.optional(launched.node);
      out.u32(launched.launchSeq);
      out.u32(launched.launchIndex);
      out.resources(instance.size);
      out.bool(instance.occupies);
      out.optional(instance.user);
      out.u8(PHASES.indexOf(instance.phase));
      out.bool(instance.asked !== null);
      if (instance.asked !== null) {
        out.u32(instance.asked.seq);
        out.u32(instance.asked.index);
      }
      out.optional(instance.replacement);
      out.bool(instance.handedOver);
      out.optional(instance.replaces);
      out.u32s(Uint32Array.from(instance.requests));
      out.bool(instance.delayed);
      out.optionalMs(instance.keepUntilMs);
      out.optionalMs(instance.wakeMs);
      out.u64(instance.lookupOrder);
      out.u64(instance.idleOrder);
    }
  }

  /**
   * @param lists which lookup list an instance belongs to, and which place among the idle, if it is there: the rules live with whoever
   * placed it.
   */
  static read(
    from: ByteReader,
    lists: (table: InstanceTable) => { lookup: (i: Instance) => InstanceList | null; idlePlace: (i: Instance) => number },
  ): InstanceTable {
    const table = new InstanceTable();
    table.#nextId = from.u32();
    const order = from.u64();
    for (let left = from.u32(); left > 0; left -= 1) {
      const app = from.u32() as AppId;
      const group = table.group(from.optional<UserId>(), app);
      group.live = from.u32();
      group.delayed = from.u32();
      group.wakeMs = from.optionalMs();
    }
    for (let left = from.u32(); left > 0; left -= 1) {
      const launched: Launched = {
        id: from.u32() as InstanceId,
        app: from.u32() as AppId,
        pool: from.u32() as PoolId,
        node: from.optional<NodeId>(),
        launchSeq: from.u32(),
        launchIndex: from.u32(),
      };
      const instance = new Instance(launched, from.resources(), null, []);
      instance.occupies = from.bool();
      instance.user = from.optional<UserId>();
      instance.phase = PHASES[from.u8()] as Phase;
      if (from.bool()) instance.asked = { seq: from.u32(), index: from.u32() };
      instance.replacement = from.optional();
      instance.handedOver = from.bool();
      instance.replaces = from.optional();
      instance.requests.push(...([...from.u32s()] as RequestId[]));
      instance.delayed = from.bool();
      instance.keepUntilMs = from.optionalMs();
      instance.wakeMs = from.optionalMs();
      instance.lookupOrder = from.u64();
      instance.idleOrder = from.u64();
      table.#instances.set(instance.id, instance);
    }
    const { lookup, idlePlace } = lists(table);
    const all = [...table.#instances.values()];
    for (const instance of all.filter((i) => i.lookupOrder > 0).sort((a, b) => a.lookupOrder - b.lookupOrder)) {
      known(lookup(instance), "list of an instance").push(instance.lookup);
    }
    for (const instance of all.filter((i) => i.idleOrder > 0).sort((a, b) => a.idleOrder - b.idleOrder)) {
      table.idle.enter(instance, idlePlace(instance));
    }
    table.#order = order;
    return table;
  }
}

/** Ready, with nothing to run. */
export function isIdle({ phase, requests }: Instance): boolean {
  return phase === "ready" && requests.length === 0;
}
