import type { State } from "../../core/state.ts";
import { PolicyError } from "../../policy-issue.ts";
import type { Directory } from "../directory.ts";
import { type FleetUser, userFromDocument } from "../fleet.ts";
import type { Fence } from "../ports.ts";
import { Refused } from "../refused.ts";
import type { TelemetryLog } from "../telemetry-log.ts";
import { WriteQueue } from "../write-queue.ts";
import { ApiClient, type ApiClientOptions, ApiError } from "./api-client.ts";
import { connectionOf, namespaceOf } from "./kubeconfig.ts";
import type { KubernetesSettings } from "./kubernetes-document.ts";
import { runStatus, type StatusCondition, userStatuses } from "./object-status.ts";
import type { KubernetesObject } from "./objects.ts";
import { MANAGER } from "./pod-names.ts";
import { Reflector } from "./reflector.ts";

/** What is declared is for: the run. */
export interface DeclaredSink {
  readonly state: State;
  readonly directory: Directory;
  readonly fence: Fence;
  profile(user: FleetUser): Promise<void>;
  freeze(frozen: boolean): Promise<void>;
}

export interface DeclaredObjectsOptions {
  readonly settings: KubernetesSettings;
  readonly sink: DeclaredSink;
  readonly log: TelemetryLog;
  /** What it was given to cannot take more. */
  readonly onFailure: (error: unknown) => void;
  readonly client?: ApiClientOptions;
}

interface Declared extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly generation?: number };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: { readonly conditions?: readonly StatusCondition[] };
}

/** An object, and what became of it. */
interface Entry {
  object: Declared;
  /** The generation that was taken in or refused last. */
  generation: number;
  condition: StatusCondition;
  /** As last written, as JSON. */
  written: string;
}

const VERSION = "prae.dev/v1alpha1";
const LOOK_MS = 1_000;
const WRITES_AT_A_TIME = 4;

/**
 * Users and the run as objects of the cluster: what they declare is taken in, and what the run does with it is written to their status. Whatever
 * they hold, the run goes on; so it does where their definitions are deleted, and it finds them again.
 */
export class DeclaredObjects {
  readonly #options: DeclaredObjectsOptions;
  readonly #api: ApiClient;
  readonly #base: string;
  readonly #ended = new AbortController();
  readonly #entries = { users: new Map<string, Entry>(), runs: new Map<string, Entry>() };
  readonly #queue = new WriteQueue(WRITES_AT_A_TIME);
  readonly #troubles = new Set<string>();
  #following: Promise<unknown> = Promise.resolve();
  #taking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeclaredObjectsOptions) {
    const { settings, sink, client } = options;
    this.#options = options;
    const connection = connectionOf(settings);
    this.#api = new ApiClient(connection, { ...client, mayWrite: () => sink.fence.check() });
    this.#base = `/apis/${VERSION}/namespaces/${encodeURIComponent(namespaceOf(settings, connection))}`;
  }

  start(): void {
    this.#following = Promise.all([this.#follow("users"), this.#follow("runs")]);
    this.#timer = setInterval(() => this.#writeStatuses(), LOOK_MS).unref();
  }

  /** Resolves when nothing more is given to the run. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#ended.abort(new Error("reading objects was stopped"));
    await Promise.all([this.#following, this.#taking, this.#queue.idle()]);
    this.#api.close();
  }

  #follow(plural: "users" | "runs"): Promise<void> {
    const selection = { path: `${this.#base}/${plural}`, labelSelector: "" };
    const reflector = new Reflector<Declared>(this.#api, selection, {
      changed: (object) => this.#changed(plural, object),
      gone: (object) => this.#gone(plural, object),
      troubled: (what) => this.#troubled(what),
    });
    return reflector.follow(this.#ended.signal);
  }

  #changed(plural: "users" | "runs", object: Declared): void {
    const { objects } = this.#options.settings;
    const isOurs = plural === "runs" ? object.metadata.name === objects : (object.spec?.["run"] ?? "main") === objects;
    if (!isOurs) return this.#gone(plural, object);
    const entries = this.#entries[plural];
    const { uid, generation = 1 } = object.metadata;
    const before = entries.get(uid);
    if (before !== undefined) before.object = object;
    if (before?.generation === generation) return;
    const known = before?.condition ?? object.status?.conditions?.[0] ?? null;
    const condition = known ?? { type: "", status: "Unknown", reason: "", message: "", lastTransitionTime: "" };
    const entry = before ?? { object, generation, condition, written: "" };
    entry.generation = generation;
    entries.set(uid, entry);
    this.#taking = this.#taking.then(() => this.#takeIn(plural, entry)).catch((error: unknown) => this.#fail(error));
  }

  #gone(plural: "users" | "runs", { metadata }: Declared): void {
    const entry = this.#entries[plural].get(metadata.uid);
    if (entry === undefined) return;
    this.#entries[plural].delete(metadata.uid);
    if (plural === "runs") return;
    // Another object may have waited for the name.
    for (const other of this.#entries.users.values())
      if (other.condition.reason === "NameTaken" && nameOf(other) === nameOf(entry))
        this.#taking = this.#taking.then(() => this.#takeIn("users", other)).catch((error: unknown) => this.#fail(error));
  }

  async #takeIn(plural: "users" | "runs", entry: Entry): Promise<void> {
    const { sink } = this.#options;
    if (this.#ended.signal.aborted) return;
    if (plural === "runs") {
      const frozen = entry.object.spec?.["frozen"];
      if (typeof frozen === "boolean") await sink.freeze(frozen); // left out: windows and the API alone say
      return this.#turn(entry, "Ready", "True", "Running", "");
    }
    for (const other of this.#entries.users.values())
      if (other !== entry && nameOf(other) === nameOf(entry) && other.condition.status === "True")
        return this.#turn(entry, "Accepted", "False", "NameTaken", `${other.object.metadata.name} is this user already`);
    const { run: _, ...profile } = entry.object.spec ?? {};
    const { tier: tiers, app: apps } = sink.directory.names;
    try {
      await sink.profile(userFromDocument(profile, { tiers, apps }));
      this.#turn(entry, "Accepted", "True", "Taken", "");
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      this.#turn(entry, "Accepted", "False", "Invalid", error.message.slice(0, 4_000));
    }
  }

  #turn(entry: Entry, type: string, status: StatusCondition["status"], reason: string, message: string): void {
    const { generation, condition: before } = entry;
    const isSame = before.type === type && before.status === status && before.lastTransitionTime !== "";
    const lastTransitionTime = isSame ? before.lastTransitionTime : new Date().toISOString().replace(/\.\d+/, "");
    entry.condition = { type, status, reason, message, lastTransitionTime, observedGeneration: generation };
  }

  /** Of what changed since it was last written. */
  #writeStatuses(): void {
    const { state, directory } = this.#options.sink;
    const users = userStatuses(state, directory);
    let key = 0;
    for (const entry of this.#entries.users.values())
      this.#write("users", key++, entry, entry.condition.status === "True" ? users(nameOf(entry)) : {});
    for (const entry of this.#entries.runs.values()) this.#write("runs", key++, entry, runStatus(state));
  }

  #write(plural: "users" | "runs", key: number, entry: Entry, seen: object): void {
    const { object, condition } = entry;
    const { name, uid } = object.metadata;
    if (condition.type === "") return; // it was not looked at yet
    const status = { ...seen, observedGeneration: condition.observedGeneration, conditions: [condition] };
    const text = JSON.stringify(status);
    if (entry.written === text) return;
    entry.written = text;
    const kind = plural === "users" ? "User" : "Run";
    this.#queue.add(key, async () => {
      if (this.#ended.signal.aborted) return;
      const path = `${this.#base}/${plural}/${encodeURIComponent(name)}/status`;
      const body = { apiVersion: VERSION, kind, metadata: { name, uid }, status };
      const query = { fieldManager: MANAGER };
      try {
        await this.#api.request({ method: "PATCH", path, query, contentType: "application/apply-patch+yaml", body });
      } catch (error) {
        entry.written = "";
        if (!this.#ended.signal.aborted) this.#troubled(`status of ${kind} ${name}: ${whatOf(error)}`);
      }
    });
  }

  /** Each trouble is told once, however often it comes. */
  #troubled(what: string): void {
    if (this.#troubles.has(what)) return;
    if (this.#troubles.size >= 1_000) this.#troubles.clear();
    this.#troubles.add(what);
    this.#options.log.warn({ source: "kubernetes objects" }, what);
  }

  #fail(error: unknown): void {
    if (error instanceof Refused || this.#ended.signal.aborted) return;
    this.#options.onFailure(error);
  }
}

function nameOf({ object }: Entry): string {
  return String(object.spec?.["name"] ?? "");
}

function whatOf(error: unknown): string {
  if (error instanceof ApiError) return `${error.status} ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
