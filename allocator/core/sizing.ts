import type { UserId } from "./ids.ts";
import type { Instance } from "./instances.ts";
import { add, fits, maximum, type Resources, subtract } from "./resources.ts";
import type { State } from "./state.ts";
import type { Request } from "./waiting.ts";

/** How large the instance has to be to take the request, too; `null`: as it is, also where no policy sizes instances. */
export function sizeWith(instance: Instance, { requested, app }: Request, state: State): Resources | null {
  if (state.size === null) return null;
  const size = state.sizeWithin(instance.size, add(state.askedOf(instance), requested), app);
  return fits(size, instance.size) ? null : maximum(size, instance.size);
}

/** Whether its node and the ledger have room for the larger instance, which is then the user's unless it is in use. */
export function mayGrow(instance: Instance, user: UserId | null, size: Resources, { nodes, ledger, capacity }: State): boolean {
  if (instance.node !== null) {
    const { state, free } = nodes.get(instance.node);
    if (state !== "ready" || !fits(subtract(size, instance.size), free)) return false;
  }
  ledger.give(instance.user, instance.size);
  const hasRoom = ledger.hasRoom(instance.requests.length > 0 ? instance.user : user, size, capacity);
  ledger.take(instance.user, instance.size);
  return hasRoom;
}
