import type { Instance } from "../core/instances.ts";
import type { State } from "../core/state.ts";
import { waitsFor } from "../core/waits-for.ts";
import type { Directory } from "./directory.ts";

/** A request as whoever asked for it may see it. */
export interface RequestView {
  readonly request: string;
  readonly user: string;
  readonly app: string;
  /** `waiting`: for room; `starting`: its instance is; `running`: it has one that is ready. */
  readonly state: "waiting" | "starting" | "running" | "ended" | "rejected";
  readonly instance: number | null;
  readonly node: string | null;
  /** When its instance is expected to be ready; `null`: it is, or nobody can say. */
  readonly expectedReadyAtMs: number | null;
  /** What it waits for, while it does: room, a quota, or that launches that were given up are tried again. */
  readonly waitsFor: WaitsFor | null;
}

export const WAITS_FOR = ["capacity", "user_quota", "quota", "cohort", "given_up"] as const;
export type WaitsFor = (typeof WAITS_FOR)[number];

/** @returns `undefined`: no such request, or one that was over long ago. */
export function viewRequest(
  name: string,
  directory: Directory,
  state: State,
  expectedReadyAtMs: ReadonlyMap<number, number>,
  nowMs: number,
): RequestView | undefined {
  const known = directory.request(name);
  if (known === undefined) return undefined;
  const who = { request: name, user: directory.user(known.user), app: directory.app(known.app) };
  const nowhere = { instance: null, node: null, expectedReadyAtMs: null, waitsFor: null };
  if (known.state !== "open") return { ...who, state: known.state, ...nowhere };
  const request = state.requests.get(known.id);
  const id = request?.instance ?? null;
  const instance: Instance | undefined = id === null ? undefined : state.instances.find(id);
  if (instance === undefined) {
    const obstacle = request === undefined ? "none" : waitsFor(request, state, nowMs);
    return { ...who, state: "waiting", ...nowhere, waitsFor: obstacle === "none" ? "capacity" : obstacle };
  }
  const isReady = instance.phase === "ready";
  return {
    ...who,
    state: isReady ? "running" : "starting",
    instance: instance.id,
    node: instance.node === null ? null : directory.node(instance.node),
    expectedReadyAtMs: isReady ? null : (expectedReadyAtMs.get(instance.id) ?? null),
    waitsFor: null,
  };
}
