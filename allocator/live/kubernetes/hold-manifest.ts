import type { HoldSettings } from "./kubernetes-document.ts";
import { ANNOTATION, LABEL, labelValue, MANAGER } from "./pod-names.ts";
import { ResourceMapping } from "./resource-mapping.ts";

/** An object that is applied. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: object; readonly annotations?: object };
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

/** Pods that do nothing, all of one size, as many as hold a tier's headroom. */
export function holdManifest(order: {
  readonly runId: string;
  /** Of the process that applies it. */
  readonly epoch: number;
  readonly tier: string;
  readonly replicas: number;
  readonly hold: HoldSettings;
}): Manifest & Readonly<Record<string, unknown>> {
  const { runId, epoch, tier, replicas, hold } = order;
  const { requests } = new ResourceMapping().ask(hold.unit);
  const labels = { [LABEL.managedBy]: MANAGER, [LABEL.heldFor]: runId, [LABEL.tier]: labelValue(tier) };
  const resources = { requests, limits: requests };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: `${MANAGER}-${runId}-hold-${objectName(tier)}`,
      labels,
      annotations: { [ANNOTATION.epoch]: String(epoch) },
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: `${MANAGER}-hold-${objectName(tier)}`,
          terminationGracePeriodSeconds: 0,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          nodeSelector: { [LABEL.pool]: labelValue(hold.pool) },
          securityContext: { seccompProfile: { type: "RuntimeDefault" } },
          containers: [{ name: "hold", image: hold.image, resources, securityContext }],
        },
      },
    },
  };
}
