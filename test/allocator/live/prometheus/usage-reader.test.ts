import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LiveError } from "../../../../allocator/live/live-error.ts";
import type { LeftOut, SourceSink, Told } from "../../../../allocator/live/ports.ts";
import { type PrometheusSource, prometheusFromDocument } from "../../../../allocator/live/prometheus/prometheus-document.ts";
import { PrometheusError, queryRange } from "../../../../allocator/live/prometheus/query-range.ts";
import { checkQueries, UsageReader } from "../../../../allocator/live/prometheus/usage-reader.ts";
import { Refused } from "../../../../allocator/live/refused.ts";
import { ManualClock } from "../../../support/manual-clock.ts";
import { until } from "../../../support/server-process.ts";

type Answer = { readonly status: number; readonly body: string } | "nothing" | "cut";

/** A server that answers each query as it is told to: what a real one does only when it fails. */
let answer: (query: URLSearchParams) => Answer = () => "nothing";
const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const say = answer(new URLSearchParams(body));
  if (say === "nothing") return;
  if (say === "cut") {
    response.writeHead(200, { "content-length": "1000" });
    response.write("{");
    response.destroy();
    return;
  }
  response.writeHead(say.status).end(say.body);
}).listen(0, "127.0.0.1");
await once(server, "listening");
test.after(() => {
  server.closeAllConnections();
  server.close();
});

const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
const SOURCE: PrometheusSource = prometheusFromDocument({
  url,
  timeout: "200ms",
  queries: { cpuMillis: { query: "cpu", unit: "cores" }, memoryMiB: { query: "memory", unit: "MiB" } },
});

const ok = (...series: { metric: object; values: unknown }[]): Answer => ({
  status: 200,
  body: JSON.stringify({ status: "success", data: { resultType: "matrix", result: series } }),
});

/** Every user has 1 at every instant that is asked for. */
function full(users: readonly string[]): (query: URLSearchParams) => Answer {
  return (query) => {
    const values: [number, string][] = [];
    for (let at = Number(query.get("start")); at <= Number(query.get("end")); at += Number(query.get("step")))
      values.push([at, "1"]);
    return ok(...users.map((user) => ({ metric: { user }, values })));
  };
}

async function failure(say: Answer): Promise<PrometheusError> {
  answer = () => say;
  try {
    await queryRange({ ...SOURCE, query: "q", startMs: 0, endMs: 0 }, new AbortController().signal);
  } catch (error) {
    if (error instanceof PrometheusError) return error;
    throw error;
  }
  throw new Error("it was answered");
}

test("what passes is told from what does not, with what to do about it", async () => {
  for (const say of [{ status: 503, body: "busy" }, { status: 429, body: "" }, "nothing", "cut"] as const) {
    assert.ok((await failure(say)).isPassing, JSON.stringify(say));
  }
  const bad = JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error" });
  const refused = await failure({ status: 400, body: bad });
  assert.equal([refused.isPassing, refused.message], [false, "HTTP 400, bad_data: parse error"]);
  assert.match(refused.hint, /PromQL/);
  assert.match((await failure({ status: 401, body: "no" })).hint, /tokenFile/);
  assert.match((await failure({ status: 200, body: "<html>" })).message, /<html>/);
  const scalar = JSON.stringify({ status: "success", data: { resultType: "scalar", result: [1, "2"] } });
  assert.match((await failure({ status: 200, body: scalar })).message, /a scalar in place of a matrix/);
  assert.match((await failure(ok({ metric: { pod: "p" }, values: [] }))).message, /without the label user/);
  const twice = ok({ metric: { user: "u", pod: "p" }, values: [] }, { metric: { user: "u", pod: "q" }, values: [] });
  assert.match((await failure(twice)).message, /more than one series of u/);
});

test("what the server refuses is an issue each; a server that is away is none", async () => {
  answer = (query) => (query.get("query") === "cpu" ? { status: 422, body: "too many" } : full(["u"])(query));
  const refused = await checkQueries(SOURCE, 1_000_000).then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(refused instanceof LiveError);
  assert.equal(
    refused.issues.map(({ path, found }) => [path, found]),
    [["queries.cpuMillis.query", "HTTP 422, too many"]],
  );
  answer = () => ({ status: 502, body: "" });
  await checkQueries(SOURCE, 1_000_000);
  const missing = await checkQueries({ ...SOURCE, tokenFile: "/nowhere" }, 1_000_000).catch((error: unknown) => error);
  assert.match(String(missing), /tokenFile: ENOENT/);
});

/** Takes all in and remembers it. */
class Memory implements SourceSink {
  readonly positions: number[] = [];
  readonly told: Told[] = [];
  position(): string | null {
    return this.positions.length === 0 ? null : String(this.positions.at(-1));
  }
  async takeIn(_: string, position: string, told: readonly Told[]): Promise<readonly LeftOut[]> {
    this.positions.push(Number(position));
    this.told.push(...told);
    return [];
  }
}

/** A reader from 10:00:20 on, on a clock that stands, with what it logs. */
function reading(sink: SourceSink): { reader: UsageReader; clock: ManualClock; said: string[]; failures: unknown[] } {
  const clock = new ManualClock(36_020_000);
  const said: string[] = [];
  const failures: unknown[] = [];
  const say = (about: object, message: string) => void said.push(`${message} ${JSON.stringify(about)}`);
  const log = { info: say, warn: say };
  const reader = new UsageReader({ source: SOURCE, sink, clock, log, onFailure: (error) => void failures.push(error) });
  reader.start();
  return { reader, clock, said, failures };
}

test("a server that fails is asked again, later each time, and nothing is lost or taken in twice", async () => {
  answer = () => ({ status: 503, body: "busy" });
  const sink = new Memory();
  const { reader, clock, said } = reading(sink);
  for (const [i, waitMs] of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000].entries()) {
    await until("a failure", () => said.length > i);
    assert.match(said[i]!, `"waitMs":${waitMs}}`);
    if (i === 8) answer = full(["u"]);
    await clock.pass(waitMs);
  }
  await until("what was missed", () => sink.positions.length === 4);
  await clock.pass(60_000);
  await until("the next", () => sink.positions.length === 5);
  await reader.stop();
  assert.ok(said.some((line) => line.startsWith("answers again")));
  for (const [i, atMs] of sink.positions.entries()) assert.is(atMs, 36_000_000 + 60_000 * i);
  assert.is(sink.told.length, sink.positions.length);
});

test("a user of whom one sample is missing, not a number or beyond bounds is passed over at that instant alone", async () => {
  const at = (query: URLSearchParams, values: Record<string, string>) =>
    ok(...Object.entries(values).map(([user, value]) => ({ metric: { user }, values: [[Number(query.get("start")), value]] })));
  answer = (query) =>
    query.get("query") === "cpu"
      ? at(query, { a: "0.5", b: "1", c: "NaN", d: "-1", e: "+Inf" })
      : at(query, { a: "2", c: "2", d: "2", e: "2", f: "2" });
  const sink = new Memory();
  const { reader } = reading(sink);
  await until("read", () => sink.positions.length > 0);
  await reader.stop();
  const used = { cpuMillis: 500, memoryMiB: 2, gpuMillis: 0, networkKbps: 0 };
  assert.equal(sink.told, [{ kind: "usage", user: "a", used, windowMs: 60_000, saturated: false }]);
  assert.equal(sink.positions, [36_000_000]);
});

test("when what it gives to cannot take more, that is told, and reading ends", async () => {
  answer = full(["u"]);
  const { reader, failures } = reading({
    position: () => null,
    takeIn: () => Promise.reject(new Refused("stopped", "the run is stopping")),
  });
  await until("told", () => failures.length > 0);
  await reader.stop();
});

test.run();
