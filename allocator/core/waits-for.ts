import type { QuotaStop } from "./holdings.ts";
import { isGivenUp } from "./launching.ts";
import type { State } from "./state.ts";
import type { Request } from "./waiting.ts";

/** What keeps a request from an instance of its own: that its launches were given up, a quota, or that nothing has room (`none`). */
export type Obstacle = "given_up" | QuotaStop | "none";

export function waitsFor(request: Request, state: State, nowMs: number): Obstacle {
  if (isGivenUp(request, state, nowMs)) return "given_up";
  const { user, app, requested } = request;
  return state.ledger.quotaStop(user, state.launchSize(user, app, requested)) ?? "none";
}
