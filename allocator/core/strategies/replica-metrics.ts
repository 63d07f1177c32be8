/** What is known of one instance of an app when its replicas are counted: a pod, in Kubernetes' words. */
export interface PodSample {
  /** What it used over the last window; `null`: not reported. */
  readonly use: number | null;
  /** What it asks for, in the same unit. */
  readonly request: number;
  /** Its sample does not count: see `isUnready`. */
  readonly unready: boolean;
}

export interface UtilizationTarget {
  /** Per cent of what pods ask for. */
  readonly percent: number;
  /** How far from the target the ratio of use to target may be without a change. */
  readonly tolerance: number;
}

/**
 * How many replicas the use of the present ones asks for: the resource metric of the Kubernetes HorizontalPodAutoscaler
 * (autoscaling/v2; pkg/controller/podautoscaler/replica_calculator.go, GetResourceReplicas). Utilisation is in whole per cent, cut
 * off, as there.
 *
 * ratio = utilisation of the ready pods ÷ target; within the tolerance of 1 nothing changes, else ⌈ratio × ready pods⌉. What is not
 * known slows a change down: pods without a sample count as using all they ask for where the ratio is below 1 and nothing where it
 * is above, unready ones nothing where it is above; if the ratio over all of these is within the tolerance, or on the other side of
 * 1, or would move the replicas the other way, nothing changes; else ⌈that ratio × pods counted⌉.
 *
 * @returns `null` when no ready pod has a sample: then nothing is known, and nothing is done.
 */
export function replicasFromUse(current: number, pods: readonly PodSample[], target: UtilizationTarget): number | null {
  const missing = pods.filter(({ use, unready }) => use === null && !unready);
  const unready = pods.filter((pod) => pod.unready);
  const ready = pods.flatMap(({ use, request, unready: isOut }) => (use === null || isOut ? [] : [{ use, request }]));
  if (ready.length === 0) return null;
  const isWithinTolerance = (ratio: number) => Math.abs(1 - ratio) <= target.tolerance;

  const ratio = utilizationPercent(ready) / target.percent;
  const countsUnready = unready.length > 0 && ratio > 1;
  if (!countsUnready && missing.length === 0) {
    return isWithinTolerance(ratio) ? current : Math.ceil(ratio * ready.length);
  }

  const counted = [...ready];
  if (ratio < 1) counted.push(...missing.map(({ request }) => ({ use: request, request })));
  else if (ratio > 1) counted.push(...missing.map(({ request }) => ({ use: 0, request })));
  if (countsUnready) counted.push(...unready.map(({ request }) => ({ use: 0, request })));
  const careful = utilizationPercent(counted) / target.percent;
  if (isWithinTolerance(careful) || (ratio < 1 && careful > 1) || (ratio > 1 && careful < 1)) return current;
  const replicas = Math.ceil(careful * counted.length);
  return (careful < 1 && replicas > current) || (careful > 1 && replicas < current) ? current : replicas;
}

function utilizationPercent(pods: readonly { readonly use: number; readonly request: number }[]): number {
  let use = 0;
  let request = 0;
  for (const pod of pods) {
    use += pod.use;
    request += pod.request;
  }
  return request === 0 ? 0 : Math.trunc((use * 100) / request);
}

export interface Readiness {
  /** When it was placed on its node; `null`: not yet. */
  readonly startedMs: number | null;
  readonly isReady: boolean;
  /** When it last became ready, or ceased to be. */
  readonly sinceMs: number;
}

export interface ReadinessRule {
  readonly windowMs: number;
  /** After its start a pod may be busy with itself: a sample counts only if its whole window lies after the pod got ready. */
  readonly initializationMs: number;
  /** A pod that is not ready and has not been since so soon after its start has never been ready. */
  readonly readinessDelayMs: number;
}

/**
 * Whether a pod's sample of CPU, taken at `nowMs`, is left out (groupPods of the same file): it waits for a node; it is in its time
 * of initialization, and not ready or not for a whole window; or, later, it is not ready and never was. A pod that was ready once
 * and is not any more counts with what it uses.
 */
export function isUnready({ startedMs, isReady, sinceMs }: Readiness, rule: ReadinessRule, nowMs: number): boolean {
  if (startedMs === null) return true;
  if (startedMs + rule.initializationMs > nowMs) return !isReady || nowMs < sinceMs + rule.windowMs;
  return !isReady && startedMs + rule.readinessDelayMs > sinceMs;
}
