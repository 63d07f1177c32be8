import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Rule } from "../decisions.ts";
import type { InstanceId } from "../ids.ts";
import type { Group, Instance } from "../instances.ts";
import type { JointSpec } from "../policy.ts";
import { times, timesIn } from "../pools/packing.ts";
import { isZero, maximum, NO_RESOURCES, type Resources } from "../resources.ts";
import type { TierLevels } from "./levels.ts";
import type { SizeStrategy } from "./size.ts";
import type { Apps, StartUps } from "./warm.ts";
import { WarmFromForecast } from "./warm-from-forecast.ts";

/** The largest amounts that a request of a group asked for. */
interface Asked {
  /** In this control interval; nothing: no request came in it. */
  now: Resources;
  /** In the last one before it in which one came. */
  before: Resources;
}

/**
 * Vertical and horizontal scaling of one forecast: of the requests of a group that run at once, N, it says how many instances there are and how
 * large each is.
 *
 * With d, the most that a request of the group asked for in this and the last control interval in which any came, an instance of its app's
 * shape has m places: as many requests as the app lets an instance run, and as often as d fits in the shape, at least one. There are
 * ⌈N ⁄ m⌉ instances. They are filled one after another, those that run most first: each is as large as its part of N, between 1 and m, times d.
 * So a forecast that rises makes the instance that is there larger, until it is as large as it may be, and then starts another; one that falls
 * makes the last one smaller, and has it stopped. One that is started for a request is as large as that asks, so that nobody waits for room for
 * others; the end of the control interval brings it to its part.
 *
 * Where no forecast speaks, or no request of the group has come yet, an instance is as large as its app says.
 */
export class JointScaling extends WarmFromForecast {
  override readonly launchRule: Rule = "joint";
  readonly sizes: SizeStrategy;
  readonly #everyMs: number;
  readonly #apps: Apps;
  readonly #asked = new Map<number, Asked>();
  /** By instance, what it is to have since the last control interval ended. */
  #planned = new Map<InstanceId, Resources>();

  constructor(spec: JointSpec, platform: TierLevels & StartUps & Apps) {
    super(spec, platform);
    this.#everyMs = spec.everyMs;
    this.#apps = platform;
    this.sizes = {
      because: (group) => this.because("joint", group),
      target: (group, nowMs, asked) => this.#sizeOfNew(group, nowMs, asked),
      endInterval: (instances, _askedOf, nowMs) => this.#endInterval(instances, nowMs),
      change: ({ id }) => this.#planned.get(id) ?? null,
      asked: () => {},
      resized: () => {},
      gone: (id) => this.#planned.delete(id),
      write: () => {}, // it is in the state of the slot `warm`
      read: () => {},
    };
  }

  /** Until the end of the control interval instances have to be as large as they are. */
  protected override leadMs(startUpMs: number): number {
    return startUpMs + this.#everyMs;
  }

  protected override needed(group: Group, nowMs: number): number {
    return Math.ceil(super.needed(group, nowMs) / this.#places(group));
  }

  override arrived(group: Group, _nowMs: number, _concurrency: number, requested: Resources): void {
    const asked = this.#asked.get(group.id) ?? { now: NO_RESOURCES, before: NO_RESOURCES };
    this.#asked.set(group.id, asked);
    asked.now = maximum(asked.now, requested);
  }

  /** What a request asks for. */
  #each(group: Group): Resources {
    const asked = this.#asked.get(group.id);
    return asked === undefined ? NO_RESOURCES : maximum(asked.now, asked.before);
  }

  /** How many requests an instance of its app's shape has room for. */
  #places({ id, app }: Group): number {
    const { concurrency, shape } = this.#apps.app(app);
    const asked = this.#asked.get(id);
    if (asked === undefined) return concurrency;
    return Math.max(1, Math.min(concurrency, timesIn(maximum(asked.now, asked.before), shape)));
  }

  /** Of one that is started ahead, the part of N that those before it leave to it. */
  #sizeOfNew(group: Group, nowMs: number, asked: Resources | null): Resources | null {
    const each = asked ?? this.#each(group);
    if (isZero(each) || !this.speaks(group, nowMs)) return null;
    if (asked !== null) return each;
    const places = this.#places(group);
    const left = super.needed(group, nowMs) - group.live * places;
    return times(each, Math.min(places, Math.max(1, left)));
  }

  #endInterval(instances: readonly (readonly [Instance, Group])[], nowMs: number): void {
    this.#planned = new Map();
    const groups = new Map<Group, Instance[]>();
    for (const [instance, group] of instances) {
      const members = groups.get(group);
      if (members === undefined) groups.set(group, [instance]);
      else members.push(instance);
    }
    for (const [group, members] of groups) this.#plan(group, members, nowMs);
    for (const asked of this.#asked.values()) {
      if (isZero(asked.now)) continue;
      asked.before = asked.now;
      asked.now = NO_RESOURCES;
    }
  }

  #plan(group: Group, members: readonly Instance[], nowMs: number): void {
    const each = this.#each(group);
    if (isZero(each) || !this.speaks(group, nowMs)) return;
    const places = this.#places(group);
    let left = super.needed(group, nowMs);
    for (const { id, requests } of [...members].sort((a, b) => b.requests.length - a.requests.length || a.id - b.id)) {
      const some = Math.max(1, requests.length, Math.min(left, places));
      left -= some;
      this.#planned.set(id, times(each, some));
    }
  }

  override write(out: ByteWriter): void {
    super.write(out);
    out.u32(this.#asked.size);
    for (const [group, { now, before }] of this.#asked) {
      out.u32(group);
      out.sums(now);
      out.sums(before);
    }
  }

  override read(from: ByteReader): void {
    super.read(from);
    this.#asked.clear();
    for (let left = from.u32(); left > 0; left -= 1) this.#asked.set(from.u32(), { now: from.sums(), before: from.sums() });
  }
}
