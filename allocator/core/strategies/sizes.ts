import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because } from "../decisions.ts";
import type { InstanceId } from "../ids.ts";
import type { Group, Instance } from "../instances.ts";
import type { SizeSpec } from "../policy.ts";
import { maximum, type Resources } from "../resources.ts";
import { becauseOfAutopilot } from "./autopilot.ts";
import { AutopilotJob } from "./autopilot-job.ts";
import { becauseOfCrane } from "./crane.ts";
import { CraneContainer } from "./crane-container.ts";
import type { SizeStrategy } from "./size.ts";
import { BECAUSE_OF_VPA } from "./vpa.ts";
import { VpaContainer } from "./vpa-container.ts";

/** What is known of the instances of one group, and what size it asks for. */
interface SizeRule {
  sample(used: Resources, atMs: number): void;
  /** A control interval ends in which there were samples. */
  endInterval(): void;
  /** What a new instance is to have. */
  target(): Resources;
  /** What an instance is to have that has had `size` since `sinceMs`; `null`: that. */
  change(size: Resources, sinceMs: number, nowMs: number): Resources | null;
  write(out: ByteWriter): void;
  read(from: ByteReader): void;
}

interface Watched {
  /** When it was launched or last resized. */
  sinceMs: number;
  /** The most that the requests on it asked for at once in the present control interval; `null`: it ran none. */
  peak: Resources | null;
}

/**
 * Fills the slot `size`: how large the instances of each (user, app) are to be, or of each app where it is shared. Where requests are
 * all there is to see, what an instance uses is what the requests on it ask for: the most of each control interval is a sample, of
 * all the group's instances alike. An interval in which an instance runs nothing says nothing about its size.
 */
export class Sizes implements SizeStrategy {
  readonly #because: Because;
  readonly #newRule: () => SizeRule;
  readonly #rules = new Map<number, SizeRule>();
  readonly #watched = new Map<InstanceId, Watched>();

  constructor(spec: SizeSpec) {
    switch (spec.strategy) {
      case "vpa":
        this.#because = BECAUSE_OF_VPA;
        this.#newRule = () => new VpaSize();
        break;
      case "autopilot":
        this.#because = becauseOfAutopilot(spec);
        this.#newRule = () => new RecommendedSize(new AutopilotJob(spec));
        break;
      case "crane":
        this.#because = becauseOfCrane(spec);
        this.#newRule = () => new RecommendedSize(new CraneContainer(spec));
    }
  }

  because(): Because {
    return this.#because;
  }

  /** `null`: nothing is known yet. */
  target(group: Group): Resources | null {
    return this.#rules.get(group.id)?.target() ?? null;
  }

  asked(id: InstanceId, amount: Resources, nowMs: number): void {
    const watched = this.#watch(id, nowMs);
    watched.peak = watched.peak === null ? amount : maximum(watched.peak, amount);
  }

  /** Takes in what each of `instances` used in it. */
  endInterval(
    instances: readonly (readonly [Instance, Group])[],
    askedOf: (instance: Instance) => Resources,
    nowMs: number,
  ): void {
    const sampled = new Set<SizeRule>();
    for (const [instance, group] of instances) {
      const watched = this.#watch(instance.id, nowMs);
      if (watched.peak === null) continue;
      const rule = this.#rule(group.id);
      rule.sample(watched.peak, nowMs);
      sampled.add(rule);
      watched.peak = instance.requests.length > 0 ? askedOf(instance) : null;
    }
    for (const rule of sampled) rule.endInterval();
  }

  change(instance: Instance, group: Group, nowMs: number): Resources | null {
    const { sinceMs } = this.#watch(instance.id, nowMs);
    return this.#rules.get(group.id)?.change(instance.size, sinceMs, nowMs) ?? null;
  }

  resized(id: InstanceId, nowMs: number): void {
    this.#watch(id, nowMs).sinceMs = nowMs;
  }

  gone(id: InstanceId): void {
    this.#watched.delete(id);
  }

  #watch(id: InstanceId, nowMs: number): Watched {
    let watched = this.#watched.get(id);
    if (watched === undefined) {
      watched = { sinceMs: nowMs, peak: null };
      this.#watched.set(id, watched);
    }
    return watched;
  }

  #rule(group: number): SizeRule {
    let rule = this.#rules.get(group);
    if (rule === undefined) {
      rule = this.#newRule();
      this.#rules.set(group, rule);
    }
    return rule;
  }

  write(out: ByteWriter): void {
    out.u32(this.#rules.size);
    for (const [group, rule] of this.#rules) {
      out.u32(group);
      rule.write(out);
    }
    out.u32(this.#watched.size);
    for (const [id, { sinceMs, peak }] of this.#watched) {
      out.u32(id);
      out.u64(sinceMs);
      out.bool(peak !== null);
      if (peak !== null) out.sums(peak);
    }
  }

  read(from: ByteReader): void {
    for (let left = from.u32(); left > 0; left -= 1) this.#rule(from.u32()).read(from);
    for (let left = from.u32(); left > 0; left -= 1) {
      const id = from.u32() as InstanceId;
      this.#watched.set(id, { sinceMs: from.u64(), peak: from.bool() ? from.sums() : null });
    }
  }
}

/** As the updater of the Vertical Pod Autoscaler 1.7, which resizes in place. Memory never runs out: an instance has what is asked for. */
class VpaSize extends VpaContainer implements SizeRule {
  endInterval(): void {}
}

/** As Autopilot sets the limits of all tasks of a job, and Crane recommends for all pods of a workload: one size for all, at every tick. */
class RecommendedSize implements SizeRule {
  readonly #job: Pick<AutopilotJob, "sample" | "recommend" | "write" | "read">;
  #target: Resources | null = null;

  constructor(job: Pick<AutopilotJob, "sample" | "recommend" | "write" | "read">) {
    this.#job = job;
  }

  sample(used: Resources, atMs: number): void {
    this.#job.sample(used, atMs);
  }

  endInterval(): void {
    this.#target = this.#job.recommend();
  }

  target(): Resources {
    return this.#target as Resources;
  }

  change(): Resources {
    return this.target();
  }

  write(out: ByteWriter): void {
    this.#job.write(out);
    out.sums(this.target());
  }

  read(from: ByteReader): void {
    this.#job.read(from);
    this.#target = from.sums();
  }
}
