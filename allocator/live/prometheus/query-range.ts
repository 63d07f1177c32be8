import { readFile } from "node:fs/promises";

/** A user's samples, by instant in epoch milliseconds. */
export type UserSamples = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What may be asked, and where. */
export interface RangeQuery {
  readonly url: string;
  readonly tokenFile: string | null;
  readonly userLabel: string;
  /** PromQL. */
  readonly query: string;
  /** The first and the last instant, epoch milliseconds, both included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly timeoutMs: number;
}

/** What a Prometheus would not or could not answer. */
export class PrometheusError extends Error {
  override readonly name = "PrometheusError";
  /** Whether asking the same again can help: the server was away or too busy. */
  readonly isPassing: boolean;
  /** What to do about it; empty: nothing is known. */
  readonly hint: string;

  constructor(message: string, { isPassing, hint = "" }: { isPassing: boolean; hint?: string }) {
    super(message);
    this.isPassing = isPassing;
    this.hint = hint;
  }
}

/**
 * Asks `/api/v1/query_range`, by the HTTP API of Prometheus 2 and later: one series a user. Where a series is stale it has no sample,
 * which the server decides.
 * @throws PrometheusError
 */
export async function queryRange(asked: RangeQuery, signal: AbortSignal): Promise<UserSamples> {
  const { url, query, startMs, endMs, stepMs, timeoutMs, userLabel } = asked;
  const body = new URLSearchParams({
    query,
    start: seconds(startMs),
    end: seconds(endMs),
    step: seconds(stepMs),
    timeout: `${timeoutMs}ms`,
  });
  const { status, text } = await post(`${url}/api/v1/query_range`, body, asked, signal);
  const answer = parse(text);
  if (status !== 200 || answer?.status !== "success") throw refusal(status, answer, text);
  return byUser(answer.data, userLabel);
}

async function post(
  url: string,
  body: URLSearchParams,
  { tokenFile, timeoutMs }: RangeQuery,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = {};
  if (tokenFile !== null) headers["authorization"] = `Bearer ${await readToken(tokenFile)}`;
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await fetch(url, { method: "POST", body, headers, signal: either, redirect: "error" });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { cause, name, message } = error as Error & { cause?: Error };
    const why = name === "TimeoutError" ? `no answer in ${timeoutMs} ms` : (cause?.message ?? message);
    throw new PrometheusError(`${new URL(url).origin}: ${why}`, { isPassing: true });
  }
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new PrometheusError(`tokenFile: ${(error as Error).message}`, {
      isPassing: false,
      hint: "name a file that can be read",
    });
  }
}

interface Answer {
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: readonly RawSeries[] };
}

interface RawSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** `null`: it is not JSON, so it is no Prometheus that speaks. */
function parse(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer | null;
  } catch {
    return null;
  }
}

function refusal(status: number, answer: Answer | null, text: string): PrometheusError {
  const said = answer?.error === undefined ? text.trim().slice(0, 200) || "nothing" : `${answer.errorType}: ${answer.error}`;
  const isPassing = status >= 500 || status === 429 || status === 408;
  return new PrometheusError(`HTTP ${status}, ${said}`, { isPassing, hint: isPassing ? "" : (HINT[status] ?? "") });
}

const HINT: Readonly<Record<number, string>> = {
  400: "check the PromQL, in Prometheus' own page",
  401: "give a tokenFile whose token is known there",
  403: "the token may not query; ask whoever runs the Prometheus",
  404: "url is the Prometheus' own, with its path prefix where it has one",
  422: "the query cannot be evaluated there: make it touch fewer series, or use a recording rule",
};

function byUser(data: Answer["data"], userLabel: string): UserSamples {
  if (data?.resultType !== "matrix")
    throw new PrometheusError(`a ${data?.resultType ?? "nothing"} in place of a matrix`, { isPassing: false });
  const users = new Map<string, Map<number, number>>();
  for (const { metric, values } of data.result) {
    const user = metric[userLabel];
    const labels = JSON.stringify(metric).slice(0, 200);
    const hint = `aggregate with: sum by (${userLabel}) (…)`;
    if (user === undefined)
      throw new PrometheusError(`a series without the label ${userLabel}: ${labels}`, { isPassing: false, hint });
    if (users.has(user)) throw new PrometheusError(`more than one series of ${user}: ${labels}`, { isPassing: false, hint });
    users.set(user, new Map(values.map(([atSeconds, value]) => [Math.round(atSeconds * 1_000), Number(value)])));
  }
  return users;
}

/** Exact to the millisecond. */
function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
