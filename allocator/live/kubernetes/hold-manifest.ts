import type { HoldSettings } from "./kubernetes-document.ts";
import type { KubernetesObject } from "./objects.ts";
import { ANNOTATION, LABEL, labelValue, MANAGER } from "./pod-names.ts";
import { ResourceMapping } from "./resource-mapping.ts";

/** An object that is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: object;
    readonly annotations?: object;
  };
}

/** What has a lower priority does not make a cluster autoscaler add nodes; what has none has 0. */
const LOWEST_PRIORITY = -10;
const HIGHEST_PRIORITY = -1;

/** Names of objects are narrower than labels. */
function objectName(tier: string): string {
  return labelValue(tier)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-");
}

/** @param rank of the tier, 0: the lowest. What is held for it gives way first. */
export function priorityClassManifest(tier: string, rank: number): Manifest & Readonly<Record<string, unknown>> {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: `${MANAGER}-hold-${objectName(tier)}` },
    value: Math.min(HIGHEST_PRIORITY, LOWEST_PRIORITY + rank),
    preemptionPolicy: "Never",
    description: "Capacity that PRAE holds: it gives way to any pod.",
  };
}

export interface HoldOrder {
  readonly runId: string;
  /** Of the process that applies it. */
  readonly epoch: number;
  readonly tier: string;
  readonly replicas: number;
  readonly hold: HoldSettings;
}

/** Pods that do nothing, all of one size. How many there are is not part of it: see `scaleManifest`. */
export function holdManifest(order: Omit<HoldOrder, "replicas">): Manifest & { readonly spec: object } {
  const { metadata, labels } = namesOf(order);
  const priorityClassName = `${MANAGER}-hold-${objectName(order.tier)}`;
  const template = { metadata: { labels }, spec: { priorityClassName, ...holdingPod(order.hold) } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { selector: { matchLabels: labels }, template } };
}

/** How many pods a Deployment is to have, as long as it is as it was seen. */
export function scaleManifest({ metadata }: KubernetesObject, replicas: number): Manifest & { readonly spec: object } {
  const { name, uid, resourceVersion } = metadata;
  return { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name, uid, resourceVersion }, spec: { replicas } };
}

/** One of those pods, as what a CapacityBuffer counts in. No such pod ever is: it needs no priority to give way. */
export function bufferTemplateManifest(order: HoldOrder): Manifest & Readonly<Record<string, unknown>> {
  const { metadata, labels } = namesOf(order);
  const template = { metadata: { labels }, spec: holdingPod(order.hold) };
  return { apiVersion: "v1", kind: "PodTemplate", metadata, template };
}

/** As many of its template as a node autoscaler is to keep room for. @param apiVersion that the cluster serves. */
export function bufferManifest(order: HoldOrder, apiVersion: string): Manifest & Readonly<Record<string, unknown>> {
  const { metadata } = namesOf(order);
  const spec = {
    provisioningStrategy: "buffer.x-k8s.io/active-capacity",
    podTemplateRef: { name: metadata.name },
    replicas: order.replicas,
  };
  return { apiVersion, kind: "CapacityBuffer", metadata, spec };
}

function namesOf({ runId, epoch, tier }: Omit<HoldOrder, "replicas">) {
  const labels = { [LABEL.managedBy]: MANAGER, [LABEL.heldFor]: runId, [LABEL.tier]: labelValue(tier) };
  const annotations = { [ANNOTATION.epoch]: String(epoch) };
  return { metadata: { name: `${MANAGER}-${runId}-hold-${objectName(tier)}`, labels, annotations }, labels };
}

function holdingPod({ unit, pool, image }: HoldSettings): object {
  const { requests } = new ResourceMapping().ask(unit);
  const resources = { requests, limits: requests };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  return {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    nodeSelector: { [LABEL.pool]: labelValue(pool) },
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    containers: [{ name: "hold", image, resources, securityContext }],
  };
}
