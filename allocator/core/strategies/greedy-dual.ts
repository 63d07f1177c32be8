import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { InstanceId } from "../ids.ts";
import type { Group, Instance } from "../instances.ts";
import type { GreedyDualSpec } from "../policy.ts";
import type { EvictionRanking, IdleWant, StartUps, WarmStrategy } from "./warm.ts";

/**
 * Greedy-dual keep-alive (Fuerst and Sharma, FaasCache, ASPLOS 2021, §4.1; eq. 1 and its simulator, LambdaScheduler.py): idle instances
 * stay until room is needed, and then those of the lowest priority go:
 *
 *     priority = clock + frequency × cost ⁄ size
 *
 * Cost is what a cold start takes longer than a warm one, here the app's start-up time; size the instance's memory; frequency the uses
 * of all the group's instances that are there, so it begins anew once all are gone. The clock is the highest priority evicted so far:
 * what is used takes the clock of that moment, so what is not used any more falls behind. A use renews the priority of all instances
 * of its group; among equals the least recently used goes first. What runs is never evicted.
 *
 * Ours: a tier goes before a higher one whatever the priorities, and an idle instance stops after `ttl`, as OpenWhisk's do, on which
 * FaasCache is built; its simulator has no such time, which is `ttl: none`.
 */
export class GreedyDual implements WarmStrategy, EvictionRanking {
  readonly trims = false;
  readonly launchRule: Rule = "prewarm";
  readonly #ttlMs: number | null;
  readonly #startUps: StartUps;
  readonly #groups = new Map<number, Ranked>();
  /** How often each instance was used. */
  readonly #uses = new Map<InstanceId, number>();
  #clock = 0;

  constructor({ ttlMs }: GreedyDualSpec, startUps: StartUps) {
    this.#ttlMs = ttlMs;
    this.#startUps = startUps;
  }

  get ranking(): EvictionRanking {
    return this;
  }

  used(instance: Instance, group: Group): void {
    this.#uses.set(instance.id, (this.#uses.get(instance.id) ?? 0) + 1);
    const frequency = (this.#groups.get(group.id)?.frequency ?? 0) + 1;
    const size = Math.max(1, instance.size.memoryMiB);
    const priority = this.#clock + (frequency * this.#startUps.startUpMs(group.app)) / size;
    this.#groups.set(group.id, { frequency, priority });
  }

  gone(id: InstanceId, group: Group, isEvicted: boolean): void {
    if (isEvicted) this.#clock = Math.max(this.#clock, this.rank(group));
    const uses = this.#uses.get(id);
    if (uses === undefined) return;
    this.#uses.delete(id);
    const ranked = this.#groups.get(group.id) as Ranked;
    if (ranked.frequency === uses) this.#groups.delete(group.id);
    else ranked.frequency -= uses;
  }

  rank(group: Group): number {
    return this.#groups.get(group.id)?.priority ?? 0;
  }

  whenIdle(_group: Group, sinceMs: number): IdleWant {
    return this.#ttlMs === null ? { keep: "open" } : { keep: "until", untilMs: sinceMs + this.#ttlMs };
  }

  target(): null {
    return null;
  }
  nextChangeMs(): null {
    return null;
  }
  prewarmMs(): null {
    return null;
  }
  onForecast(): readonly Group[] {
    return [];
  }
  arrived(): void {}
  over(): void {}

  because(rule: Rule): Because {
    return { rule, batchIndex: -1, levelPpm: 0, factorPpm: 1_000_000, guardrail: "none", rung: "none" };
  }

  write(out: ByteWriter): void {
    out.f64(this.#clock);
    out.u32(this.#groups.size);
    for (const [group, { frequency, priority }] of this.#groups) {
      out.u32(group);
      out.u64(frequency);
      out.f64(priority);
    }
    out.u32(this.#uses.size);
    for (const [id, uses] of this.#uses) {
      out.u32(id);
      out.u64(uses);
    }
  }

  read(from: ByteReader): void {
    this.#clock = from.f64();
    for (let left = from.u32(); left > 0; left -= 1) {
      this.#groups.set(from.u32(), { frequency: from.u64(), priority: from.f64() });
    }
    for (let left = from.u32(); left > 0; left -= 1) this.#uses.set(from.u32() as InstanceId, from.u64());
  }
}

interface Ranked {
  frequency: number;
  priority: number;
}
