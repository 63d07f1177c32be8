import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadCanonical } from "../../../datasets/canonical/canonical.ts";
import { loadMapping, parseMapping } from "../../../datasets/canonical/mapping.ts";
import { folderOf, refusal, scratch } from "../../support/input-files.ts";

test("other names of files and columns, by a mapping", async () => {
  const path = folderOf({
    "jobs-2026.csv": "owner,image,queued_at,duration,mem\nu,a,0,5,64\n",
    "machines.csv.gz": gzipSync("host,pool_id,cpu_millis,memory_mib,gpu_millis,network_kbps\nh,p,1,2,3,4\n"),
    "readme.txt": "",
    "names.yaml": `requests:
  file: jobs-2026.csv
  columns: { user_id: owner, app_id: image, submit_ms: queued_at, run_ms: duration, memory_mib: mem }
nodes: { file: machines.csv.gz, columns: { node_id: host } }
`,
  });
  const mapping = await loadMapping(join(path, "names.yaml"));
  const trace = await loadCanonical(path, { mapping });
  assert.is(trace.requests.shapes[0]?.memoryMiB, 64);
  assert.is(trace.nodes?.[0]?.name, "h");
  assert.equal(trace.manifest.notes, ["files not used: names.yaml, readme.txt"]);
  const bad = { ...mapping, requests: { ...mapping.requests, columns: { ...mapping.requests?.columns, run_ms: "took" } } };
  assert.equal(await refusal(() => loadCanonical(path, { mapping: bad })), [
    'jobs-2026.csv:1 took: expected a column "took", found the columns "owner", "image", "queued_at", "duration", "mem"',
  ]);
  assert.match(
    (await refusal(() => loadCanonical(path, { mapping: { requests: { file: "gone.csv" } } })))[0],
    "found none of them",
  );
  assert.match(
    (await refusal(() => loadCanonical(path, { mapping: { ...mapping, users: { file: "gone.csv" } } })))[0],
    /gone\.csv: expected the file that the mapping names for users, found no such file/,
  );
});

test("a mapping that is wrong is refused by path", async () => {
  const issues = await refusal(() =>
    parseMapping("requests: { file: jobs.xlsx, columns: { user: owner, app_id: 3 } }\nnodes: []\nrequest: {}\n", "m.yaml"),
  );
  assert.equal(issues, [
    'm.yaml requests.file: expected a file name that ends in .csv, .csv.gz or .parquet, found "jobs.xlsx"',
    "m.yaml requests.columns.user: expected one of user_id, app_id, submit_ms, run_ms, request_id, cpu_millis, memory_mib, gpu_millis, network_kbps, tier, found an unknown key",
    "m.yaml requests.columns.app_id: expected a column's name, { column: its name } or { constant: a value }, found 3",
    "m.yaml nodes: expected an object, found a list of 0",
    "m.yaml request: expected one of source, tiers, apps, users, nodes, requests, usage, context, found an unknown key",
  ]);
  assert.match((await refusal(() => parseMapping("requests: {", "m.yaml")))[0], /^m\.yaml:\d+: expected YAML/);
  const bomb = ["a0: &a0 x", ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`)].join(
    "\n",
  );
  assert.match((await refusal(() => parseMapping(bomb, "m.yaml")))[0], /^m\.yaml: expected YAML without such references/);
  assert.match((await refusal(() => parseMapping("", "m.yaml")))[0], /^m\.yaml: expected an object, found null/);
  assert.match((await refusal(() => loadMapping(join(scratch, "none.yaml"))))[0], /expected a mapping file, found nothing there/);
  assert.match((await refusal(() => loadMapping(scratch)))[0], /expected a mapping file, found a folder/);
});

test.run();
