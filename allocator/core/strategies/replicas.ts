import type { Group, Instance } from "../instances.ts";
import type { ReplicasSpec } from "../policy.ts";
import { HorizontalPodAutoscaler } from "./hpa.ts";
import { KnativePodAutoscaler } from "./knative.ts";
import type { WarmStrategy } from "./warm.ts";

/**
 * Fills the slot `replicas`: how many instances a group is to have. It takes the place of the slot `warm`: what is idle stays while the
 * group has no more than it is to have.
 */
export interface ReplicaStrategy extends WarmStrategy {
  /** How many instances the group is to have now. */
  wanted(group: Group): number;
  /** How many instances of the group it knows of: for checks. */
  count(group: Group): number;
  /** The instance was launched, became ready, or runs another number of requests; an instance takes `concurrency` of them. */
  observe(instance: Instance, group: Group, concurrency: number, nowMs: number): void;
  /** The instance does not count any more: it stops, is suspended or lost. */
  gone(instance: Instance, group: Group): void;
  /** The strategy takes over: what the group has now is what it is to have. */
  adopted(group: Group, nowMs: number): void;
  /** A control interval ends. @returns the groups, by id, that have not as many instances as they are to have. */
  sync(nowMs: number): readonly number[];
}

export function replicaStrategy(spec: ReplicasSpec): ReplicaStrategy {
  return spec.strategy === "hpa" ? new HorizontalPodAutoscaler(spec) : new KnativePodAutoscaler(spec);
}
