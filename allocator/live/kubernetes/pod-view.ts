import type { InstanceId } from "../../core/ids.ts";
import { NO_RESOURCES, RESOURCE_NAMES, type Resources } from "../../core/resources.ts";
import { condition, type KubernetesObject, type Pod, type Quantities } from "./objects.ts";
import { CONTAINER } from "./pod-manifest.ts";
import { ANNOTATION, instanceOf, LABEL } from "./pod-names.ts";
import { measured } from "./resource-mapping.ts";

/** The decision that launched a pod. */
export interface LaunchToken {
  readonly seq: number;
  readonly index: number;
}

/** A pod, or a claim, as it was when it was seen. */
export interface PodVersion {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Of the process that launched it, or took it over; 0: it does not say. */
  readonly epoch: number;
}

/** What a pod says of its instance. */
export interface PodView {
  readonly instance: InstanceId;
  readonly version: PodVersion;
  readonly node: string | null;
  /** The label of its user; `null`: a shadow. */
  readonly owner: string | null;
  /** `ended`: its program is over, though the pod is still there. */
  readonly phase: "starting" | "ready" | "stopping" | "ended";
  readonly launchedBy: LaunchToken | null;
  /** The scheduler finds no node for it. */
  readonly isUnschedulable: boolean;
  /** Where it means to place it, having made room there; `null`: nowhere. */
  readonly nominatedNode: string | null;
  /** As its spec has it. */
  readonly size: Resources;
  /** Whether what runs is as large as its spec has it; `infeasible`: it never will be. */
  readonly resize: "done" | "pending" | "infeasible";
}

/** `null`: it is no instance's. */
export function viewPod(pod: Pod): PodView | null {
  const instance = instanceOf(pod.metadata.labels);
  if (instance === null) return null;
  const requests = pod.spec.containers.find(({ name }) => name === CONTAINER)?.resources?.requests;
  return {
    instance,
    version: versionOf(pod),
    node: pod.spec.nodeName ?? null,
    owner: pod.metadata.labels?.[LABEL.user] ?? null,
    phase: phaseOf(pod),
    launchedBy: tokenOf(pod.metadata.annotations?.[ANNOTATION.token]),
    isUnschedulable: condition(pod, "PodScheduled")?.reason === "Unschedulable",
    nominatedNode: pod.status?.nominatedNodeName || null,
    size: measured(requests, launchedSize(pod.metadata.annotations?.[ANNOTATION.size])),
    resize: resizeOf(pod, requests),
  };
}

export function versionOf({ metadata }: KubernetesObject): PodVersion {
  const { uid, resourceVersion, annotations } = metadata;
  const epoch = annotations?.[ANNOTATION.epoch] ?? "";
  return { uid, resourceVersion, epoch: /^\d{1,15}$/.test(epoch) ? Number(epoch) : 0 };
}

function phaseOf(pod: Pod): PodView["phase"] {
  const phase = pod.status?.phase;
  if (phase === "Failed" || phase === "Succeeded") return "ended";
  if (pod.metadata.deletionTimestamp !== undefined) return "stopping";
  return condition(pod, "Ready")?.status === "True" ? "ready" : "starting";
}

function resizeOf(pod: Pod, requests: Quantities | undefined): PodView["resize"] {
  const pending = condition(pod, "PodResizePending");
  if (pending?.status === "True") return pending.reason === "Infeasible" ? "infeasible" : "pending";
  if (condition(pod, "PodResizeInProgress")?.status === "True") return "pending";
  const actual = pod.status?.containerStatuses?.find(({ name }) => name === CONTAINER)?.resources?.requests;
  const asked = measured(requests, NO_RESOURCES);
  const got = measured(actual, asked);
  return got.cpuMillis === asked.cpuMillis && got.memoryMiB === asked.memoryMiB ? "done" : "pending";
}

function tokenOf(text: string | undefined): LaunchToken | null {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(text ?? "");
  return match === null ? null : { seq: Number(match[1]), index: Number(match[2]) };
}

/** Whoever may write pods may have written anything there. */
function launchedSize(text: string | undefined): Resources {
  try {
    const size = JSON.parse(text ?? "") as Partial<Resources>;
    if (RESOURCE_NAMES.every((name) => Number.isSafeInteger(size[name]) && (size[name] as number) >= 0)) {
      const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = size as Resources;
      return { cpuMillis, memoryMiB, gpuMillis, networkKbps };
    }
  } catch {}
  return NO_RESOURCES;
}
