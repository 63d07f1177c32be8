import { createHash } from "node:crypto";
import type { InstanceId } from "../../core/ids.ts";
import { LiveError } from "../live-error.ts";

/** The field manager of all that is written, and the value of `app.kubernetes.io/managed-by`. */
export const MANAGER = "prae";

export const LABEL = {
  managedBy: "app.kubernetes.io/managed-by",
  run: "prae.dev/run",
  instance: "prae.dev/instance",
  app: "prae.dev/app",
  /** Absent: a shadow, which is nobody's yet. */
  user: "prae.dev/user",
  tier: "prae.dev/tier",
  /** On pods that hold capacity, in place of the run: they are no instances. */
  heldFor: "prae.dev/held-for",
  /** On nodes, too: which pool a node is in. */
  pool: "prae.dev/pool",
} as const;

export const ANNOTATION = {
  /** `seq:index` of the decision that launched it. */
  token: "prae.dev/token",
  /** `seq:index` of the last decision that bound it or took it away. */
  boundBy: "prae.dev/bound-by",
  /** The request that it was last bound to; empty: it was taken from it. */
  request: "prae.dev/request",
  /** Of the process that launched it, or took it over from another: the fencing token. */
  epoch: "prae.dev/epoch",
  /** Its size when it was launched, as JSON: of what no resource counts, nothing else says it. */
  size: "prae.dev/size",
  /** On a claim, `seq:index` of the decision that suspended its instance; absent: it is not suspended. */
  suspendedBy: "prae.dev/suspended-by",
  /** On a claim, the pod that it is resumed with, as JSON. */
  pod: "prae.dev/pod",
  /** What of its size nobody enforces. */
  advisory: "prae.dev/advisory",
} as const;

/** @throws LiveError where it cannot be part of the name of a pod. */
export function checkRunId(runId: string): void {
  if (/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(runId)) return;
  throw new LiveError([
    {
      path: "run id",
      expected: "1 to 40 of a-z, 0-9 and -, beginning and ending with a letter or digit",
      found: JSON.stringify(runId),
    },
  ]);
}

/** The same instance of the same run is always the same pod. */
export function podName(runId: string, instance: InstanceId): string {
  return `${MANAGER}-${runId}-${instance}`;
}

/** The instance that the labels say; `null`: none. */
export function instanceOf(labels: Readonly<Record<string, string>> | undefined): InstanceId | null {
  const value = labels?.[LABEL.instance] ?? "";
  return /^(0|[1-9]\d{0,15})$/.test(value) && Number.isSafeInteger(Number(value)) ? (Number(value) as InstanceId) : null;
}

/** The name, if it can be a label's value, else a hash of it. */
export function labelValue(name: string): string {
  return /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/.test(name) ? name : `sha256-${hash(name)}`;
}

/**
 * A user, in labels, is always a hash: names of people are not for everybody who may list pods. It is no secret: who knows a name and the
 * run can compute it.
 */
export function userLabel(runId: string, user: string): string {
  return hash(`${runId}\n${user}`);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
