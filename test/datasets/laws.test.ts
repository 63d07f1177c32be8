import { test } from "uvu";
import * as assert from "uvu/assert";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { checkTrace } from "../../datasets/laws.ts";
import type { Trace, TraceManifest } from "../../datasets/trace.ts";

const used = { cpuMillis: 1, memoryMiB: 2, gpuMillis: 3, networkKbps: 4 };

/** Window [3, 10); every limit that a law allows is reached by some row. */
const LAWFUL = new TraceBuilder({
  name: "t",
  source: { importer: "test", options: {}, files: [] },
  license: "none",
  citation: "none",
})
  .user({ name: "u", permissions: ["x", "y"] })
  .app({ name: "x", shape: used })
  .app({ name: "y", shape: used })
  .node({ name: "n", pool: "p", capacity: used })
  .request({ name: "r", user: "u", app: "x", submitMs: 3, runMs: Number.MAX_SAFE_INTEGER - 3 })
  .request({ name: "s", user: "v", app: "x", submitMs: 3, runMs: 1 })
  .request({ name: "t", user: "u", app: "y", submitMs: 9, runMs: 1, requested: { cpuMillis: 2 ** 32 - 1 } })
  .usage({ user: "u", atMs: 3, windowMs: 1, used })
  .usage({ user: "v", atMs: 3, windowMs: 1, used })
  .usage({ user: "u", atMs: 10, windowMs: 2 ** 32 - 1, used })
  .context({ atMs: 0, endMs: 0, kind: "k", label: "", user: null })
  .context({ atMs: 50, endMs: 60, kind: "k", label: "", user: "v" })
  .build({ startMs: 3, endMs: 10 });

/** The first issue of a trace that differs in one thing. */
function issueOf(change: Partial<Trace>): string {
  const [issue] = checkTrace({ ...LAWFUL, ...change });
  return issue === undefined
    ? "lawful"
    : `${issue.where}:${issue.line ?? ""} ${issue.path ?? ""}: ${issue.expected}; ${issue.found}`;
}

const requests = (change: Partial<Trace["requests"]>) => issueOf({ requests: { ...LAWFUL.requests, ...change } });
const usage = (change: Partial<NonNullable<Trace["usage"]>>) => issueOf({ usage: { ...LAWFUL.usage!, ...change } });
const manifest = (change: Partial<TraceManifest>) => issueOf({ manifest: { ...LAWFUL.manifest, ...change } });

/** A table with its first row changed. */
function first<Row>(rows: readonly Row[], change: Partial<Row>): Row[] {
  return rows.map((row, index) => (index === 0 ? { ...row, ...change } : row));
}

test("a lawful trace, at every limit", () => {
  assert.equal(checkTrace(LAWFUL), []);
});

test("times of requests: in order, inside the window, whole and not too large", () => {
  assert.match(
    requests({ submitMs: Float64Array.of(3, 9, 8) }),
    /^requests:3 submit_ms: a time not before the row above \(9\); 8/,
  );
  assert.match(requests({ submitMs: Float64Array.of(2, 3, 9) }), /^requests:1 submit_ms: a time inside \[3, 10\); 2/);
  assert.match(requests({ submitMs: Float64Array.of(3, 3, 10) }), /^requests:3 submit_ms: a time inside \[3, 10\); 10/);
  assert.match(requests({ submitMs: Float64Array.of(3, 3.5, 9) }), /^requests:2 submit_ms: a non-negative integer.*; 3\.5/);
  assert.match(requests({ submitMs: Float64Array.of(3, Number.NaN, 9) }), /^requests:2 submit_ms: .*NaN/);
  assert.match(requests({ runMs: Float64Array.of(1, -1, 1) }), /^requests:2 run_ms: .*; -1/);
  assert.match(requests({ runMs: Float64Array.of(Number.MAX_SAFE_INTEGER - 2, 1, 1) }), /^requests:1 run_ms/);
});

test("indices: dense in order of first appearance, and of rows that exist", () => {
  assert.match(requests({ user: Uint32Array.of(1, 0, 0) }), /^requests:1 user_id: an index at most 0: ids are dense.*; 1/);
  assert.match(requests({ user: Uint32Array.of(0, 1, 2) }), /^requests:3 user_id: an index below 2; 2/);
  assert.match(requests({ app: Uint32Array.of(0, 0, 2) }), /^requests:3 app_id: an index below 2; 2/);
  assert.match(requests({ app: Uint32Array.of(1, 0, 0) }), /^requests:1 app_id: an index at most 0/);
  assert.match(requests({ tier: Uint8Array.of(0, 2, 3) }), /^requests:3 tier: an index below 3; 3/);
  assert.match(requests({ shape: Uint32Array.of(0, 0, 0) }), /^requests: shape: 1 shapes, all in use; 2/);
  assert.match(requests({ shape: Uint32Array.of(0, 1, 2) }), /^requests:3 shape: an index below 2; 2/);
  assert.match(requests({ shapes: [used, used] }), /^shapes:2 : amounts not listed above; 1,2,3,4/);
  assert.match(
    requests({ shapes: [used, { ...used, gpuMillis: 2 ** 32 }] }),
    /^shapes:2 gpuMillis: an integer from 0 to 4294967295/,
  );
  assert.match(requests({ runMs: Float64Array.of(1) }), /^requests: runMs: 3 rows; 1/);
});

test("request ids: one for every request, none empty, none twice", () => {
  assert.match(requests({ names: ["r", "s"] }), /^requests: request_id: 3 names; 2/);
  assert.match(requests({ names: ["r", "", "t"] }), /^requests:2 request_id: a name; ""/);
  assert.match(requests({ names: ["r", "s", "r"] }), /^requests:3 request_id: an id not used in row 1; "r"/);
});

test("usage: in order, inside [start, end], one sample a user and instant", () => {
  assert.match(usage({ atMs: Float64Array.of(3, 4, 3) }), /^usage:3 at_ms: a time not before the row above/);
  assert.match(usage({ atMs: Float64Array.of(2, 3, 4) }), /^usage:1 at_ms: a time inside \[3, 10\]; 2/);
  assert.match(usage({ atMs: Float64Array.of(3, 3, 11) }), /^usage:3 at_ms: a time inside \[3, 10\]; 11/);
  assert.match(usage({ atMs: Float64Array.of(3, 3, 4.5) }), /^usage:3 at_ms: a non-negative integer/);
  assert.match(usage({ windowMs: Uint32Array.of(1, 0, 1) }), /^usage:2 window_ms: at least 1; 0/);
  assert.match(usage({ user: Uint32Array.of(0, 2, 0) }), /^usage:2 user_id: an index below 2; 2/);
  assert.match(usage({ user: Uint32Array.of(0, 0, 0) }), /^usage:2 at_ms: one sample a user and time; 3/);
  assert.match(usage({ gpuMillis: Uint32Array.of(0) }), /^usage: gpuMillis: 3 rows; 1/);
});

test("context: in order, ends after it begins, has a kind, concerns a user that exists", () => {
  const [early, late] = LAWFUL.context as [Trace["context"][number], Trace["context"][number]];
  assert.match(issueOf({ context: [late, early] }), /^context:2 at_ms: at least 50; 0/);
  assert.match(issueOf({ context: [{ ...late, endMs: 49 }] }), /^context:1 end_ms/);
  assert.match(issueOf({ context: [{ ...late, atMs: 0.5 }] }), /^context:1 end_ms/);
  assert.match(issueOf({ context: [{ ...late, kind: "" }] }), /^context:1 kind/);
  const wish = { ...late, kind: "no-prewarm", label: "y" };
  assert.is(issueOf({ context: [wish] }), "lawful");
  assert.match(
    issueOf({ context: [{ ...wish, label: "z" }] }),
    /^context:1 label: with the kind no-prewarm, the name of an app; "z"/,
  );
  assert.match(issueOf({ context: [{ ...late, user: 2 }] }), /^context:1 user_id: an index from 0 to 1; 2/);
});

test("users, apps, nodes and tiers", () => {
  const { users, apps, nodes, tiers } = LAWFUL;
  assert.match(issueOf({ users: first(users, { name: "" }) }), /^users:1 user_id: a name/);
  assert.match(issueOf({ users: first(users, { name: "v" }) }), /^users:2 user_id: a name not used in row 1; "v"/);
  assert.match(issueOf({ users: first(users, { tier: 3 }) }), /^users:1 tier: an index from 0 to 2; 3/);
  assert.match(issueOf({ users: first(users, { timeZone: "Mars" }) }), /^users:1 time_zone: an IANA time zone; "Mars"/);
  assert.match(issueOf({ users: first(users, { timeZone: "+01:00" }) }), /^users:1 time_zone/);
  assert.match(issueOf({ users: first(users, { permissions: [1, 0] }) }), /^users:1 permissions: app indices ascending/);
  assert.match(issueOf({ users: first(users, { permissions: [1, 1] }) }), /^users:1 permissions: app indices ascending/);
  assert.match(issueOf({ users: first(users, { permissions: [2] }) }), /^users:1 permissions: an index from 0 to 1; 2/);
  assert.match(issueOf({ apps: first(apps, { concurrency: 0 }) }), /^apps:1 concurrency: an integer from 1/);
  assert.match(issueOf({ apps: first(apps, { coldStartMs: -1 }) }), /^apps:1 cold_start_ms/);
  assert.match(issueOf({ apps: first(apps, { resumeMs: 0.5 }) }), /^apps:1 resume_ms/);
  assert.match(issueOf({ apps: first(apps, { shape: { ...used, memoryMiB: -1 } }) }), /^apps:1 memoryMiB/);
  assert.match(issueOf({ nodes: [] }), /^nodes: : at least one node, or no table of nodes/);
  assert.match(issueOf({ nodes: first(nodes!, { pool: "" }) }), /^nodes:1 pool_id: a name/);
  assert.match(issueOf({ nodes: first(nodes!, { capacity: { ...used, cpuMillis: Number.NaN } }) }), /^nodes:1 cpuMillis.*NaN/);
  assert.match(issueOf({ tiers: [] }), /^tiers: : 1 to 254 tiers; 0/);
  assert.match(issueOf({ tiers: first(tiers, { levelPpm: 0 }) }), /^tiers:1 level_ppm: an integer from 1 to 1000000; 0/);
  assert.match(issueOf({ tiers: first(tiers, { levelPpm: 1_000_001 }) }), /^tiers:1 level_ppm/);
  assert.match(issueOf({ tiers: first(tiers, { targetStartMs: -1 }) }), /^tiers:1 target_start_ms/);
  assert.match(issueOf({ tiers: first(tiers, { priority: 2 ** 32 }) }), /^tiers:1 priority/);
  assert.match(issueOf({ tiers: first(tiers, { name: "standard" }) }), /^tiers:2 tier: a name not used in row 1/);
});

test("the window, the epoch, and something to replay", () => {
  assert.match(manifest({ window: { startMs: 10, endMs: 10 } }), /^manifest: window: integers 0 <= startMs < endMs/);
  assert.match(manifest({ window: { startMs: -1, endMs: 10 } }), /^manifest: window/);
  assert.match(manifest({ window: { startMs: 3, endMs: 10.5 } }), /^manifest: window/);
  assert.match(manifest({ epochMs: 0.5 }), /^manifest: epochMs: an integer or null/);
  assert.is(manifest({ epochMs: -1 }), "lawful");
  const none = Object.fromEntries(
    Object.entries(LAWFUL.requests).map(([key, column]) => [key, typeof column === "number" ? 0 : column?.slice(0, 0)]),
  ) as unknown as Trace["requests"];
  assert.is(issueOf({ requests: none }), "lawful");
  assert.match(issueOf({ requests: none, usage: null }), /^requests: : at least one request or usage sample; none/);
});

test.run();
