import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ForecastBatch } from "../../../../allocator/core/forecast.ts";
import { DecisionLog } from "../../../../allocator/live/decision-log.ts";
import { ForecastBook } from "../../../../allocator/live/forecast-book.ts";
import { LiveMetrics } from "../../../../allocator/live/http/live-metrics.ts";
import { liveServer } from "../../../../allocator/live/http/server.ts";
import { type Scope, type Token, tokenDigest } from "../../../../allocator/live/http/tokens.ts";
import type { LiveRun } from "../../../../allocator/live/live-run.ts";
import { LiveBench, policyOf } from "../../../support/live-fleet.ts";

const bench = new LiveBench();
const { clock } = bench;

const token = (name: string, scopes: readonly Scope[], users: readonly string[] | null = null, leftMs = 1e9): Token => ({
  name,
  sha256: tokenDigest(name),
  scopes,
  users,
  expiresAtMs: clock.nowMs() + leftMs,
});
const TOKENS = [
  token("all", ["request", "usage", "read", "admin"]),
  token("alice", ["request", "read"], ["alice"]),
  token("reader", ["read"]),
  token("short", ["read"], null, 50_000),
  token("over", ["request", "usage", "read", "admin"], null, -1),
];

let run: LiveRun | null = null;
const log = new DecisionLog(
  () => (run as LiveRun).state,
  () => (run as LiveRun).directory,
);
const metrics = new LiveMetrics(() => run as LiveRun);
const forecasts = new ForecastBook();
const observers = [log, metrics, forecasts].map((observer) => ({
  onStep: (...step: Parameters<typeof log.onStep>) => {
    if (run !== null) observer.onStep(...step);
  },
}));
run = await bench.open(bench.folder(), { observers });
const logged: string[] = [];
const logTo = { write: (line: string) => logged.push(line) } as never;
const OPTIONS = { run, log, metrics, forecasts, tokens: TOKENS, ratePerSecond: 100_000, version: "1.2.3", logTo };
const server = await liveServer(OPTIONS);
const url = await server.listen({ host: "127.0.0.1", port: 0 });

test.after(async () => {
  await server.close();
  await run?.stop();
  bench.remove();
});

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a document from outside, whose shape is what the test asserts
  readonly body: any;
  readonly requestId: string | null;
}

async function call(method: string, path: string, body?: unknown, bearer: string | null = "all"): Promise<Answer> {
  const raw = typeof body === "string" || body === undefined;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : text, requestId: response.headers.get("x-request-id") };
}

test("the life of a request: asked for, started, running, what is held for the user, ended", async () => {
  const asked = await call("PUT", "/v1/requests/r1", { user: "alice", app: "notebook" });
  assert.is(asked.status, 200);
  assert.is(asked.body.state, "starting");
  assert.is(asked.body.expectedReadyAtMs, clock.nowMs() + 20_000);
  await clock.pass(20_000);
  assert.is((await call("GET", "/v1/requests/r1")).body.state, "running");
  const user = (await call("GET", "/v1/users/alice")).body;
  assert.equal(
    user.instances.map(({ app, requests }: { app: string; requests: string[] }) => [app, ...requests]),
    [["notebook", "r1"]],
  );
  assert.is((await call("DELETE", "/v1/requests/r1")).status, 204);
  assert.is((await call("GET", "/v1/requests/r1")).body.state, "ended");
  assert.is((await call("DELETE", "/v1/requests/r1")).status, 204, "ended twice is as if once");
});

test("usage is taken in as a whole or not at all", async () => {
  const of = (user: string) => ({ user, used: { cpuMillis: 321 }, windowMs: 60_000 });
  assert.equal((await call("POST", "/v1/usage", { observations: [of("bob"), of("carol")] })).body, { taken: 2 });
  assert.is((await call("GET", "/v1/users/bob")).body.used.cpuMillis, 321);
  const events = run?.events;
  const refused = await call("POST", "/v1/usage", { observations: [of("bob"), of("nobody")] });
  assert.is(refused.status, 404);
  assert.is(run?.events, events);
});

test("a profile is put: a new user may ask at once, and permissions count from then on", async () => {
  assert.is((await call("PUT", "/v1/users/dora", { tier: "standard", permissions: ["shell"] })).status, 200);
  assert.is((await call("PUT", "/v1/requests/d1", { user: "dora", app: "notebook" })).body.state, "rejected");
  await call("PUT", "/v1/users/dora", { tier: "premium", permissions: null });
  assert.is((await call("GET", "/v1/users/dora")).body.tier, "premium");
  assert.is((await call("PUT", "/v1/requests/d2", { user: "dora", app: "notebook" })).body.state, "starting");
  const wrong = await call("PUT", "/v1/users/dora", { tier: "gold", optOut: ["nothing"] });
  assert.is(wrong.status, 400);
  assert.equal(
    wrong.body.error.issues.map(({ path }: { path: string }) => path),
    ["tier", "optOut"],
  );
});

test("decisions are listed, the latest first, with because of what", async () => {
  await call("PUT", "/v1/requests/r2", { user: "carol", app: "notebook" });
  const { decisions } = (await call("GET", "/v1/decisions?user=carol&limit=1")).body;
  assert.is(decisions.length, 1);
  assert.is(decisions[0].user, "carol");
  assert.is(decisions[0].request, "r2");
  assert.is(decisions[0].because.rule, "arrival");
});

/** Decisions as they come; `ended` once the server ends them. */
async function follow(bearer: string) {
  const stop = new AbortController();
  const response = await fetch(`${url}/v1/events`, { headers: { authorization: `Bearer ${bearer}` }, signal: stop.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  const reading = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += Buffer.from(part.value).toString();
  })().catch(() => {});
  const end = () => {
    stop.abort();
    return reading;
  };
  return { text: () => text, end, ended: reading };
}

test("decisions are sent as they are made, to whom they concern", async () => {
  const [all, alice] = [await follow("all"), await follow("alice")];
  await call("PUT", "/v1/requests/s1", { user: "carol", app: "shell" });
  await call("PUT", "/v1/requests/s2", { user: "alice", app: "shell" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await all.end();
  await alice.end();
  assert.match(all.text(), /event: launch\ndata: .*"user":"carol"/);
  assert.match(alice.text(), /"user":"alice"/);
  assert.not.match(alice.text(), /carol/);
});

test("who reads a little more slowly than decisions come gets them all; whose token is over gets no more", async () => {
  const [all, short] = [await follow("all"), await follow("short")];
  const asked = Array.from({ length: 400 }, (_, i) =>
    run?.arrive({ request: `b${i}`, user: "carol", app: "shell", requested: null }),
  );
  await Promise.all(asked);
  for (let i = 0; i < 100 && !all.text().includes('"request":"b399"'); i += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  for (let i = 0; i < 400; i += 1) assert.ok(all.text().includes(`"request":"b${i}"`), `b${i}`);
  await all.end();
  await clock.pass(60_000);
  await call("PUT", "/v1/requests/later", { user: "carol", app: "shell" });
  await short.ended;
  assert.match(short.text(), '"request":"b399"');
  assert.not.match(short.text(), "later");
  for (let i = 0; i < 400; i += 1) await run?.ended(`b${i}`);
});

test("the latest forecast, of a user and of all, to whom it concerns", async () => {
  assert.equal((await call("GET", "/v1/fleet/forecast")).body, { forecast: null });
  const id = (name: string) => run?.directory.find("user", name) as number;
  const batch: ForecastBatch = {
    target: "demand",
    entity: "user",
    issuedAtMs: clock.nowMs(),
    availableAtMs: clock.nowMs(),
    firstStepMs: clock.nowMs(),
    stepMs: 60_000,
    steps: 1,
    levelsPpm: Uint32Array.of(500_000, 900_000),
    ids: Uint32Array.of(id("alice"), id("bob")),
    values: Uint32Array.of(1, 2, 0, 0, 0, 0, 0, 0, 10, 20, 0, 0, 0, 0, 0, 0),
  };
  run?.forecast({ setDigest: "0".repeat(64), batchIndex: 0, batchDigest: "0".repeat(64), batch });
  const { forecast } = (await call("GET", "/v1/users/alice/forecast", undefined, "alice")).body;
  assert.equal(forecast.amounts.cpuMillis, [[1, 2]]);
  assert.equal(forecast.levelsPpm, [500_000, 900_000]);
  assert.equal((await call("GET", "/v1/fleet/forecast")).body.forecast.amounts.cpuMillis, [[11, 22]]);
  assert.equal((await call("GET", "/v1/users/carol/forecast")).body, { forecast: null });
  assert.is((await call("GET", "/v1/users/nobody/forecast")).status, 404);
  assert.is((await call("GET", "/v1/users/bob/forecast", undefined, "alice")).status, 403);
  assert.is((await call("GET", "/v1/fleet/forecast", undefined, "alice")).status, 403);
});

test("no token, an unknown one, one that is over, one that does not allow it, another tenant's data: a clear 4xx and no effect", async () => {
  const events = run?.events;
  const put = (bearer: string | null, user = "alice") => call("PUT", "/v1/requests/x", { user, app: "notebook" }, bearer);
  assert.equal(
    await Promise.all(
      [put(null), put("guess"), put("over"), put("reader"), put("alice", "bob")].map(async (one) => (await one).status),
    ),
    [401, 401, 401, 403, 403],
  );
  await call("PUT", "/v1/requests/bobs", { user: "bob", app: "notebook" });
  const before = (run?.events ?? 0) - (events ?? 0);
  assert.ok(before > 0);
  for (const [method, path] of [
    ["GET", "/v1/requests/bobs"],
    ["DELETE", "/v1/requests/bobs"],
  ] as const) {
    assert.equal((await call(method, path, undefined, "alice")).body.error.code, "unknown_request");
  }
  assert.is((await call("GET", "/v1/users/bob", undefined, "alice")).status, 403);
  assert.is((await call("GET", "/v1/fleet", undefined, "alice")).status, 403);
  const seen = (await call("GET", "/v1/decisions", undefined, "alice")).body.decisions;
  assert.ok(seen.length > 0 && seen.every(({ user }: { user: string }) => user === "alice"));
  assert.is((await call("GET", "/v1/requests/bobs")).body.state !== "ended", true);
});

test("frozen, nothing is done ahead, and requests are served; some users' token may not freeze all", async () => {
  assert.is((await call("PUT", "/v1/freeze", { frozen: true }, "alice")).status, 403);
  assert.equal((await call("PUT", "/v1/freeze", { frozen: true })).body, { frozen: true });
  assert.is((await call("GET", "/v1/fleet")).body.frozen, true);
  assert.match((await call("GET", "/metrics", undefined, null)).body, /^prae_frozen 1$/m);
  assert.is((await call("PUT", "/v1/requests/f1", { user: "alice", app: "shell" })).status, 200);
  assert.equal((await call("PUT", "/v1/freeze", { frozen: false })).body, { frozen: false });
  assert.is((await call("PUT", "/v1/freeze", { frozen: 1 })).status, 400);
});

test("a candidate's stage is read, moved and rolled back, by an admin of everybody alone", async () => {
  const none = {
    stage: "none",
    policy: "keep-alive",
    candidate: null,
    promotion: null,
    share: 0,
    seed: null,
    reason: null,
    observed: null,
  };
  assert.equal((await call("GET", "/v1/stage")).body, { ...none, users: { candidate: 0, all: 4 } });
  assert.equal((await call("PUT", "/v1/stage", { stage: "full" })).body.error.code, "conflict");
  for (const bearer of ["alice", "reader", "over"])
    assert.ok((await call("PUT", "/v1/stage", { stage: "full" }, bearer)).status >= 401);
  assert.is((await call("GET", "/v1/stage", undefined, "alice")).status, 403);
  for (const body of [
    {},
    { stage: "dry" },
    { stage: "canary", share: 1.5 },
    { stage: "canary", share: "10%" },
    { stage: "full", x: 1 },
  ]) {
    assert.is((await call("PUT", "/v1/stage", body)).status, 400, JSON.stringify(body));
  }
  const trial = { candidate: policyOf("keep-alive:ttl=1m"), promotion: "ab12", sharePpm: 500_000, seed: 1 };
  const mine = await bench.open(bench.folder(), { trial });
  const api = await liveServer({ ...OPTIONS, run: mine, metrics: new LiveMetrics(() => mine) });
  const headers = { authorization: "Bearer all" };
  const stage = async (payload: object) => (await api.inject({ method: "PUT", url: "/v1/stage", headers, payload })).json();
  assert.equal((await api.inject({ url: "/v1/stage", headers })).json().share, 0.5);
  const full = await stage({ stage: "full" });
  assert.equal([full.stage, full.users, full.reason], ["full", { candidate: 3, all: 3 }, "by all"]);
  const back = await stage({ stage: "rolled_back", reason: "cold" });
  assert.equal([back.stage, back.users.candidate, back.share, back.reason], ["rolled_back", 0, 0, "cold (by all)"]);
  assert.match((await api.inject({ url: "/metrics" })).body, /^prae_stage\{stage="rolled_back"\} 1$/m);
  await api.close();
  await mine.stop();
});

test("what a source of telemetry tells is counted once it is on the disk, with what was left out and when it was read", async () => {
  const used = { cpuMillis: 5, memoryMiB: 6, gpuMillis: 0, networkKbps: 0 };
  const usage = (user: string) => ({ kind: "usage", user, used, windowMs: 60_000, saturated: false }) as const;
  const sink = metrics.counted(run as LiveRun, clock);
  const leftOut = await sink.takeIn("prometheus main", "60000", [usage("alice"), usage("mallory")]);
  assert.is(leftOut.length, 1);
  assert.is(sink.position("prometheus main"), "60000");
  const { body } = await call("GET", "/metrics", undefined, null);
  assert.match(body, /^prae_source_told_total\{source="prometheus main"\} 2$/m);
  assert.match(body, /^prae_source_left_out_total\{source="prometheus main"\} 1$/m);
  assert.match(body, `prae_source_read_timestamp_seconds{source="prometheus main"} ${clock.nowMs() / 1_000}`);
  assert.match(body, /^nodejs_eventloop_lag_p99_seconds /m, "how the process itself is");
});

test("health, metrics and the OpenAPI document need no token, and name no user", async () => {
  assert.equal((await call("GET", "/healthz", undefined, null)).body, { status: "ok" });
  assert.equal((await call("GET", "/readyz", undefined, null)).body, { status: "ready" });
  const { body } = await call("GET", "/metrics", undefined, null);
  assert.match(body, /prae_decisions_total\{kind="launch",rule="arrival",rung="none",guardrail="none"\} \d+/);
  assert.match(body, /prae_amount\{of="capacity",resource="cpuMillis"\} 4000/);
  assert.not.match(body, /alice/);
  const api = (await call("GET", "/openapi.json", undefined, null)).body;
  assert.is(api.info.version, "1.2.3");
  assert.equal(Object.keys(api.paths), [
    "/v1/requests/{request}",
    "/v1/usage",
    "/v1/users/{user}",
    "/v1/users/{user}/forecast",
    "/v1/decisions",
    "/v1/fleet",
    "/v1/fleet/forecast",
    "/v1/freeze",
    "/v1/events",
    "/v1/stage",
    "/healthz",
    "/readyz",
  ]);
  for (const [path, methods] of Object.entries<Record<string, { security?: unknown }>>(api.paths)) {
    for (const one of Object.values(methods)) assert.is(one.security !== undefined, path.startsWith("/v1"), path);
  }
});

test("the page needs no token, holds none, and runs and asks for nothing but its own", async () => {
  const response = await fetch(`${url}/`);
  assert.is(response.status, 200);
  assert.is(response.headers.get("content-type"), "text/html; charset=utf-8");
  const page = await response.text();
  const policy = response.headers.get("content-security-policy") ?? "";
  for (const element of ["script", "style"]) {
    const [, text = ""] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page) ?? [];
    assert.match(policy, `${element}-src 'sha256-${createHash("sha256").update(text).digest("base64")}'`);
    assert.is(page.split(`<${element}`).length, 2, `one ${element}, without a source of its own`);
  }
  assert.match(policy, "default-src 'none'");
  assert.not.match(policy, "unsafe");
  assert.not.match(page.replaceAll("http://www.w3.org/2000/svg", ""), /https?:|\bon\w+="|alice|style="/);
});

test("what is malformed, too large or not there is a 4xx with a request id, and nothing happens", async () => {
  const events = run?.events;
  const cases: readonly (readonly [number, string, string, unknown])[] = [
    [400, "PUT", "/v1/requests/y", "{"],
    [400, "PUT", "/v1/requests/y", { user: "alice" }],
    [400, "PUT", "/v1/requests/y", { user: "alice", app: "notebook", more: 1 }],
    [400, "PUT", "/v1/requests/y", { user: ["alice"], app: "notebook" }],
    [400, "PUT", "/v1/requests/y", { user: "alice", app: "notebook", requested: { cpuMillis: -1 } }],
    [400, "PUT", "/v1/requests/y", { user: "alice", app: "notebook", requested: { cpuMillis: 2 ** 32 } }],
    [400, "PUT", `/v1/requests/${encodeURIComponent("a b")}`, { user: "alice", app: "notebook" }],
    [400, "PUT", "/v1/requests/y", '{"__proto__":{"user":"alice"}}'],
    [404, "PUT", "/v1/requests/y", { user: "nobody", app: "notebook" }],
    [404, "PUT", "/v1/requests/y", { user: "alice", app: "nothing" }],
    [409, "PUT", "/v1/requests/r2", { user: "alice", app: "notebook" }],
    [422, "PUT", "/v1/requests/y", { user: "alice", app: "notebook", requested: { cpuMillis: 1001 } }],
    [413, "POST", "/v1/usage", `{"observations":"${"x".repeat(300_000)}"}`],
    [400, "POST", "/v1/usage", { observations: [] }],
    [400, "GET", "/v1/decisions?limit=all", undefined],
    [404, "GET", "/v1/requests/never", undefined],
    [404, "GET", "/v2", undefined],
  ];
  for (const [status, method, path, body] of cases) {
    const answer = await call(method, path, body);
    assert.is(answer.status, status, `${method} ${path} ${JSON.stringify(body)?.slice(0, 80)}`);
    assert.is(answer.body.requestId, answer.requestId);
    assert.type(answer.body.error.message, "string");
  }
  assert.is(run?.events, events);
});

test("whatever is sent, the answer is a 2xx or a 4xx, and the run goes on", async () => {
  const word = fc.oneof(fc.constantFrom("alice", "bob", "notebook", "shell", "r2", "__proto__", ""), fc.string({ maxLength: 8 }));
  const path = fc.oneof(
    fc.tuple(fc.constantFrom("/v1/requests/", "/v1/users/"), word).map(([at, name]) => at + encodeURIComponent(name)),
    fc.constantFrom("/v1/usage", "/v1/decisions?user=%00", "/v1/requests/%zz", "/%2e%2e/%2e%2e/etc/passwd"),
  );
  const body = fc.oneof(
    fc.record({ user: word, app: word, requested: fc.record({ cpuMillis: fc.integer() }) }, { requiredKeys: [] }),
    fc.record({ observations: fc.array(fc.record({ user: word, used: fc.object({ maxDepth: 1 }), windowMs: fc.integer() })) }),
    fc.json({ maxDepth: 3 }),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("PUT", "POST", "DELETE", "GET"), path, body, async (method, at, sent) => {
      const answer = await call(method, at, method === "GET" ? undefined : sent);
      assert.ok(answer.status < 500, `${method} ${at} ${JSON.stringify(sent)}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }),
    { numRuns: 400, seed: 20_261_129 },
  );
  assert.is((await call("GET", "/readyz")).status, 200);
});

test("logs are JSON lines that hold no token", () => {
  assert.ok(logged.length > 10);
  for (const line of logged) assert.not.match(JSON.stringify(JSON.parse(line)), /Bearer|authorization/i);
});

test.run();
