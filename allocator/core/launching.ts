import type { AppId, UserId } from "./ids.ts";
import type { LaunchOwner } from "./launch-failures.ts";
import type { State } from "./state.ts";

/** Of a request or an instance, what its launches are counted by. */
interface Launchable {
  readonly user: UserId | null;
  readonly app: AppId;
}

/** For whom launches count when they fail: the user; nobody in particular, where the app is shared. */
export function launchOwner({ user, app }: Launchable, state: State): LaunchOwner {
  return state.app(app).shared ? null : user;
}

/** Whether no instance is launched for it now, since launches of its app, or of that for its user, were refused. */
export function isLaunchPaused(of: Launchable, state: State, nowMs: number): boolean {
  if (state.launchFailures.isEmpty) return false;
  return state.launchFailures.isPaused(of.app, launchOwner(of, state), nowMs);
}

/** Whether its launches failed so often in a row that nothing is started ahead for it. */
export function isGivenUp(of: Launchable, state: State, nowMs: number): boolean {
  if (state.launchFailures.isEmpty) return false;
  return state.launchFailures.isGivenUp(of.app, launchOwner(of, state), nowMs);
}
