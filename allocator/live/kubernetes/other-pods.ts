import type { ObjectMeta, Pod } from "./objects.ts";
import { LABEL } from "./pod-names.ts";
import { podRequests, sum } from "./pod-requests.ts";
import type { Selection } from "./reflector.ts";
import type { Amounts } from "./resource-mapping.ts";

/** What pods of others take on one node. */
export interface TakenByOthers {
  readonly pods: number;
  readonly amounts: Amounts;
}

/** A pod, as far as it matters to the node that it is on: what is kept of each, of which a cluster may have many. */
export interface OtherPod extends Pod {
  readonly takes: Amounts;
}

const NONE: TakenByOthers = { pods: 0, amounts: {} };

/**
 * Pods of all namespaces that are on a node, have not ended, and are not the run's: neither its instances nor what holds capacity for
 * them, which gives way.
 */
export function othersOf(runId: string): Selection {
  return {
    path: "/api/v1/pods",
    labelSelector: `${LABEL.run} notin (${runId}),${LABEL.heldFor} notin (${runId})`,
    fieldSelector: "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed",
  };
}

/** What others take on each node. */
export class OtherPods {
  readonly #byNode = new Map<string, Map<string, Amounts>>();
  readonly #changed: (node: string) => void;

  /** @param changed is told of each node on which something changed. */
  constructor(changed: (node: string) => void) {
    this.#changed = changed;
  }

  keep(pod: Pod): OtherPod {
    const { name, uid, resourceVersion } = pod.metadata;
    const metadata: ObjectMeta = { name, uid, resourceVersion };
    const { nodeName = "" } = pod.spec;
    return { metadata, spec: { nodeName, containers: [] }, takes: podRequests(pod) };
  }

  changed({ metadata, spec, takes }: OtherPod): void {
    const { nodeName = "" } = spec;
    const there = this.#byNode.get(nodeName) ?? new Map<string, Amounts>();
    this.#byNode.set(nodeName, there.set(metadata.uid, takes));
    this.#changed(nodeName);
  }

  gone({ metadata, spec }: Pod): void {
    const { nodeName = "" } = spec;
    const there = this.#byNode.get(nodeName);
    if (there?.delete(metadata.uid) !== true) return;
    if (there.size === 0) this.#byNode.delete(nodeName);
    this.#changed(nodeName);
  }

  on(node: string): TakenByOthers {
    const there = this.#byNode.get(node);
    return there === undefined ? NONE : { pods: there.size, amounts: [...there.values()].reduce(sum, {}) };
  }
}
