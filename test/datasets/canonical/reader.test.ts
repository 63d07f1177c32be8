import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromCanonical, loadCanonical } from "../../../datasets/canonical/canonical.ts";
import { InputError } from "../../../datasets/issues.ts";
import { EVERY_TABLE, ONE_REQUEST } from "../../support/canonical-tables.ts";
import { folderOf, refusal, scratch } from "../../support/input-files.ts";

test("each bad value is named by file, line and column", async () => {
  const cases: readonly (readonly [string, Partial<typeof EVERY_TABLE>, string])[] = [
    ["run_ms", { requests: ONE_REQUEST.replace("u,a,0,0", "u,a,0,-5") }, "requests.csv:2 run_ms: expected an integer from 0 to "],
    [
      "NaN",
      { requests: ONE_REQUEST.replace("u,a,0,0", "u,a,NaN,0") },
      'requests.csv:2 submit_ms: expected an integer from 0 to 9007199254740991, found "NaN"',
    ],
    [
      "overflow",
      { requests: ONE_REQUEST.replace("u,a,0,0", "u,a,9007199254740991,1") },
      "requests.csv:2 run_ms: expected an integer from 0 to 0",
    ],
    ["no user", { requests: ONE_REQUEST.replace("u,a,0,0", ",a,0,0") }, "requests.csv:2 user_id: expected a text, found nothing"],
    ["no app", { requests: ONE_REQUEST.replace("u,a,0,0", "u,,0,0") }, "requests.csv:2 app_id: expected a text, found nothing"],
    ["short row", { requests: `${ONE_REQUEST}u,a,0\n` }, "requests.csv:3: expected 4 fields, as in the header, found 3"],
    [
      "header",
      { requests: ONE_REQUEST.replace("run_ms", "runtime") },
      'requests.csv:1 run_ms: expected a column "run_ms", found the columns "user_id", "app_id", "submit_ms", "runtime"',
    ],
    [
      "semicolons",
      { requests: ONE_REQUEST.replaceAll(",", ";") },
      'requests.csv:1 user_id: expected a column "user_id", found the columns "user_id;app_id;submit_ms;run_ms"',
    ],
    [
      "id twice",
      { requests: `request_id,${ONE_REQUEST.replace("\nu", "\nr,u")}r,u,a,1,1\n` },
      'requests.csv:3 request_id: expected a name not used in line 2, found "r"',
    ],
    [
      "id empty",
      { requests: `request_id,${ONE_REQUEST.replace("\nu", "\n,u")}` },
      "requests.csv:2 request_id: expected a text, found nothing",
    ],
    ["user twice", { users: "user_id\nx\ny\nx\n" }, 'users.csv:4 user_id: expected a name not used in line 2, found "x"'],
    ["app twice", { apps: "app_id\nx\nx\n" }, 'apps.csv:3 app_id: expected a name not used in line 2, found "x"'],
    [
      "node twice",
      { nodes: `${EVERY_TABLE.nodes}n1,p,1,1,1,1\n` },
      'nodes.csv:4 node_id: expected a name not used in line 2, found "n1"',
    ],
    [
      "amount",
      { apps: "app_id,memory_mib\nx,4294967296\n" },
      'apps.csv:2 memory_mib: expected an integer from 0 to 4294967295, found "4294967296"',
    ],
    [
      "fraction",
      { apps: "app_id,cpu_millis\nx,0.5\n" },
      'apps.csv:2 cpu_millis: expected an integer from 0 to 4294967295, found "0.5"',
    ],
    ["flag", { apps: "app_id,shared\nx,maybe\n" }, 'apps.csv:2 shared: expected true or false (or 1 or 0), found "maybe"'],
    [
      "concurrency",
      { apps: "app_id,concurrency\nx,0\n" },
      'apps.csv:2 concurrency: expected an integer from 1 to 4294967295, found "0"',
    ],
    [
      "tier",
      { users: "user_id,tier\nx,gold\n" },
      'users.csv:2 tier: expected one of the tiers premium, standard, best-effort, found "gold"',
    ],
    ["zone", { users: "user_id,time_zone\nx,CET+1\n" }, 'users.csv:2 time_zone: expected an IANA time zone, found "CET+1"'],
    [
      "permission",
      { users: "user_id,permissions\nx,a|b\n" },
      'users.csv:2 permissions: expected apps of the tables apps or requests, separated by |, found "b"',
    ],
    ["nodes", { nodes: EVERY_TABLE.nodes.split("\n")[0] as string }, "nodes.csv: expected at least one row, found none"],
    [
      "window",
      { usage: "user_id,at_ms,window_ms,cpu_millis\nx,1,0,1\n" },
      'usage.csv:2 window_ms: expected an integer from 1 to 4294967295, found "0"',
    ],
    [
      "empty use",
      { usage: "user_id,at_ms,window_ms,cpu_millis\nx,1,1,\n" },
      "usage.csv:2 cpu_millis: expected an integer from 0 to 4294967295, found nothing",
    ],
    [
      "no use",
      { usage: "user_id,at_ms,window_ms\nx,1,1\n" },
      "usage.csv:2 cpu_millis: expected at least one of the columns cpu_millis, memory_mib, gpu_millis, network_kbps, found none",
    ],
    [
      "use twice",
      { usage: "user_id,at_ms,window_ms,cpu_millis\nx,1,1,1\nx,1,1,2\n" },
      "usage.csv:3 at_ms: expected a time that line 2 does not give for this user, found 1",
    ],
    [
      "context",
      { context: "at_ms,end_ms,kind,label\n5,4,k,l\n" },
      'context.csv:2 end_ms: expected an integer from 5 to 9007199254740991, found "4"',
    ],
    [
      "nothing",
      { requests: ONE_REQUEST.split("\n")[0] as string },
      "requests.csv: expected at least one request or usage sample, found none",
    ],
    ["empty", { requests: "" }, "requests.csv:1: expected a header line, found an empty file"],
  ];
  for (const [name, texts, expected] of cases) {
    const issues = await refusal(() => fromCanonical({ requests: ONE_REQUEST, ...texts }));
    assert.ok(issues[0]?.startsWith(expected), `${name}: ${issues[0]}`);
  }
});

test("issues of all tables come together; beyond the first hundred they are counted", async () => {
  const requests = `${ONE_REQUEST}${"u,a,-1,0\n".repeat(200)}`;
  try {
    fromCanonical({ requests, users: "user_id,tier\nx,gold\n" });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, InputError);
    const { issues, total } = error as InputError;
    assert.is(total, 201);
    assert.is(issues.length, 100);
    assert.is(issues[0]?.where, "users.csv");
  }
});

test("files that are no files, or damaged", async () => {
  const gzip = gzipSync(EVERY_TABLE.requests);
  const truncated = await refusal(() => loadCanonical(folderOf({ "requests.csv.gz": gzip.subarray(0, gzip.length - 12) })));
  assert.match(truncated[0], /^requests\.csv\.gz: expected a whole gzip file, found one that ends too early/);
  const damaged = Buffer.from(gzip);
  damaged[gzip.length - 6]! ^= 1;
  assert.match(
    (await refusal(() => loadCanonical(folderOf({ "requests.csv.gz": damaged }))))[0],
    "expected a gzip file, found incorrect data check",
  );
  assert.match(
    (await refusal(() => loadCanonical(folderOf({ "requests.csv.gz": EVERY_TABLE.requests }))))[0],
    "found incorrect header check",
  );
  assert.match(
    (await refusal(() => loadCanonical(folderOf({ "requests.csv": gzip }))))[0],
    "expected UTF-8 text, found other bytes",
  );
  const isFolder = folderOf({});
  mkdirSync(join(isFolder, "requests.csv"));
  assert.equal(await refusal(() => loadCanonical(isFolder)), ["requests.csv: expected a file, found a folder"]);
  const pipe = folderOf({ "requests.csv": ONE_REQUEST });
  if (spawnSync("mkfifo", [join(pipe, "users.csv")]).status === 0) {
    assert.equal(await refusal(() => loadCanonical(pipe)), ["users.csv: expected a file, found a pipe or device"]);
  }
  for (const name of ["users.csv", "users.parquet"]) {
    const link = folderOf({ "requests.csv": ONE_REQUEST });
    symlinkSync("nowhere", join(link, name));
    assert.equal(await refusal(() => loadCanonical(link)), [`${name}: expected a file, found nothing there`]);
  }
  const isParquetFolder = folderOf({});
  mkdirSync(join(isParquetFolder, "requests.parquet"));
  assert.match((await refusal(() => loadCanonical(isParquetFolder)))[0], "requests.parquet: expected a file, found a folder");
  assert.match(
    (await refusal(() => loadCanonical(folderOf({ "requests.parquet": "no" }))))[0],
    "requests.parquet: expected a Parquet file",
  );
  const file = join(folderOf({ f: "" }), "f");
  assert.match((await refusal(() => loadCanonical(file)))[0], "expected a folder, found a file");
  assert.match((await refusal(() => loadCanonical(join(scratch, "nowhere"))))[0], "expected a folder, found nothing there");
  assert.match((await refusal(() => loadCanonical(folderOf({ "users.csv": "user_id\n" }))))[0], "expected requests.csv");
  const both = folderOf({ "requests.csv": ONE_REQUEST, "requests.csv.gz": gzipSync(ONE_REQUEST) });
  assert.match(
    (await refusal(() => loadCanonical(both)))[0],
    "expected one file for requests, found requests.csv, requests.csv.gz",
  );
});

test.run();
