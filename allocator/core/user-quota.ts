import type { UserQuotaSpec, UserQuotasSpec } from "./policy.ts";
import { RESOURCE_NAMES, type ResourceName, type Resources } from "./resources.ts";

/** What one user may hold; what is without limit is `UNLIMITED`. */
export interface UserQuota {
  /** Own instances that take capacity. */
  readonly instances: number;
  /** Of what is held for the user: its reservation, or its instances where those take more. */
  readonly max: Resources;
}

/** Stands for "without limit": what any sum of amounts stays below. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * What is for every user, in whose place stands what is for its role, and in that of both what is for its name: key by key, and resource by
 * resource. `null`: nothing bounds this user.
 */
export function userQuota(spec: UserQuotasSpec | undefined, name: string, role: string): UserQuota | null {
  if (spec === undefined) return null;
  const given = [own(spec.named, name), own(spec.roles, role), spec.each ?? {}];
  const first = (of: (quota: UserQuotaSpec) => number | null | undefined) => given.map(of).find((value) => value !== undefined);
  const amount = (resource: ResourceName) => first(({ max }) => max?.[resource]) ?? UNLIMITED;
  const instances = first((quota) => quota.instances) ?? UNLIMITED;
  const [cpuMillis, memoryMiB, gpuMillis, networkKbps] = RESOURCE_NAMES.map(amount) as [number, number, number, number];
  const max = { cpuMillis, memoryMiB, gpuMillis, networkKbps };
  return instances === UNLIMITED && RESOURCE_NAMES.every((resource) => max[resource] === UNLIMITED) ? null : { instances, max };
}

function own(of: Readonly<Record<string, UserQuotaSpec>> | undefined, name: string): UserQuotaSpec {
  return of !== undefined && Object.hasOwn(of, name) ? (of[name] as UserQuotaSpec) : {};
}
