import { known } from "../assert.ts";
import type { Instance } from "../instances.ts";
import type { State } from "../state.ts";
import type { Request } from "../waiting.ts";

/** What an instance at work is worth to those who run on it. */
interface Worth {
  /** Of its most important request. */
  readonly priority: number;
  /** When its latest request got it: what began later has less to lose. */
  readonly sinceMs: number;
}

/** An instance at work, as something that may be taken from its requests. */
export interface Preemptible extends Worth {
  readonly instance: Instance;
}

/** Every instance at work where preempting would free what can be used, least valuable first: lowest priority, then latest start. */
export function preemptibles(state: State): Preemptible[] {
  const found: Preemptible[] = [];
  for (const instance of state.instances.values()) {
    if (instance.requests.length === 0) continue;
    if (instance.node !== null && state.nodes.get(instance.node).state !== "ready") continue;
    found.push({ instance, ...worthOf(instance, state) });
  }
  return found.sort((a, b) => a.priority - b.priority || b.sinceMs - a.sinceMs || b.instance.id - a.instance.id);
}

export function worthOf({ requests }: Instance, state: State): Worth {
  let priority = Number.NEGATIVE_INFINITY;
  let sinceMs = 0;
  for (const id of requests) {
    const request: Request = known(state.requests.get(id), "request");
    priority = Math.max(priority, request.priority);
    sinceMs = Math.max(sinceMs, request.sinceMs);
  }
  return { priority, sinceMs };
}
