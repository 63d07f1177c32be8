import type { Pod } from "./objects.ts";
import { type Amounts, amountsOf } from "./resource-mapping.ts";

/**
 * What a pod takes of its node, as the scheduler counts it: the sum of its containers and of those that run beside them from the start, or
 * what the largest of the others needs while it prepares for them, whichever is more; what is asked for the pod as a whole, where that is
 * said; and its overhead. While it is resized, what it has or what it is to have, whichever is more.
 */
export function podRequests({ spec, status }: Pod): Amounts {
  const has = new Map(status?.containerStatuses?.map(({ name, resources }) => [name, amountsOf(resources?.requests)]));
  let running: Amounts = {};
  for (const { name, resources } of spec.containers)
    running = sum(running, most(amountsOf(resources?.requests), has.get(name) ?? {}));
  let beside: Amounts = {};
  let preparing: Amounts = {};
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const needs = sum(beside, amountsOf(resources?.requests));
    if (restartPolicy === "Always") beside = needs;
    preparing = most(preparing, needs);
  }
  const containers = most(sum(running, beside), preparing);
  return sum({ ...containers, ...amountsOf(spec.resources?.requests) }, amountsOf(spec.overhead));
}

export function sum(a: Amounts, b: Amounts): Amounts {
  return together(a, b, (x, y) => x + y);
}

function most(a: Amounts, b: Amounts): Amounts {
  return together(a, b, Math.max);
}

function together(a: Amounts, b: Amounts, of: (x: number, y: number) => number): Amounts {
  const all = { ...a };
  for (const [name, amount] of Object.entries(b)) all[name] = of(all[name] ?? 0, amount);
  return all;
}
