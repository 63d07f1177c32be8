import { rmSync } from "node:fs";
import type { Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import type { AppId, RequestId } from "../core/ids.ts";
import type { Node } from "../core/nodes.ts";
import { subtract } from "../core/resources.ts";
import type { StepObserver } from "../ports.ts";
import type { Directory } from "./directory.ts";
import type { Fleet, FleetUser } from "./fleet.ts";
import { type LiveOptions, LiveRun } from "./live-run.ts";
import { type RealNode, RehearsalPlatform } from "./rehearsal-platform.ts";
import { type StageView, viewStage } from "./stages.ts";
import type { WatchReport } from "./watch/stage-watch.ts";

/** What a rehearsal follows: a run, or as much of it. */
type Followed = Pick<LiveRun, "state" | "directory" | "watch">;

export interface RehearsalOptions extends Omit<LiveOptions, "platform" | "trial"> {
  /** Id of the promotion that its policy is of; `null`: nobody promoted it. */
  readonly promotion: string | null;
}

/**
 * Gives what befalls one run, which acts on the world, to another, which acts on nothing and is of the same fleet: the same requests,
 * usage, users, freezes and nodes, each by its name. What the first refuses, the other is told has ended: nobody uses it, so nobody
 * knows how long it would have been used.
 */
export class Rehearsal implements StepObserver {
  readonly #real: Followed;
  readonly run: LiveRun;
  readonly #platform: RehearsalPlatform;
  readonly #promotion: string | null;
  readonly #onFailure: (error: unknown) => void;
  /** Why it cannot go on; `null`: it does. */
  #failure: string | null = null;
  /** Names of the requests that are open in the world. */
  readonly #requests = new Map<RequestId, string>();

  private constructor(real: Followed, run: LiveRun, platform: RehearsalPlatform, options: RehearsalOptions) {
    this.#real = real;
    this.run = run;
    this.#platform = platform;
    this.#promotion = options.promotion;
    this.#onFailure = options.onFailure;
  }

  /**
   * Goes on in the folder, or begins there anew where its users are not the run's in the run's order: forecasts of the run are its own.
   * @param options of the rehearsing run, with a folder of its own. `onFailure`: it cannot go on; the real run can.
   * @throws LiveError where its state cannot be gone on with.
   */
  static async open(real: Followed, options: RehearsalOptions): Promise<Rehearsal> {
    const rehearsal = await Rehearsal.#begin(real, options);
    const { user: theirs } = real.directory.names;
    if (rehearsal.run.directory.names.user.every((name, id) => theirs[id] === name)) return rehearsal;
    await rehearsal.run.stop();
    rmSync(options.state, { recursive: true });
    return Rehearsal.#begin(real, options);
  }

  static async #begin(real: Followed, options: RehearsalOptions): Promise<Rehearsal> {
    const { fleet, clock } = options;
    let platform!: RehearsalPlatform;
    let rehearsal: Rehearsal | null = null;
    const run = await LiveRun.open({
      ...options,
      fleet: { ...fleet, users: usersOf(real, fleet) },
      platform: (names) => {
        platform = new RehearsalPlatform(fleet, names, clock, realNodes(real));
        return platform;
      },
      onFailure: (error) => (rehearsal === null ? options.onFailure(error) : rehearsal.#fail(error)),
    });
    rehearsal = new Rehearsal(real, run, platform, options);
    return rehearsal;
  }

  /**
   * Brings it to where the real run is: what came or ended while it did not follow. From now on it has to be told each step; it resolves
   * once what it caught up with is written.
   */
  async catchUp(): Promise<void> {
    const { state, directory } = this.#real;
    this.#platform.nodesAre(realNodes(this.#real));
    const told: Promise<unknown>[] = [this.run.freeze(state.frozen)];
    for (const user of usersOf(this.#real, { users: [] })) told.push(this.run.profile(user));
    const there = new Set<string>();
    for (const { id, user, app, requested } of state.requests.values()) {
      const request = directory.requestName(id);
      if (request === undefined) continue;
      there.add(request);
      this.#requests.set(id, request);
      told.push(this.run.arrive({ request, user: directory.user(user), app: directory.app(app), requested }));
    }
    for (const { id } of [...this.run.state.requests.values()]) {
      const request = this.run.directory.requestName(id);
      if (request !== undefined && !there.has(request)) told.push(this.run.ended(request));
    }
    await Promise.all(told);
  }

  /** Who decides for whom: the policy in force for everybody. */
  view(): StageView {
    const { state } = this.#real;
    return {
      ...{ ...viewStage(state), stage: "rehearsal", candidate: this.run.state.policy?.name ?? null },
      ...{ promotion: this.#promotion, reason: this.#failure === null ? null : `it ended: ${this.#failure}` },
    };
  }

  /** What was predicted of it against what is observed of it, and of the run beside it; `null`: nothing was predicted, or it ended. */
  report(nowMs: number): WatchReport | null {
    const { watch } = this.run;
    if (watch === null || this.#failure !== null) return null;
    const real = this.#real.watch?.report(nowMs).measures ?? [];
    const report = watch.report(nowMs);
    return { ...report, measures: report.measures.map((measure, i) => ({ ...measure, others: real[i]?.others ?? null })) };
  }

  async stop(): Promise<void> {
    await this.run.stop();
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    if (this.run.isStopped) return;
    try {
      this.#follow(event)?.catch((error: unknown) => this.#fail(error));
      for (const decision of decisions) {
        if (decision.kind === "reject") this.#ended(decision.request)?.catch((error: unknown) => this.#fail(error));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @returns `null`: it is nothing to the other run. */
  #follow(event: AllocatorEvent): Promise<unknown> | null {
    const { state, directory } = this.#real;
    switch (event.kind) {
      case "request_arrived": {
        const { user, app, requested, name } = event;
        const request = name ?? String(event.request);
        this.#requests.set(event.request, request);
        return this.run.arrive({ request, user: directory.user(user), app: directory.app(app), requested });
      }
      case "request_ended":
      case "request_cancelled":
        return this.#ended(event.request);
      case "usage_observed": {
        const { used, windowMs, saturated } = event;
        return this.run.usage({ user: directory.user(event.user), used, windowMs, saturated });
      }
      case "user_defined":
        return this.#profile(event);
      case "freeze_set":
        return this.run.freeze(event.frozen);
      case "node_ready":
      case "node_shared":
      case "node_draining":
        this.#platform.nodeThere(realNode(state.nodes.get(event.node), directory));
        return null;
      case "node_lost":
        this.#platform.nodeLost(directory.node(event.node));
        return null;
      default:
        return null;
    }
  }

  /** Nothing more is told to it. */
  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = error instanceof Error ? error.message : String(error);
    this.run.stop().catch(() => {});
    this.#onFailure(error);
  }

  #ended(id: RequestId): Promise<void> | null {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    return request === undefined ? null : this.run.ended(request);
  }

  #profile({
    name,
    tier,
    role,
    timeZone,
    permissions,
    optOut,
  }: Extract<AllocatorEvent, { kind: "user_defined" }>): Promise<void> {
    const { directory } = this.#real;
    const apps = (ids: readonly AppId[]) => ids.map((app) => directory.app(app));
    const may = permissions && apps(permissions);
    return this.run.profile({ name, tier: directory.tier(tier), role, timeZone, permissions: may, optOut: apps(optOut) });
  }
}

/**
 * The users of a run, in its order, as the fleet says them or else as the state keeps them.
 */
function usersOf({ state, directory }: Followed, fleet: Pick<Fleet, "users">): FleetUser[] {
  const said = new Map(fleet.users.map((user) => [user.name, user]));
  const apps = (ids: readonly number[]) => ids.map((app) => directory.app(app as AppId));
  return state.ledger.accounts().map(({ id, tier, role, timeZone, permissions, optOut }) => {
    const name = directory.user(id);
    const kept = { name, tier: directory.tier(tier), role, timeZone };
    return said.get(name) ?? { ...kept, permissions: permissions && apps(permissions), optOut: apps(optOut) };
  });
}

function realNodes({ state, directory }: Followed): RealNode[] {
  return state.nodes.all().flatMap((node) => (node.state === "lost" ? [] : [realNode(node, directory)]));
}

function realNode({ id, pool, whole, capacity, owed, places, state }: Node, directory: Directory): RealNode {
  const offer = { offered: subtract(capacity, owed), places };
  return { node: directory.node(id), pool, capacity: whole, ...offer, isDraining: state === "draining" };
}
