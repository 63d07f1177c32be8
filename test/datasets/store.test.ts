import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import { InputError } from "../../datasets/issues.ts";
import { checkDestination, loadTrace, writeTrace } from "../../datasets/store.ts";
import { DEFAULT_TIERS } from "../../datasets/tiers.ts";
import type { Trace } from "../../datasets/trace.ts";
import { arbitraryTrace } from "../support/arbitrary-trace.ts";
import { skipUnless } from "../support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-store-"));
process.on("exit", () => {
  if (mounted) spawnSync("umount", [disk]);
  rmSync(folder, { recursive: true, force: true });
});

const used = { cpuMillis: 1, memoryMiB: 2, gpuMillis: 3, networkKbps: 4 };

/** One row or two in every table. */
function everyTable(): Trace {
  return new TraceBuilder({
    name: "every table",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
    epochMs: 1_700_000_000_000,
  })
    .user({ name: "ann", tier: "premium", role: "student", timeZone: "Europe/Berlin", permissions: ["x"] })
    .app({ name: "x", shape: used, coldStartMs: 5, resumeMs: 6, shared: true, concurrency: 2 })
    .node({ name: "n1", pool: "p", capacity: used })
    .request({ name: "r1", user: "ann", app: "x", submitMs: 7, runMs: 8, tier: "best-effort" })
    .request({ name: "r2", user: "bob", app: "x", submitMs: 9, runMs: 2 ** 40, requested: { networkKbps: 10 } })
    .usage({ user: "bob", atMs: 11, windowMs: 3, used })
    .context({ atMs: 1, endMs: 2, kind: "calendar", label: "lecture", user: "ann" })
    .build();
}

async function issuesOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    return (error as InputError).message;
  }
  return "nothing wrong";
}

test("what is written is what is read, in every combination of tables", async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryTrace(), async (trace) => {
      count += 1;
      const directory = join(folder, `round-${count}`);
      await writeTrace(trace, directory, { replace: false });
      assert.equal(await loadTrace(directory), trace);
    }),
    { seed: 1, numRuns: 40 },
  );
});

test("a folder whose name means something to SQL or to a shell", async () => {
  const directory = join(folder, "it's [1] * ? {a,b} $HOME");
  await writeTrace(everyTable(), directory, { replace: false });
  assert.equal(await loadTrace(directory), everyTable());
  assert.equal(readdirSync(directory).sort(), [
    "apps.parquet",
    "context.parquet",
    "manifest.json",
    "nodes.parquet",
    "requests.parquet",
    "tiers.parquet",
    "usage.parquet",
    "users.parquet",
  ]);
});

test("the digest is the layout that SCHEMA.md gives, put together by hand", () => {
  const parts: Buffer[] = [];
  const doubles = (...values: number[]) => {
    for (const value of values) {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value);
      parts.push(bytes);
    }
  };
  const integers = (...values: number[]) => {
    for (const value of values) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      parts.push(bytes);
    }
  };
  const texts = (...values: string[]) => {
    for (const value of values) {
      const bytes = Buffer.from(value, "utf8");
      integers(bytes.length);
      parts.push(bytes);
    }
  };
  texts("prae trace 1");
  doubles(7, 9 + 2 ** 40, 1_700_000_000_000, 1);
  texts("tiers");
  doubles(3);
  for (const { name, targetStartMs, priority, levelPpm, mayPreempt } of DEFAULT_TIERS) {
    texts(name);
    doubles(targetStartMs, priority, levelPpm, mayPreempt ? 1 : 0);
  }
  texts("users");
  doubles(2);
  texts("ann", "student", "Europe/Berlin");
  doubles(0, 1, 0);
  texts("bob", "", "UTC");
  doubles(1, -1);
  texts("apps");
  doubles(1);
  texts("x");
  doubles(1, 2, 3, 4, 5, 6, 1, 2);
  texts("nodes");
  doubles(1);
  texts("n1", "p");
  doubles(1, 2, 3, 4);
  texts("requests");
  doubles(2, 7, 9, 8, 2 ** 40);
  integers(0, 1, 0, 0);
  parts.push(Buffer.of(2, 1));
  integers(0, 1);
  texts("shapes");
  doubles(2, 1, 2, 3, 4, 1, 2, 3, 10);
  texts("request names");
  doubles(2);
  texts("r1", "r2", "usage");
  doubles(1, 11);
  integers(1, 3, 1, 2, 3, 4);
  texts("context");
  doubles(1);
  texts("calendar", "lecture");
  doubles(1, 2, 0);
  assert.is(everyTable().manifest.digest, createHash("sha256").update(Buffer.concat(parts)).digest("hex"));
});

test("any Parquet tool can read the tables: the query that SCHEMA.md shows", async () => {
  const directory = join(folder, "query");
  await writeTrace(everyTable(), directory, { replace: false });
  const query = /```sql\n([\s\S]*?)```/.exec(readFileSync("datasets/SCHEMA.md", "utf8"))?.[1] ?? "";
  const sql = query.replace(/'(\w+\.parquet)'/g, (_, file: string) => `'${join(directory, file)}'`);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(`SELECT * FROM (${sql}) ORDER BY user_id`)).getRowsJson();
  assert.equal(rows, [
    ["ann", "1"],
    ["bob", "1"],
  ]);
  const types = await connection.runAndReadAll(`DESCRIBE SELECT * FROM '${join(directory, "requests.parquet")}'`);
  const found = types.getRowsJson().map((row) => [row[0], row[1]]);
  assert.equal(found, [
    ["request_id", "VARCHAR"],
    ["user_index", "UINTEGER"],
    ["app_index", "UINTEGER"],
    ["tier_index", "UTINYINT"],
    ["submit_ms", "BIGINT"],
    ["run_ms", "BIGINT"],
    ["cpu_millis", "UINTEGER"],
    ["memory_mib", "UINTEGER"],
    ["gpu_millis", "UINTEGER"],
    ["network_kbps", "UINTEGER"],
  ]);
  connection.closeSync();
  instance.closeSync();
});

test("every flipped byte and every truncation of every file is refused", async () => {
  const directory = join(folder, "damaged");
  await writeTrace(everyTable(), directory, { replace: false });
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".parquet"))) {
    const path = join(directory, file);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 37) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path, damaged);
      assert.match(await issuesOf(loadTrace(directory)), `${file}: expected SHA-256`);
    }
    truncateSync(path, whole.length - 1);
    assert.match(
      await issuesOf(loadTrace(directory)),
      `${file}: expected ${whole.length} bytes, found ${whole.length - 1} bytes`,
    );
    rmSync(path);
    assert.match(await issuesOf(loadTrace(directory)), `${file}: expected the file that the manifest lists`);
    writeFileSync(path, whole);
  }
  assert.equal(await loadTrace(directory), everyTable());
});

test("a manifest that was changed, or is none", async () => {
  const directory = join(folder, "manifest");
  await writeTrace(everyTable(), directory, { replace: false });
  const path = join(directory, "manifest.json");
  const text = readFileSync(path, "utf8");
  const changed = async (edit: (manifest: Record<string, unknown>) => void) => {
    const manifest = JSON.parse(text);
    edit(manifest);
    writeFileSync(path, JSON.stringify(manifest));
    return issuesOf(loadTrace(directory));
  };
  const set = (key: string, value: unknown) => changed((manifest) => Object.assign(manifest, { [key]: value }));
  assert.match(await set("window", { startMs: 0, endMs: 9 + 2 ** 40 }), /digest: expected [0-9a-f]{64}, found/);
  assert.match(await set("window", { startMs: 8, endMs: 9 }), /submit_ms: expected a time inside \[8, 9\), found 7/);
  assert.match(
    await set("window", { startMs: "a", endMs: -1 }),
    /window\.startMs: expected a non-negative integer[\s\S]*window\.endMs/,
  );
  assert.match(await set("schemaVersion", 2), /schemaVersion: expected 1/);
  assert.match(await set("epochMs", null), /digest: expected/);
  assert.match(await set("requestIds", "yes"), /requestIds: expected true or false, found "yes"/);
  assert.match(await set("requestIds", false), /digest: expected/);
  assert.match(await set("surprise", 1), /surprise: expected one of schemaVersion, name/);
  assert.match(await set("source", []), /source: expected an object, found a list of 0/);
  assert.match(await changed((manifest) => delete manifest["digest"]), /digest: expected a value, found nothing/);
  assert.match(await changed((manifest) => delete (manifest["tables"] as Record<string, unknown>)["usage"]), /digest: expected/);
  assert.match(
    await changed((manifest) => Object.assign((manifest["tables"] as Record<string, object>)["users"] as object, { rows: 7 })),
    /users\.parquet: expected the columns user_id, .*7 rows, found 2 rows/,
  );
  writeFileSync(path, text.slice(0, 100));
  assert.match(await issuesOf(loadTrace(directory)), /manifest\.json: expected a JSON document/);
  rmSync(path);
  assert.match(await issuesOf(loadTrace(directory)), /expected a trace directory, with manifest\.json in it, found no file/);
  assert.match(await issuesOf(loadTrace(join(folder, "nowhere"))), /found nothing there/);
  writeFileSync(join(folder, "file"), "");
  assert.match(await issuesOf(loadTrace(join(folder, "file"))), /found a file/);
});

test("what is there stays, unless it is a trace and may be replaced", async () => {
  const trace = everyTable();
  const directory = join(folder, "kept");
  await writeTrace(trace, directory, { replace: false });
  assert.match(await issuesOf(writeTrace(trace, directory, { replace: false })), /--force/);
  await writeTrace(trace, directory, { replace: true });
  const other = join(folder, "other");
  mkdirSync(other);
  await writeTrace(trace, other, { replace: true });
  const precious = join(folder, "precious");
  mkdirSync(precious);
  writeFileSync(join(precious, "thesis.txt"), "years");
  assert.match(await issuesOf(writeTrace(trace, precious, { replace: true })), /a folder of something else/);
  assert.match(await issuesOf(writeTrace(trace, join(precious, "thesis.txt"), { replace: true })), /found a file/);
  assert.is(readFileSync(join(precious, "thesis.txt"), "utf8"), "years");
  assert.throws(() => checkDestination(precious, { replace: false }), /a folder of something else/);
});

test("an unlawful trace is not written", async () => {
  const trace = everyTable();
  const directory = join(folder, "unlawful");
  const requests = { ...trace.requests, submitMs: Float64Array.of(9, 7) };
  assert.match(await issuesOf(writeTrace({ ...trace, requests }, directory, { replace: false })), /not before the row above/);
  assert.not(existsSync(directory));
});

const disk = join(folder, "disk");
mkdirSync(disk);
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]).status === 0;

skipUnless(mounted, "no right to mount a small file system here")(
  "a full disk leaves what was there and nothing else",
  async () => {
    const directory = join(disk, "trace");
    await writeTrace(everyTable(), directory, { replace: false });
    const builder = new TraceBuilder({ name: "large", source: everyTable().manifest.source, license: "none", citation: "none" });
    for (let i = 0; i < 100_000; i += 1) {
      builder.request({
        user: `user ${(i * 7919) % 1009}`,
        app: "x",
        submitMs: (i * 104_729) % 1_299_709,
        runMs: (i * i * 31) % 8191,
      });
    }
    const large = builder.build();
    for (const place of [directory, join(disk, "another")]) {
      let failure: unknown;
      await writeTrace(large, place, { replace: true }).catch((error: unknown) => {
        failure = error;
      });
      assert.instance(failure, Error);
      assert.match(`${(failure as Error).message}`, /no space left/i);
      assert.equal(readdirSync(disk), ["trace"]);
      assert.equal(await loadTrace(directory), everyTable());
    }
  },
);

test.run();
