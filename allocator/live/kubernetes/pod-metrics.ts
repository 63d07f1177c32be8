import type { InstanceId } from "../../core/ids.ts";
import { add, NO_RESOURCES, type Resources } from "../../core/resources.ts";
import type { KubernetesObject, Quantities } from "./objects.ts";
import { instanceOf } from "./pod-names.ts";
import { measured } from "./resource-mapping.ts";

/** What the metrics API (`metrics.k8s.io/v1beta1`) says of a pod. */
export interface PodMetrics extends KubernetesObject {
  /** When the window ended. */
  readonly timestamp?: string;
  /** As Go writes durations: `30s`, `1m0.5s`. */
  readonly window?: string;
  readonly containers?: readonly { readonly name: string; readonly usage?: Quantities }[];
}

/** What an instance used, as a mean over a window for cores, at its end for memory. */
export interface InstanceUsage {
  readonly instance: InstanceId;
  readonly atMs: number;
  readonly windowMs: number;
  readonly used: Resources;
}

/** `null`: it says nothing of an instance. */
export function instanceUsage({ metadata, timestamp, window, containers = [] }: PodMetrics): InstanceUsage | null {
  const instance = instanceOf(metadata.labels);
  const atMs = Date.parse(timestamp ?? "");
  const windowMs = goDurationMs(window ?? "");
  if (instance === null || Number.isNaN(atMs) || windowMs === null || containers.length === 0) return null;
  const used = containers.map(({ usage }) => measured(usage, NO_RESOURCES)).reduce((sum, one) => add(sum, one));
  return { instance, atMs, windowMs, used };
}

const MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Whole milliseconds; `null`: it is no duration, or none that is longer than 0. */
function goDurationMs(text: string): number | null {
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return null;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  const ms = Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * (MS[unit as string] as number), 0));
  return ms > 0 ? ms : null;
}
