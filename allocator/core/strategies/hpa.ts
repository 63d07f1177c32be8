import type { ByteReader, ByteWriter } from "../bytes.ts";
import type { Because, Rule } from "../decisions.ts";
import type { Group, Instance } from "../instances.ts";
import type { HpaSpec } from "../policy.ts";
import { ReplicaForecast } from "./replica-forecast.ts";
import { isUnready, type PodSample, replicasFromUse } from "./replica-metrics.ts";
import type { ReplicaStrategy } from "./replicas.ts";
import { ScalingHistory } from "./scaling-history.ts";
import type { IdleWant } from "./warm.ts";

/**
 * The Kubernetes HorizontalPodAutoscaler (autoscaling/v2) over the instances of each (user, app), or of each app where it is shared:
 * every sync period the replicas that their use asks for (replica-metrics.ts), as far and as fast as they may change
 * (scaling-history.ts).
 *
 * An instance's use is what metrics-server reports of CPU where a request in execution takes one place of an instance: the mean number
 * of requests that it ran over the last period; what it asks for is how many it could run. So the metric never exceeds 100 %: requests
 * that wait show only in instances that are full.
 *
 * With `predict` it is the Predictive Horizontal Pod Autoscaler: what its models say of the counts so calculated (replica-forecast.ts)
 * stands beside the last one, and the largest goes on to how far and how fast.
 *
 * Ours, where Kubernetes has a Deployment: an app has no replicas before its first request, and the least number from then on.
 * Instances beyond the replicas stop as they fall idle, and until then those launched last are left out of the metric, as pods that
 * terminate are.
 */
export class HorizontalPodAutoscaler implements ReplicaStrategy {
  readonly trims = true;
  readonly launchRule: Rule = "replicas";
  readonly #spec: HpaSpec;
  readonly #scaled = new Map<number, Scaled>();
  /** Those to look at when the next period ends, by group. The rest are at rest: at the least number, and not used. */
  readonly #awake = new Set<number>();
  /** The end of the last period. */
  #syncedMs = 0;

  constructor(spec: HpaSpec) {
    this.#spec = spec;
  }

  wanted(group: Group): number {
    return this.#scaled.get(group.id)?.replicas ?? 0;
  }

  count(group: Group): number {
    return this.#scaled.get(group.id)?.pods.size ?? 0;
  }

  arrived(group: Group, _nowMs: number, concurrency: number): void {
    this.#of(group, concurrency);
  }

  observe(instance: Instance, group: Group, concurrency: number, nowMs: number): void {
    const { pods } = this.#of(group, concurrency);
    let pod = pods.get(instance.id);
    if (pod === undefined) {
      pod = { startedMs: nowMs, readyMs: null, running: 0, runningSinceMs: nowMs, usedMs: 0 };
      pods.set(instance.id, pod);
    }
    pod.usedMs += pod.running * (nowMs - pod.runningSinceMs);
    pod.runningSinceMs = nowMs;
    pod.running = instance.phase === "ready" ? instance.requests.length : 0;
    pod.readyMs = instance.phase === "ready" ? (pod.readyMs ?? nowMs) : null;
  }

  gone(instance: Instance, group: Group): void {
    const scaled = this.#scaled.get(group.id);
    if (scaled === undefined) return;
    scaled.pods.delete(instance.id);
    this.#wake(group.id, scaled);
  }

  adopted(group: Group, nowMs: number): void {
    const scaled = this.#scaled.get(group.id);
    if (scaled === undefined) return;
    scaled.replicas = Math.max(scaled.replicas, scaled.pods.size);
    scaled.history.remember(scaled.replicas, nowMs);
  }

  /** A sync: the groups that are to have another number of instances than they have. */
  sync(nowMs: number): readonly number[] {
    const unmet: number[] = [];
    for (const id of this.#awake) {
      const scaled = this.#scaled.get(id) as Scaled;
      const used = replicasFromUse(scaled.replicas, this.#samples(scaled, nowMs), {
        percent: this.#spec.targetPpm / 10_000,
        tolerance: this.#spec.tolerancePpm / 1_000_000,
      });
      const desired = used === null ? null : Math.max(used, scaled.forecast?.predict(used) ?? 0);
      scaled.replicas = scaled.history.decide(scaled.replicas, desired, this.#spec, nowMs);
      const isForgotten = scaled.history.holdsNoneAbove(0) && scaled.forecast?.isForgotten !== false;
      if (scaled.pods.size !== scaled.replicas) unmet.push(id);
      else if (desired === 0 && scaled.replicas === this.#spec.least && isForgotten) this.#awake.delete(id);
    }
    this.#syncedMs = nowMs;
    return unmet;
  }

  /** What is reported of each pod for the period that ends, which ends with it. */
  #samples({ replicas, concurrency, pods }: Scaled, nowMs: number): PodSample[] {
    const rule = { ...this.#spec, windowMs: this.#spec.everyMs };
    const request = concurrency * rule.windowMs;
    const samples: PodSample[] = [];
    for (const pod of pods.values()) {
      const use = pod.usedMs + pod.running * (nowMs - pod.runningSinceMs);
      pod.usedMs = 0;
      pod.runningSinceMs = nowMs;
      const isReady = pod.readyMs !== null;
      const unready = isUnready({ startedMs: pod.startedMs, isReady, sinceMs: pod.readyMs ?? pod.startedMs }, rule, nowMs);
      if (samples.length < replicas) samples.push({ use, request, unready });
    }
    // Those that found no room: they wait for a node.
    while (samples.length < replicas) samples.push({ use: null, request, unready: true });
    return samples;
  }

  #of(group: Group, concurrency: number): Scaled {
    let scaled = this.#scaled.get(group.id);
    if (scaled === undefined) {
      scaled = {
        concurrency,
        replicas: this.#spec.least,
        pods: new Map(),
        history: new ScalingHistory(),
        forecast: this.#newForecast(),
      };
      this.#scaled.set(group.id, scaled);
      this.#awake.add(group.id);
    } else this.#wake(group.id, scaled);
    return scaled;
  }

  #newForecast(): ReplicaForecast | null {
    const { predict, everyMs } = this.#spec;
    return predict === undefined ? null : new ReplicaForecast(predict, everyMs);
  }

  /** While it was at rest every sync recommended nothing. */
  #wake(id: number, { history }: Scaled): void {
    if (this.#awake.has(id)) return;
    this.#awake.add(id);
    history.remember(0, this.#syncedMs);
  }

  whenIdle(group: Group): IdleWant {
    return group.live > this.wanted(group) ? { keep: "none", rule: "surplus" } : { keep: "open" };
  }

  over(): void {}
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
    out.u64(this.#syncedMs);
    out.u32s(Uint32Array.from(this.#awake));
    out.u32(this.#scaled.size);
    for (const [id, { concurrency, replicas, pods, history, forecast }] of this.#scaled) {
      out.u32(id);
      out.u32(concurrency);
      out.u32(replicas);
      history.write(out);
      forecast?.write(out);
      out.u32(pods.size);
      for (const [instance, pod] of pods) {
        out.u32(instance);
        out.u64(pod.startedMs);
        out.optionalMs(pod.readyMs);
        out.u32(pod.running);
        out.u64(pod.runningSinceMs);
        out.u64(pod.usedMs);
      }
    }
  }

  read(from: ByteReader): void {
    this.#scaled.clear();
    this.#awake.clear();
    this.#syncedMs = from.u64();
    for (const id of from.u32s()) this.#awake.add(id);
    for (let left = from.u32(); left > 0; left -= 1) {
      const id = from.u32();
      const history = new ScalingHistory();
      const forecast = this.#newForecast();
      const scaled = { concurrency: from.u32(), replicas: from.u32(), pods: new Map<number, Pod>(), history, forecast };
      history.read(from);
      forecast?.read(from);
      for (let pods = from.u32(); pods > 0; pods -= 1) {
        scaled.pods.set(from.u32(), {
          startedMs: from.u64(),
          readyMs: from.optionalMs(),
          running: from.u32(),
          runningSinceMs: from.u64(),
          usedMs: from.u64(),
        });
      }
      this.#scaled.set(id, scaled);
    }
  }
}

/** What is scaled as one. */
interface Scaled {
  readonly concurrency: number;
  replicas: number;
  /** By instance, in the order of their launch. */
  readonly pods: Map<number, Pod>;
  readonly history: ScalingHistory;
  /** `null`: it only reacts. */
  readonly forecast: ReplicaForecast | null;
}

interface Pod {
  readonly startedMs: number;
  readyMs: number | null;
  running: number;
  runningSinceMs: number;
  /** Requests × ms run in the present period, until `runningSinceMs`. */
  usedMs: number;
}
