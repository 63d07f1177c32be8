import type { Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import type { AppId, NodeId, PoolId, RequestId, TierId, UserId } from "../core/ids.ts";
import { NAME_TABLES, type NameTable } from "../journal/codecs.ts";
import type { StepObserver } from "../ports.ts";
import type { Names } from "./ports.ts";

/** How long a request that is over is remembered: who sends it again within that time is told what became of it. */
const REMEMBERED_MS = 24 * 3_600_000;
/** No more than so many: they are kept in memory. */
const MOST_REMEMBERED = 200_000;

/** A request by the name that the client gave it. */
export interface KnownRequest {
  readonly id: RequestId;
  readonly user: UserId;
  readonly app: AppId;
  /** `open`: it waits or runs. */
  readonly state: "open" | "ended" | "rejected";
  /** When it was over; `null`: it is open. */
  readonly overAtMs: number | null;
}

/** What a snapshot keeps of a directory. */
export interface DirectoryContent {
  readonly names: Readonly<Record<NameTable, readonly string[]>>;
  readonly tierOfUser: readonly TierId[];
  readonly requests: readonly (readonly [string, KnownRequest])[];
  readonly nextRequest: number;
  /** By source; absent in what was written before there were any. */
  readonly sources?: readonly (readonly [string, string])[];
}

/** Names and ids of what a live run knows. It learns from the steps alone, so that a journal gives it back. */
export class Directory implements StepObserver, Names {
  /** By id; those of requests are in `#requests` alone. */
  readonly names: Record<NameTable, string[]>;
  readonly #ids = Object.fromEntries(NAME_TABLES.map((table) => [table, new Map<string, number>()])) as Record<
    NameTable,
    Map<string, number>
  >;
  readonly #tierOfUser: TierId[];
  readonly #requests = new Map<string, KnownRequest>();
  /** Those that are over, in the order in which they came to be. */
  readonly #past = new Map<string, KnownRequest>();
  readonly #openRequests = new Map<RequestId, string>();
  #nextRequest: number;
  readonly #sources: Map<string, string>;

  constructor(content: DirectoryContent = EMPTY) {
    const entries = Object.entries(content.names).map(([table, list]) => [table, [...list]]);
    this.names = Object.fromEntries(entries) as Record<NameTable, string[]>;
    for (const table of NAME_TABLES) this.names[table].forEach((name, id) => void this.#ids[table].set(name, id));
    this.#tierOfUser = [...content.tierOfUser];
    for (const [name, request] of content.requests) (request.state === "open" ? this.#requests : this.#past).set(name, request);
    this.#nextRequest = content.nextRequest;
    this.#sources = new Map(content.sources);
    for (const [name, { id, state }] of this.#requests) if (state === "open") this.#openRequests.set(id, name);
  }

  /** What a snapshot keeps; requests that were over long ago are forgotten first. */
  content(nowMs: number): DirectoryContent {
    this.#forget(nowMs);
    const names = { ...this.names, request: [] };
    const requests = [...this.#requests, ...this.#past];
    return { names, tierOfUser: this.#tierOfUser, requests, nextRequest: this.#nextRequest, sources: [...this.#sources] };
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    switch (event.kind) {
      case "tier_defined":
        this.#learn("tier", event.tier, event.name);
        break;
      case "pool_defined":
        this.#learn("pool", event.pool, event.name);
        break;
      case "user_defined":
        this.#learn("user", event.user, event.name);
        this.#tierOfUser[event.user] = event.tier;
        break;
      case "app_defined":
        this.#learn("app", event.app, event.name);
        break;
      case "node_ready":
      case "node_shared":
        this.#learn("node", event.node, event.name);
        break;
      case "request_arrived":
        this.#arrived(event.request, event.name ?? String(event.request), event.user, event.app);
        break;
      case "request_ended":
      case "request_cancelled":
        this.#over(event.request, "ended", event.atMs);
        break;
      case "source_read":
        this.#sources.set(event.source, event.position);
        break;
    }
    for (const decision of decisions) if (decision.kind === "reject") this.#over(decision.request, "rejected", event.atMs);
  }

  /** The id of that name; `undefined`: it has none yet. */
  find(table: Exclude<NameTable, "request">, name: string): number | undefined {
    return this.#ids[table].get(name);
  }

  /** The id that the next row of the table gets. */
  next(table: Exclude<NameTable, "request">): number {
    return this.names[table].length;
  }

  /** How far the source was read; `null`: never. */
  position(source: string): string | null {
    return this.#sources.get(source) ?? null;
  }

  get nextRequest(): RequestId {
    return this.#nextRequest as RequestId;
  }

  request(name: string): KnownRequest | undefined {
    return this.#requests.get(name) ?? this.#past.get(name);
  }

  /** The client's name of a request that is open. */
  requestName(id: RequestId): string | undefined {
    return this.#openRequests.get(id);
  }

  openRequest(id: RequestId): { readonly name: string; readonly user: UserId } | null {
    const name = this.#openRequests.get(id);
    const user = name === undefined ? undefined : this.#requests.get(name)?.user;
    return name === undefined || user === undefined ? null : { name, user };
  }

  user = (id: UserId): string => this.#name("user", id);
  app = (id: AppId): string => this.#name("app", id);
  pool = (id: PoolId): string => this.#name("pool", id);
  node = (id: NodeId): string => this.#name("node", id);
  tier = (id: TierId): string => this.#name("tier", id);
  tierOf = (user: UserId): string => this.tier(this.#tierOfUser[user] as TierId);

  #name(table: NameTable, id: number): string {
    return this.names[table][id] as string;
  }

  #learn(table: NameTable, id: number, name: string): void {
    this.names[table][id] = name;
    this.#ids[table].set(name, id);
  }

  #arrived(id: RequestId, name: string, user: UserId, app: AppId): void {
    this.#nextRequest = id + 1;
    this.#requests.set(name, { id, user, app, state: "open", overAtMs: null });
    this.#openRequests.set(id, name);
  }

  #over(id: RequestId, state: "ended" | "rejected", atMs: number): void {
    const name = this.#openRequests.get(id);
    const request = name === undefined ? undefined : this.#requests.get(name);
    if (name === undefined || request === undefined) return;
    this.#openRequests.delete(id);
    this.#requests.delete(name);
    this.#past.set(name, { ...request, state, overAtMs: atMs });
    this.#forget(atMs);
  }

  #forget(nowMs: number): void {
    for (const [name, { overAtMs }] of this.#past) {
      if (this.#past.size <= MOST_REMEMBERED && (overAtMs ?? 0) + REMEMBERED_MS >= nowMs) return;
      this.#past.delete(name);
    }
  }
}

const EMPTY: DirectoryContent = {
  names: { tier: [], pool: [], user: [], app: [], node: [], request: [] },
  tierOfUser: [],
  requests: [],
  nextRequest: 0,
};
