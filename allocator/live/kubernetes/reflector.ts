import { type ApiClient, ApiError, apiBackoff, mayPass, waitOut } from "./api-client.ts";
import type { KubernetesObject } from "./objects.ts";

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

export interface Selection {
  readonly path: string;
  readonly labelSelector: string;
  readonly fieldSelector?: string;
}

export interface ReflectorHandler<T> {
  /** It is new, or another than it was. */
  changed(object: T): void;
  /** As it was last seen. */
  gone(object: T): void;
  /** What is kept of one; left out: all of it. */
  keep?(object: T): T;
  /** What stands in the way, for the log. */
  troubled(what: string): void;
}

const PAGE = "500";

/** All objects of a selection, as of now. @throws ApiError */
export async function listAll<T extends KubernetesObject>(
  api: ApiClient,
  { path, ...selectors }: Selection,
  signal: AbortSignal,
): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }> {
  const items: T[] = [];
  let token = "";
  for (;;) {
    const query = { ...selectors, limit: PAGE, ...(token === "" ? {} : { continue: token }) };
    const page = await api.insist<List<T>>({ method: "GET", path, query }, signal);
    items.push(...page.items);
    token = page.metadata.continue ?? "";
    if (token === "") return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

/**
 * Follows a selection: lists it, then watches from there, and lists again where the server no longer knows how it got from there to
 * here. What was missed in between is told as if it had been seen.
 */
export class Reflector<T extends KubernetesObject> {
  readonly #api: ApiClient;
  readonly #selection: Selection;
  readonly #handler: ReflectorHandler<T>;
  readonly #objects = new Map<string, T>();
  #resourceVersion = "";

  constructor(api: ApiClient, selection: Selection, handler: ReflectorHandler<T>) {
    this.#api = api;
    this.#selection = selection;
    this.#handler = handler;
  }

  /** What is known to be there. */
  get objects(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** @throws ApiError where the server says no. */
  async list(signal: AbortSignal): Promise<void> {
    const { items, resourceVersion } = await this.#listFromStart(signal);
    const there = new Set(items.map(({ metadata }) => metadata.uid));
    for (const object of [...this.#objects.values()]) if (!there.has(object.metadata.uid)) this.#gone(object);
    for (const object of items) this.#changed(object);
    this.#resourceVersion = resourceVersion;
  }

  /** Until the signal ends it. Nothing that goes wrong does. */
  async follow(signal: AbortSignal): Promise<void> {
    const backoff = apiBackoff();
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === "") await this.list(signal);
        let isSilent = true;
        const { path, ...selectors } = this.#selection;
        for await (const { type, object } of this.#api.watch<T>(path, selectors, this.#resourceVersion, signal)) {
          isSilent = false;
          backoff.worked();
          this.#take(type, object);
        }
        // A server that ends each watch at once is not to be asked all the time.
        if (isSilent) await waitOut(backoff, null, signal);
      } catch (error) {
        if (signal.aborted) return;
        // Where what is followed is not defined any more, it may be defined anew.
        if (isExpired(error) || (error instanceof ApiError && error.status === 404)) this.#resourceVersion = "";
        if (!isExpired(error))
          this.#handler.troubled(`watching ${this.#selection.path}: ${error instanceof Error ? error.message : error}`);
        await waitOut(backoff, error, signal).catch(() => {});
      }
    }
  }

  /** A list of many pages may take so long that its place is forgotten: then from its start. */
  async #listFromStart(signal: AbortSignal): Promise<{ items: readonly T[]; resourceVersion: string }> {
    const backoff = apiBackoff();
    for (;;) {
      try {
        return await listAll<T>(this.#api, this.#selection, signal);
      } catch (error) {
        if (!isExpired(error) && !mayPass(error)) throw error;
        await waitOut(backoff, error, signal);
      }
    }
  }

  #take(type: string, object: T): void {
    if (type === "ERROR") {
      const { code, reason, message } = object as unknown as { code?: number; reason?: string; message?: string };
      throw new ApiError(code ?? 500, reason ?? "", message ?? "");
    }
    this.#resourceVersion = object.metadata.resourceVersion;
    if (type === "DELETED") this.#gone(object);
    else if (type !== "BOOKMARK") this.#changed(object);
  }

  #changed(object: T): void {
    const { uid, resourceVersion } = object.metadata;
    if (this.#objects.get(uid)?.metadata.resourceVersion === resourceVersion) return;
    const kept = this.#handler.keep?.(object) ?? object;
    this.#objects.set(uid, kept);
    this.#handler.changed(kept);
  }

  #gone(object: T): void {
    if (!this.#objects.delete(object.metadata.uid)) return;
    this.#handler.gone(this.#handler.keep?.(object) ?? object);
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === "Expired");
}
