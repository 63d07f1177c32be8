import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import yargs from "yargs";
import { InputError } from "../../../datasets/issues.ts";
import { command } from "../../../sim/cli/place.ts";

const test = suite<{ folder: string; openb: string }>("cli/place");

const NODES = `sn,cpu_milli,memory_mib,gpu,model
n0,64000,262144,2,T4
n1,96000,393216,8,G2
n2,32000,65536,0,
`;
const PODS = `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p0,4000,8192,1,500,,LS,Running,0,9,0
p1,4000,8192,1,1000,,LS,Pending,0,9,
p2,8000,8192,2,1000,G2,BE,Failed,1,9,1
p3,8000,8192,0,0,,BE,Succeeded,1,9,1
`;

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "prae-place-"));
  context.openb = join(context.folder, "openb");
  mkdirSync(context.openb);
  writeFileSync(join(context.openb, "openb_node_list_all_node.csv"), NODES);
  writeFileSync(join(context.openb, "openb_pod_list_default.csv.gz"), gzipSync(PODS));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** Runs the verb and gives what it printed on stdout. */
async function place(...args: string[]): Promise<string> {
  const write = process.stdout.write;
  let printed = "";
  process.stdout.write = ((text: string) => {
    printed += text;
    return true;
  }) as typeof process.stdout.write;
  try {
    await yargs(["place", ...args])
      .command(command)
      .exitProcess(false)
      .fail(false)
      .parseAsync();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

async function issuesOf(...args: string[]): Promise<string[]> {
  try {
    await place(...args);
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).issues.map(({ where, line, path }) => [where, line, path].filter((part) => part).join(" "));
  }
  return [];
}

test("prints one JSON document with a result a policy, in the order asked for", async ({ openb }) => {
  const text = await place("--trace", openb, "--policies", "fgd,random", "--load", "1.3", "--seeds", "3", "--json");
  const document = JSON.parse(text);
  assert.equal(document.trace.nodes, 2);
  assert.equal([document.trace.gpus, document.trace.pods, document.load], [10, 4, 1.3]);
  assert.equal(document.seeds, [42, 43, 44]);
  assert.equal(
    document.results.map(({ policy }: { policy: string }) => policy),
    ["fgd", "random"],
  );
  for (const result of document.results) {
    assert.ok(result.gpu_allocation_pct_mean > 50 && result.gpu_allocation_pct_mean <= 100);
    assert.type(result.gpu_allocation_pct_sd, "number");
    assert.is(result.by_seed.length, 3);
    assert.is(result.curve.length, 131);
    assert.is(result.curve[0].gpu_allocation_pct_mean, 0);
  }
  assert.is(document.differences.length, 1);
});

test("says who allocates more, and writes a page that holds everything", async ({ openb, folder }) => {
  const out = join(folder, "place.html");
  const text = await place("--trace", openb, "--policies", "all", "--seeds", "2", "--out", out);
  assert.match(text, /^policy +GPU allocated/);
  assert.is(text.split("\n").filter((line) => /^(random|first-fit|best-fit|dot-product|gpu-|fgd)/.test(line)).length, 7);
  const page = readFileSync(out, "utf8");
  for (const part of ["chart-allocation", "chart-fragmentation", "openb_pod_list_default", "gpu-clustering"]) {
    assert.ok(page.includes(part), part);
  }
  assert.not.match(page, /<script[^>]+src=|https?:\/\/(?!www\.w3\.org|vega\.github\.io|github\.com)[a-z]+\.[a-z]+\/[^"]*\.js/);
});

test("reads another pod list by path", async ({ openb, folder }) => {
  const pods = join(folder, "mine.csv");
  writeFileSync(pods, "name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1000,1024,1,1000\n");
  const document = JSON.parse(await place("--trace", openb, "--pods", pods, "--policies", "first-fit", "--seeds", "1", "--json"));
  assert.equal([document.trace.workload, document.results[0].gpu_allocation_pct_mean], ["mine", 100]);
  assert.equal([document.results[0].gpu_allocation_pct_sd, document.results[0].fragmentation_pct_mean], [null, null]);
});

test("refuses what it cannot use, all at once", async ({ openb, folder }) => {
  assert.equal(await issuesOf("--trace", openb, "--policies", "fgd,x,fgd", "--load", "0", "--seeds", "1.5"), [
    "--policies",
    "--policies",
    "--load",
    "--seeds",
  ]);
  assert.equal(await issuesOf("--trace", join(folder, "none")), [join(folder, "none")]);
  assert.equal(await issuesOf("--trace", folder), [folder]);
  assert.equal(await issuesOf("--trace", openb, "--variant", "cpu050"), [openb]);
  writeFileSync(join(openb, "openb_node_list_all_node.csv"), NODES.replace("n0,64000", "n0,many"));
  writeFileSync(join(openb, "openb_pod_list_default.csv.gz"), gzipSync(PODS.replace("1,500", "3,500")));
  assert.equal(await issuesOf("--trace", openb), [
    "openb_node_list_all_node.csv 2 cpu_milli",
    "openb_pod_list_default.csv.gz 2 gpu_milli",
  ]);
});

test("refuses lists with nothing to place, or nowhere to place it", async ({ openb }) => {
  writeFileSync(join(openb, "openb_node_list_all_node.csv"), "sn,cpu_milli,memory_mib,gpu,model\nn2,32000,65536,0,\n");
  assert.equal(await issuesOf("--trace", openb), ["openb_node_list_all_node.csv"]);
  writeFileSync(join(openb, "openb_node_list_all_node.csv"), NODES);
  const noGpu = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\np3,8000,8192,0,0\n";
  writeFileSync(join(openb, "openb_pod_list_default.csv.gz"), gzipSync(noGpu));
  assert.equal(await issuesOf("--trace", openb, "--seeds", "1"), ["pods"]);
});

test.run();
