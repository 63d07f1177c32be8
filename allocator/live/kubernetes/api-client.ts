import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { Backoff, jittered } from "../backoff.ts";
import { Superseded } from "../leadership.ts";
import type { Connection } from "./kubeconfig.ts";
import type { KubernetesObject } from "./objects.ts";

/** The API server's answer, where it is not a good one. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** Kubernetes' own word for it: `AlreadyExists`, `Conflict`, `Expired`. */
  readonly reason: string;
  /** How long the server asks to be left alone; `null`: it does not say. */
  readonly retryAfterMs: number | null;

  constructor(status: number, reason: string, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly contentType?: string;
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

export interface ApiClientOptions {
  /** Until an answer must have come. */
  readonly requestLimitMs?: number;
  /** The server ends a watch after so long, which is then begun again where it was. */
  readonly watchSeconds?: number;
  /** How much longer than a watch may last its connection may be silent. */
  readonly silenceMs?: number;
  /** Asked right before each try at a write. @throws Superseded where it must not be any more */
  readonly mayWrite?: () => void;
}

/** A server that has just started, or a role that was just bound, says no for a moment. */
const DENIED_MS = 5_000;
const MOST_SOCKETS = 32;
const LEAST_BACKOFF_MS = 100;
const MOST_BACKOFF_MS = 10_000;
const MOST_ANSWER_BYTES = 256 * 2 ** 20;

/** Speaks to one API server: JSON over TLS, and watches. Of what it says, credentials are never part. */
export class ApiClient {
  readonly #connection: Connection;
  readonly #agent: Agent;
  readonly #requestLimitMs: number;
  readonly #watchSeconds: number;
  readonly #silenceMs: number;
  readonly #mayWrite: () => void;

  constructor(connection: Connection, options: ApiClientOptions = {}) {
    const { requestLimitMs = 15_000, watchSeconds = 60, silenceMs = 15_000, mayWrite = () => {} } = options;
    this.#connection = connection;
    this.#requestLimitMs = requestLimitMs;
    this.#watchSeconds = watchSeconds;
    this.#silenceMs = silenceMs;
    this.#mayWrite = mayWrite;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: MOST_SOCKETS,
      ...(connection.ca === null ? {} : { ca: connection.ca }),
      ...(connection.serverName === null ? {} : { servername: connection.serverName }),
      ...(connection.certificate ?? {}),
      rejectUnauthorized: !connection.insecure,
    });
  }

  /** One try. @throws ApiError where the server says no; another error where it cannot be reached. */
  async request<T>(request: ApiRequest, signal?: AbortSignal): Promise<T> {
    const limit = AbortSignal.timeout(this.#requestLimitMs);
    const response = await this.#open(request, signal === undefined ? limit : AbortSignal.any([signal, limit]));
    const text = await readAll(response);
    if (isGood(response)) return (text === "" ? {} : JSON.parse(text)) as T;
    throw this.#error(response, text);
  }

  /**
   * Tries until the server says yes or no: what stands in the way and may pass (no connection, 429, 5xx) is waited for, as long as
   * the server asks where it does; a denial is believed after some seconds. For what may be done twice.
   * @throws ApiError where the answer is no; the signal's reason where that ends it.
   */
  async insist<T>(request: ApiRequest, signal: AbortSignal): Promise<T> {
    const backoff = apiBackoff();
    let deniedAtMs: number | null = null;
    for (;;) {
      try {
        return await this.request<T>(request, signal);
      } catch (error) {
        signal.throwIfAborted();
        const isDenied = error instanceof ApiError && error.status === 403;
        deniedAtMs = isDenied ? (deniedAtMs ?? performance.now()) : null;
        if (isDenied ? performance.now() - (deniedAtMs as number) > DENIED_MS : !mayPass(error)) throw error;
        await waitOut(backoff, error, signal);
      }
    }
  }

  /** What happens to a list's objects from `resourceVersion` on. Ends when the server ends it. @throws like `request` */
  async *watch<T extends KubernetesObject>(
    path: string,
    query: Readonly<Record<string, string>>,
    resourceVersion: string,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const watching = {
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion,
      timeoutSeconds: String(this.#watchSeconds),
    };
    const ended = new AbortController();
    const response = await this.#open(
      { method: "GET", path, query: { ...query, ...watching } },
      AbortSignal.any([signal, ended.signal]),
      this.#watchSeconds * 1000 + this.#silenceMs,
    );
    try {
      if (!isGood(response)) throw this.#error(response, await readAll(response));
      for await (const line of linesOf(response)) yield JSON.parse(line) as WatchEvent<T>;
    } finally {
      ended.abort();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #open(request: ApiRequest, signal: AbortSignal, silenceMs = this.#requestLimitMs): Promise<IncomingMessage> {
    const { server, token } = this.#connection;
    const url = new URL(server);
    url.pathname = url.pathname.replace(/\/$/, "") + request.path;
    url.search = new URLSearchParams(request.query).toString();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const options: RequestOptions = {
      agent: this.#agent,
      method: request.method,
      signal,
      timeout: silenceMs,
      headers: {
        accept: "application/json",
        "user-agent": "prae",
        ...(token === null ? {} : { authorization: `Bearer ${await token.get()}` }),
        ...(body === undefined
          ? {}
          : { "content-type": request.contentType ?? "application/json", "content-length": Buffer.byteLength(body) }),
      },
    };
    if (request.method !== "GET") this.#mayWrite();
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(url, options, resolve);
      sent.on("error", reject);
      sent.on("timeout", () => sent.destroy(new Error(`nothing from ${server.host} for ${silenceMs} ms`)));
      sent.end(body);
    });
  }

  #error(response: IncomingMessage, text: string): ApiError {
    const status = response.statusCode ?? 0;
    if (status === 401) this.#connection.token?.forget();
    const seconds = Number(response.headers["retry-after"] ?? Number.NaN);
    const { reason, message } = statusOf(text);
    return new ApiError(status, reason, message, Number.isFinite(seconds) ? seconds * 1000 : null);
  }
}

export function apiBackoff(): Backoff {
  return new Backoff(LEAST_BACKOFF_MS, MOST_BACKOFF_MS);
}

/** Waits after a try that failed, at least as long as the server asks. @throws the signal's reason */
export async function waitOut(backoff: Backoff, error: unknown, signal: AbortSignal): Promise<void> {
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  await sleep(Math.max(askedMs, jittered(backoff.nextMs())), undefined, { signal });
}

/** For what need not be there: `null` where the server says that it is not. @throws any other error */
export function onlyAbsent(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

/** Whether to try again makes sense. A token that was not taken may be one that ended. */
export function mayPass(error: unknown): boolean {
  if (error instanceof Superseded) return false;
  if (!(error instanceof ApiError)) return true;
  return error.status === 401 || error.status === 429 || error.status >= 500;
}

function isGood({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function statusOf(text: string): { reason: string; message: string } {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: unknown; message?: unknown };
    return { reason: String(reason ?? ""), message: String(message ?? "") };
  } catch {
    return { reason: "", message: text.slice(0, 200) };
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() as string;
    if (rest.length > MOST_ANSWER_BYTES) throw new Error(`a line of more than ${MOST_ANSWER_BYTES} bytes`);
    for (const line of lines) if (line.trim() !== "") yield line;
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) throw new Error(`an answer of more than ${MOST_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
