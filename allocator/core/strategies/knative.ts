import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { Group, Instance } from "../instances.ts";
import type { KnativeSpec } from "../policy.ts";
import { MeanConcurrency } from "./mean-concurrency.ts";
import { PanicMode, type PanicRule } from "./panic-mode.ts";
import type { ReplicaStrategy } from "./replicas.ts";
import type { IdleWant } from "./warm.ts";

/**
 * The Knative Pod Autoscaler over the instances of each (user, app), or of each app where it is shared: every tick the replicas that the
 * concurrency over two windows asks for (panic-mode.ts). An instance is to have `target` × what it can run at once, and at least one
 * request (pkg/reconciler/autoscaling/resources/target.go). A request that finds none starts one at once; the last one stays for the
 * grace period once none is asked for (pkg/reconciler/autoscaling/kpa/scaler.go, handleScaleToZero).
 *
 * Ours, where Knative has a service: an instance takes no more requests than it can run, so the rest wait, as in the activator, and
 * the burst capacity that decides there whether they pass through it does not matter. Instances beyond the replicas stop as they fall
 * idle.
 */
export class KnativePodAutoscaler implements ReplicaStrategy {
  readonly trims = true;
  readonly launchRule: Rule = "replicas";
  readonly #spec: KnativeSpec;
  readonly #scaled = new Map<number, Scaled>();
  /** Those to look at at the next tick, by group. The rest are at rest: at the least number, and not used for a window. */
  readonly #awake = new Set<number>();

  constructor(spec: KnativeSpec) {
    this.#spec = spec;
  }

  wanted(group: Group): number {
    return this.#scaled.get(group.id)?.replicas ?? 0;
  }

  count(group: Group): number {
    return this.#scaled.get(group.id)?.pods.size ?? 0;
  }

  arrived(group: Group, nowMs: number, concurrency: number): void {
    const scaled = this.#of(group, concurrency);
    scaled.load.add(1, nowMs);
    if (scaled.replicas === 0) scaled.replicas = 1;
  }

  over(group: Group, nowMs: number): void {
    this.#scaled.get(group.id)?.load.add(-1, nowMs);
  }

  observe(instance: Instance, group: Group, concurrency: number): void {
    const { pods } = this.#of(group, concurrency);
    pods.set(instance.id, { isReady: instance.phase === "ready", requests: instance.requests.length });
  }

  gone(instance: Instance, group: Group): void {
    if (this.#scaled.get(group.id)?.pods.delete(instance.id) === true) this.#awake.add(group.id);
  }

  /** Those that wait have arrived already; those that run come on top. */
  adopted(group: Group, nowMs: number): void {
    const scaled = this.#scaled.get(group.id);
    if (scaled === undefined) return;
    for (const { requests } of scaled.pods.values()) scaled.load.add(requests, nowMs);
    scaled.replicas = Math.max(scaled.replicas, scaled.pods.size);
    scaled.mode.begin(readyOf(scaled), nowMs);
  }

  /** A tick: the groups that are to have another number of instances than they have. */
  sync(nowMs: number): readonly number[] {
    const unmet: number[] = [];
    for (const id of this.#awake) {
      const scaled = this.#scaled.get(id) as Scaled;
      const { load, mode, pods } = scaled;
      load.mark(nowMs, this.#spec.stableMs);
      const means = { stable: load.over(this.#spec.stableMs), panic: load.over(this.#spec.panicMs) };
      const asked = mode.decide(readyOf(scaled), means, this.#rule(scaled), nowMs);
      scaled.replicas = this.#withGrace(scaled, Math.min(Math.max(asked, this.#spec.least), this.#spec.most), nowMs);
      if (pods.size !== scaled.replicas) unmet.push(id);
      else if (scaled.replicas === this.#spec.least && load.now === 0 && means.stable === 0 && !mode.isOn) {
        load.rest();
        this.#awake.delete(id);
      }
    }
    return unmet;
  }

  #withGrace(scaled: Scaled, asked: number, nowMs: number): number {
    if (asked > 0 || scaled.replicas === 0) {
      scaled.unusedSinceMs = null;
      return asked;
    }
    scaled.unusedSinceMs ??= nowMs;
    return nowMs - scaled.unusedSinceMs < this.#spec.graceMs ? 1 : 0;
  }

  #rule({ concurrency }: Scaled): PanicRule {
    const { targetPpm, thresholdPpm, stableMs, upRatePpm, downRatePpm } = this.#spec;
    return {
      target: Math.max(1, (concurrency * targetPpm) / 1_000_000),
      threshold: thresholdPpm / 1_000_000,
      stableMs,
      upRate: upRatePpm / 1_000_000,
      downRate: downRatePpm / 1_000_000,
    };
  }

  #of(group: Group, concurrency: number): Scaled {
    let scaled = this.#scaled.get(group.id);
    if (scaled === undefined) {
      const replicas = this.#spec.least;
      scaled = {
        concurrency,
        replicas,
        pods: new Map(),
        load: new MeanConcurrency(),
        mode: new PanicMode(),
        unusedSinceMs: null,
      };
      this.#scaled.set(group.id, scaled);
    }
    this.#awake.add(group.id);
    return scaled;
  }

  whenIdle(group: Group): IdleWant {
    return group.live > this.wanted(group) ? { keep: "none", rule: "surplus" } : { keep: "open" };
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

  because(rule: Rule): Because {
    return { rule, batchIndex: -1, levelPpm: this.#spec.targetPpm, factorPpm: 1_000_000, guardrail: "none", rung: "none" };
  }

  write(out: ByteWriter): void {
    out.u32s(Uint32Array.from(this.#awake));
    out.u32(this.#scaled.size);
    for (const [id, { concurrency, replicas, pods, load, mode, unusedSinceMs }] of this.#scaled) {
      out.u32(id);
      out.u32(concurrency);
      out.u32(replicas);
      out.optionalMs(unusedSinceMs);
      load.write(out);
      mode.write(out);
      out.u32(pods.size);
      for (const [instance, { isReady, requests }] of pods) {
        out.u32(instance);
        out.bool(isReady);
        out.u32(requests);
      }
    }
  }

  read(from: ByteReader): void {
    for (const id of from.u32s()) this.#awake.add(id);
    for (let left = from.u32(); left > 0; left -= 1) {
      const id = from.u32();
      const concurrency = from.u32();
      const replicas = from.u32();
      const unusedSinceMs = from.optionalMs();
      const scaled: Scaled = {
        concurrency,
        replicas,
        unusedSinceMs,
        pods: new Map(),
        load: new MeanConcurrency(),
        mode: new PanicMode(),
      };
      scaled.load.read(from);
      scaled.mode.read(from);
      for (let pods = from.u32(); pods > 0; pods -= 1) {
        scaled.pods.set(from.u32(), { isReady: from.bool(), requests: from.u32() });
      }
      this.#scaled.set(id, scaled);
    }
  }
}

/** What is scaled as one. */
interface Scaled {
  readonly concurrency: number;
  replicas: number;
  /** By instance. */
  readonly pods: Map<number, { readonly isReady: boolean; readonly requests: number }>;
  readonly load: MeanConcurrency;
  readonly mode: PanicMode;
  /** Since when none is asked for while there are some. */
  unusedSinceMs: number | null;
}

function readyOf({ pods }: Scaled): number {
  let ready = 0;
  for (const { isReady } of pods.values()) if (isReady) ready += 1;
  return ready;
}
