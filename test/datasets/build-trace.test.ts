import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { traceDigest } from "../../datasets/digest.ts";
import { InputError } from "../../datasets/issues.ts";
import { DEFAULT_TIERS, TRACE_DEFAULTS } from "../../datasets/tiers.ts";

const source = { importer: "test", options: {}, files: [] };
const description = { name: "t", source, license: "none", citation: "none" };
const builder = () => new TraceBuilder(description);

test("rows in any order: sorted by time, then source row; ids in order of first appearance; the unused come last", () => {
  const trace = builder()
    .user({ name: "idle", tier: "premium", timeZone: "Europe/Berlin", role: "guest" })
    .request({ user: "b", app: "y", submitMs: 20, runMs: 5 })
    .request({ user: "c", app: "x", submitMs: 10, runMs: 5 })
    .request({ user: "a", app: "x", submitMs: 10, runMs: 5 })
    .build();
  assert.equal([...trace.requests.submitMs], [10, 10, 20]);
  assert.equal(
    trace.users.map((user) => user.name),
    ["c", "a", "b", "idle"],
  );
  assert.equal([...trace.requests.user], [0, 1, 2]);
  assert.equal(
    trace.apps.map((app) => app.name),
    ["x", "y"],
  );
  assert.equal([...trace.requests.app], [0, 0, 1]);
  assert.equal(trace.manifest.window, { startMs: 10, endMs: 25 });
  assert.equal(trace.users[3], { name: "idle", tier: 0, role: "guest", timeZone: "Europe/Berlin", permissions: null });
  assert.equal(trace.tiers, DEFAULT_TIERS);
});

test("an amount that a request leaves out is its app's, else the default; an app's is the largest that its requests ask for", () => {
  const trace = builder()
    .app({ name: "declared", shape: { cpuMillis: 500 } })
    .request({ user: "u", app: "declared", submitMs: 0, runMs: 1, requested: { memoryMiB: 10 } })
    .request({ user: "u", app: "declared", submitMs: 1, runMs: 1, requested: { cpuMillis: 600, memoryMiB: 5 } })
    .request({ user: "u", app: "open", submitMs: 2, runMs: 1, requested: { gpuMillis: 7 } })
    .build();
  const { shapes, shape } = trace.requests;
  const requested = [...shape].map((code) => shapes[code]);
  assert.equal(requested[0], { cpuMillis: 500, memoryMiB: 10, gpuMillis: 0, networkKbps: 0 });
  assert.equal(requested[1], { cpuMillis: 600, memoryMiB: 5, gpuMillis: 0, networkKbps: 0 });
  assert.equal(requested[2], { cpuMillis: 1000, memoryMiB: 256, gpuMillis: 7, networkKbps: 0 });
  assert.equal(trace.apps[0]?.shape, { cpuMillis: 500, memoryMiB: 10, gpuMillis: 0, networkKbps: 0 });
  assert.equal(trace.apps[1]?.shape, { cpuMillis: 1000, memoryMiB: 256, gpuMillis: 7, networkKbps: 0 });
  assert.equal(trace.manifest.notes, ["1 requests ask for more than their app's shape; an instance has the app's shape"]);
  assert.ok(trace.manifest.defaults.includes("cpu_millis 1000 for 1 of 3 requests"), trace.manifest.defaults.join("\n"));
  assert.ok(trace.manifest.defaults.includes("tier standard for every user"));
});

test("a request's tier is its own, else its user's, else the default", () => {
  const trace = builder()
    .user({ name: "p", tier: "premium" })
    .request({ user: "p", app: "x", submitMs: 0, runMs: 1, tier: "best-effort" })
    .request({ user: "p", app: "x", submitMs: 1, runMs: 1 })
    .request({ user: "q", app: "x", submitMs: 2, runMs: 1 })
    .build();
  assert.equal([...trace.requests.tier], [2, 0, 1]);
});

test("a window drops what is outside and counts it", () => {
  const trace = builder()
    .request({ user: "early", app: "x", submitMs: 1, runMs: 1 })
    .request({ user: "in", app: "x", submitMs: 5, runMs: 100 })
    .request({ user: "late", app: "x", submitMs: 10, runMs: 1 })
    .build({ startMs: 5, endMs: 10 });
  assert.is(trace.requests.count, 1);
  assert.equal(
    trace.users.map((user) => user.name),
    ["in", "early", "late"],
  );
  assert.equal(trace.manifest.rowsDropped, [{ table: "requests", reason: "outside the window [5, 10)", count: 2 }]);
});

test("usage, context, nodes and permissions keep their meaning through renumbering", () => {
  const used = { cpuMillis: 1, memoryMiB: 2, gpuMillis: 3, networkKbps: 4 };
  const trace = builder()
    .user({ name: "v", permissions: ["b", "a", "b"] })
    .node({ name: "n", pool: "p", capacity: used })
    .usage({ user: "v", atMs: 600, windowMs: 300, used })
    .usage({ user: "w", atMs: 300, windowMs: 300, used })
    .context({ atMs: 9, endMs: 9, kind: "news", label: "later", user: null })
    .context({ atMs: 3, endMs: 4, kind: "calendar", label: "lecture", user: "v" })
    .request({ user: "w", app: "a", submitMs: 100, runMs: 1 })
    .build();
  assert.equal(
    trace.users.map((user) => user.name),
    ["w", "v"],
  );
  assert.equal(trace.users[1]?.permissions, [0, 1]);
  assert.equal([...(trace.usage?.atMs ?? [])], [300, 600]);
  assert.equal([...(trace.usage?.user ?? [])], [0, 1]);
  assert.equal(
    trace.context.map((row) => [row.label, row.user]),
    [
      ["lecture", 1],
      ["later", null],
    ],
  );
  assert.equal(trace.manifest.window, { startMs: 0, endMs: 600 });
});

test("what is unlawful is refused with issues", () => {
  const refuses = (make: () => unknown, pattern: RegExp) =>
    assert.throws(make, (error: unknown) => error instanceof InputError && pattern.test(error.message));
  const request = { user: "u", app: "x", submitMs: 0, runMs: 1 };
  refuses(() => builder().build(), /at least one request or usage sample/);
  refuses(
    () =>
      builder()
        .request({ ...request, submitMs: -1 })
        .build(),
    /submit_ms.*-1/,
  );
  refuses(
    () =>
      builder()
        .request({ ...request, runMs: 0.5 })
        .build(),
    /run_ms.*0.5/,
  );
  refuses(
    () =>
      builder()
        .request({ ...request, runMs: 2 ** 53 })
        .build(),
    /run_ms/,
  );
  refuses(
    () =>
      builder()
        .request({ ...request, submitMs: 2 ** 53 - 1 })
        .build(),
    /window|run_ms/,
  );
  refuses(
    () =>
      builder()
        .request({ ...request, tier: "gold" })
        .build(),
    /premium, standard, best-effort.*"gold".*tiers\.csv/,
  );
  refuses(
    () =>
      builder()
        .request({ ...request, requested: { cpuMillis: 0.5 } })
        .build(),
    /cpuMillis/,
  );
  refuses(
    () =>
      builder()
        .request({ ...request, name: "a" })
        .request(request)
        .build(),
    /an id for every request/,
  );
  refuses(
    () =>
      builder()
        .request({ ...request, name: "a" })
        .request({ ...request, name: "a" })
        .build(),
    /not used in row 1/,
  );
  refuses(() => builder().user({ name: "u" }).user({ name: "u" }), /declared once/);
  refuses(() => builder().user({ name: "u", timeZone: "Mars/Olympus" }).request(request).build(), /IANA/);
  refuses(() => builder().request(request).build({ startMs: 5, endMs: 9 }), /at least one request/);
  const used = { cpuMillis: 1, memoryMiB: 2, gpuMillis: 3, networkKbps: -4 };
  refuses(() => builder().usage({ user: "u", atMs: 1, windowMs: 1, used }).build(), /networkKbps.*-4/);
});

test("the digest covers every table and the window, and nothing in the manifest besides", () => {
  const request = { name: "r", user: "u", app: "x", submitMs: 0, runMs: 1 };
  const base = () => builder().request(request);
  const digest = base().build().manifest.digest;
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.is(
    new TraceBuilder({ ...description, name: "other", license: "other" }).request(request).build().manifest.digest,
    digest,
  );
  const others = [
    base().build({ startMs: 0, endMs: 2 }),
    builder()
      .request({ ...request, runMs: 0 })
      .build({ startMs: 0, endMs: 1 }),
    builder()
      .request({ ...request, name: "s" })
      .build(),
    builder()
      .request({ ...request, user: "v" })
      .build(),
    builder()
      .request({ ...request, requested: { networkKbps: 1 } })
      .build(),
    base().user({ name: "u", role: "r" }).build(),
    base().user({ name: "u", permissions: [] }).build(),
    base().app({ name: "x", shared: true }).build(),
    base()
      .node({ name: "n", pool: "p", capacity: { cpuMillis: 1, memoryMiB: 1, gpuMillis: 1, networkKbps: 1 } })
      .build(),
    base().context({ atMs: 0, endMs: 0, kind: "k", label: "l", user: null }).build(),
    new TraceBuilder({ ...description, epochMs: -1 }).request(request).build(),
  ];
  const digests = others.map((trace) => trace.manifest.digest);
  assert.is(new Set([digest, ...digests]).size, others.length + 1);
  const trace = base().build();
  const { window, epochMs } = trace.manifest;
  assert.is(traceDigest({ ...trace, window, epochMs }), digest);
});

test("SCHEMA.md gives the default tiers and defaults as they are", () => {
  const schema = readFileSync("datasets/SCHEMA.md", "utf8").replaceAll("\n", " ");
  for (const { name, targetStartMs, priority, levelPpm, mayPreempt } of DEFAULT_TIERS) {
    assert.ok(schema.includes(`\`${name}\` (${targetStartMs} ms, ${priority}, ${levelPpm}, ${mayPreempt})`), name);
  }
  const { cpuMillis, memoryMiB, gpuMillis, networkKbps, coldStartMs, resumeMs, tier } = TRACE_DEFAULTS;
  const amounts = `cpu_millis ${cpuMillis}, memory_mib ${memoryMiB}, gpu_millis ${gpuMillis}, network_kbps ${networkKbps}`;
  assert.ok(schema.includes(`\`${amounts}, cold_start_ms ${coldStartMs}, resume_ms ${resumeMs}, tier ${tier}\``));
});

test.run();
