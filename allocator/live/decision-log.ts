import type { Because, Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import type { AppId, RequestId, UserId } from "../core/ids.ts";
import type { Resources } from "../core/resources.ts";
import type { State } from "../core/state.ts";
import type { StepObserver } from "../ports.ts";
import type { Directory } from "./directory.ts";

/** A decision with names, as people and programs outside read it. */
export interface LoggedDecision {
  /** `seq:index` of the journal. */
  readonly token: string;
  readonly atMs: number;
  readonly kind: Decision["kind"];
  readonly user: string | null;
  readonly app: string | null;
  readonly request: string | null;
  readonly instance: number | null;
  readonly resources: Resources | null;
  readonly pool: string | null;
  /** Of a pool: how many nodes it is to have. */
  readonly nodes: number | null;
  readonly because: Because;
  /** The event that caused it. */
  readonly event: AllocatorEvent["kind"];
}

const DEFAULT_CAPACITY = 10_000;

/** The last decisions of a run, and whoever wants the next ones. Timers are left out. */
export class DecisionLog implements StepObserver {
  readonly #state: () => State;
  readonly #directory: () => Directory;
  readonly #capacity: number;
  #entries: LoggedDecision[] = [];
  readonly #followers = new Set<(decision: LoggedDecision) => void>();

  constructor(state: () => State, directory: () => Directory, capacity = DEFAULT_CAPACITY) {
    this.#state = state;
    this.#directory = directory;
    this.#capacity = capacity;
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.kind === "set_timer" || decision.kind === "cancel_timer") continue;
      const logged = this.#named(event, decision);
      this.#entries.push(logged);
      for (const follow of this.#followers) follow(logged);
    }
    if (this.#entries.length > 2 * this.#capacity) this.#entries = this.#entries.slice(-this.#capacity);
  }

  /** The latest first. @param isWanted of which decisions. */
  latest(limit: number, isWanted: (decision: LoggedDecision) => boolean): LoggedDecision[] {
    const found: LoggedDecision[] = [];
    for (let i = this.#entries.length - 1; i >= 0 && found.length < limit; i -= 1) {
      const entry = this.#entries[i] as LoggedDecision;
      if (isWanted(entry)) found.push(entry);
    }
    return found;
  }

  /** @returns how to stop following. */
  follow(follower: (decision: LoggedDecision) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  #named(event: AllocatorEvent, decision: Decision): LoggedDecision {
    const directory = this.#directory();
    const instance = "instance" in decision ? this.#state().instances.find(decision.instance) : undefined;
    const requestId = "request" in decision ? decision.request : null;
    const request = requestId === null ? undefined : this.#request(requestId, event, directory);
    const user = "user" in decision ? decision.user : (instance?.user ?? request?.user ?? null);
    const app = "app" in decision ? decision.app : (instance?.app ?? request?.app ?? null);
    return {
      token: `${decision.seq}:${decision.index}`,
      atMs: event.atMs,
      kind: decision.kind,
      user: user === null ? null : directory.user(user),
      app: app === null ? null : directory.app(app),
      request: request?.name ?? null,
      instance: "instance" in decision ? decision.instance : null,
      resources: "resources" in decision ? decision.resources : "size" in decision ? decision.size : null,
      pool: "pool" in decision ? directory.pool(decision.pool) : null,
      nodes: "nodes" in decision ? decision.nodes : null,
      because: decision.because,
      event: event.kind,
    };
  }

  /** One that was rejected is over by the time that it is told of: the event that brought it knows. */
  #request(id: RequestId, event: AllocatorEvent, directory: Directory): NamedRequest | undefined {
    if (event.kind === "request_arrived" && event.request === id) return { ...event, name: event.name ?? String(id) };
    const name = directory.requestName(id);
    const known = name === undefined ? undefined : directory.request(name);
    return name === undefined || known === undefined ? undefined : { ...known, name };
  }
}

interface NamedRequest {
  readonly name: string;
  readonly user: UserId;
  readonly app: AppId;
}
