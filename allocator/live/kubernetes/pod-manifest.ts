import type { InstanceId } from "../../core/ids.ts";
import type { Resources } from "../../core/resources.ts";
import { ANNOTATION, LABEL, labelValue, MANAGER, podName, userLabel } from "./pod-names.ts";
import type { Asked } from "./resource-mapping.ts";

/** The one container of an instance's pod. */
export const CONTAINER = "app";
const VOLUME = "state";

/** An instance, with names in place of ids. */
export interface PodOrder {
  readonly runId: string;
  readonly instance: InstanceId;
  /** `seq:index` */
  readonly token: string;
  /** Of the process that launches it. */
  readonly epoch: number;
  readonly app: string;
  readonly image: string;
  /** `null`: a shadow. */
  readonly user: string | null;
  readonly tier: string | null;
  /** What it is started for; `null`: nothing yet. */
  readonly request: string | null;
  readonly pool: string;
  /** The node it is meant for; `null`: the scheduler chooses one of the pool. */
  readonly node: string | null;
  readonly size: Resources;
  readonly asked: Asked;
  readonly graceSeconds: number;
  /** Where the program finds what its claim keeps; `null`: it has none. */
  readonly volumePath: string | null;
}

/**
 * The pod of an instance. The scheduler binds it, also where the allocator has chosen the node: so that taints hold, and what else runs
 * there is counted. It never restarts in place: an instance that ended is gone.
 */
export function podManifest(order: PodOrder): object {
  const { runId, instance, asked } = order;
  const name = podName(runId, instance);
  const { volumePath } = order;
  const byName = { key: "metadata.name", operator: "In", values: [order.node] };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      labels: {
        [LABEL.managedBy]: MANAGER,
        [LABEL.run]: runId,
        [LABEL.instance]: String(instance),
        [LABEL.app]: labelValue(order.app),
        [LABEL.pool]: labelValue(order.pool),
        ...ownerLabels(runId, order.user, order.tier),
      },
      annotations: {
        [ANNOTATION.token]: order.token,
        [ANNOTATION.epoch]: String(order.epoch),
        [ANNOTATION.size]: JSON.stringify(order.size),
        ...(order.request === null ? {} : { [ANNOTATION.boundBy]: order.token, [ANNOTATION.request]: order.request }),
        ...(asked.advisory.length > 0 ? { [ANNOTATION.advisory]: asked.advisory.join("; ") } : {}),
      },
    },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: order.graceSeconds,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      nodeSelector: { [LABEL.pool]: labelValue(order.pool) },
      ...(order.node === null ? {} : { affinity: { nodeAffinity: required([{ matchFields: [byName] }]) } }),
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      ...(volumePath === null ? {} : { volumes: [{ name: VOLUME, persistentVolumeClaim: { claimName: name } }] }),
      containers: [
        {
          name: CONTAINER,
          image: order.image,
          resources: { requests: asked.requests, limits: asked.requests },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          ...(volumePath === null ? {} : { volumeMounts: [{ name: VOLUME, mountPath: volumePath }] }),
        },
      ],
    },
  };
}

/** What is merged into a pod when it gets a request, or loses it: whose it is, from one moment to the next. */
export function bindingPatch(binding: {
  readonly runId: string;
  readonly token: string;
  /** Both `null`: they stay as they are. */
  readonly user: string | null;
  readonly tier: string | null;
  readonly request: string;
}): { readonly metadata: object } {
  return {
    metadata: {
      labels: ownerLabels(binding.runId, binding.user, binding.tier),
      annotations: { [ANNOTATION.boundBy]: binding.token, [ANNOTATION.request]: binding.request },
    },
  };
}

/** What is merged into a pod's `resize` subresource. */
export function resizePatch(asked: Asked): object {
  return { spec: { containers: [{ name: CONTAINER, resources: { requests: asked.requests, limits: asked.requests } }] } };
}

function ownerLabels(runId: string, user: string | null, tier: string | null): Record<string, string> {
  return {
    ...(user === null ? {} : { [LABEL.user]: userLabel(runId, user) }),
    ...(tier === null ? {} : { [LABEL.tier]: labelValue(tier) }),
  };
}

function required(nodeSelectorTerms: readonly object[]): object {
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
}
