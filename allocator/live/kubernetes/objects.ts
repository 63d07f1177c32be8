/** The parts of Kubernetes' objects that are read here. What the API server sends may lack any of it. */

export interface ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

export interface KubernetesObject {
  readonly metadata: ObjectMeta;
}

/** Who has written which fields. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  /** Through which it was written; left out: through the object itself. */
  readonly subresource?: string;
  /** A tree whose names are those of fields, with `f:` before. */
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

export interface Deployment extends KubernetesObject {
  readonly metadata: ObjectMeta & { readonly managedFields?: readonly ManagedFields[] };
  readonly spec: { readonly replicas: number };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** Amounts by resource name, as quantities: `1500m`, `2Gi`. */
export type Quantities = Readonly<Record<string, string>>;

export interface ResourceRequirements {
  readonly requests?: Quantities;
  readonly limits?: Quantities;
}

export interface Container {
  readonly name: string;
  readonly resources?: ResourceRequirements;
  /** Of an init container: `Always` where it goes on beside the others. */
  readonly restartPolicy?: string;
}

export interface Pod extends KubernetesObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    /** Of the pod as a whole. */
    readonly resources?: ResourceRequirements;
    readonly overhead?: Quantities;
  };
  readonly status?: {
    readonly phase?: string;
    /** Where the scheduler has made room for it, and means to place it. */
    readonly nominatedNodeName?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly { readonly name: string; readonly resources?: ResourceRequirements }[];
  };
}

/** A claim to storage. */
export type VolumeClaim = KubernetesObject;

export interface Node extends KubernetesObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  };
  readonly status?: { readonly allocatable?: Quantities; readonly conditions?: readonly Condition[] };
}

export function condition(object: Pod | Node, type: string): Condition | undefined {
  return object.status?.conditions?.find((one) => one.type === type);
}
