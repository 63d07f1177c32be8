import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RandomStream } from "../../../allocator/core/random.ts";
import { IssueList } from "../../../datasets/issue-list.ts";
import { InputError } from "../../../datasets/issues.ts";
import { readOpenb } from "../../../datasets/openb/files.ts";
import { type OpenbNode, type OpenbPod, openbNodeRows, openbPodRows } from "../../../datasets/openb/rows.ts";
import { readCsvBytes } from "../../../datasets/source-file.ts";
import { fuzzRuns, mutate } from "../../support/fuzz-import.ts";
import { testOnTraces } from "../../support/skip.ts";

async function read(csv: string | Uint8Array, kind: "nodes" | "pods") {
  const issues = new IssueList();
  const nodes: OpenbNode[] = [];
  const pods: OpenbPod[] = [];
  const table =
    kind === "nodes"
      ? openbNodeRows("nodes.csv", issues, (node) => nodes.push(node))
      : openbPodRows("pods.csv", issues, (pod) => pods.push(pod));
  const bytes = typeof csv === "string" ? Buffer.from(csv) : csv;
  await readCsvBytes(
    (async function* () {
      yield bytes;
    })(),
    `${kind}.csv`,
    issues,
    table,
  );
  return { nodes, pods, issues };
}

const POD_HEADER =
  "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n";

test("a row of each list, in our fields", async () => {
  const { nodes } = await read("sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,2,P100\nn1,32000,65536,0,\n", "nodes");
  assert.equal(nodes, [
    { name: "n0", cpuMillis: 64_000, memoryMiB: 262_144, gpus: 2, gpuModel: "P100" },
    { name: "n1", cpuMillis: 32_000, memoryMiB: 65_536, gpus: 0, gpuModel: null },
  ]);
  const { pods, issues } = await read(`${POD_HEADER}p0,6000,12288,1,460,V100M32|G2,LS,Running,427061,12902960,427061\n`, "pods");
  assert.equal(issues.issues, []);
  assert.equal(pods, [
    {
      name: "p0",
      cpuMillis: 6000,
      memoryMiB: 12_288,
      gpus: 1,
      gpuMillis: 460,
      gpuModels: ["G2", "V100M32"],
      qos: "LS",
      phase: "Running",
      createdS: 427_061,
      deletedS: 12_902_960,
      scheduledS: 427_061,
    },
  ]);
});

test("nodes with and without GPUs are both sound", async () => {
  const { issues } = await read("sn,cpu_milli,memory_mib,gpu,model\nn0,1,1,1,T4\nn1,1,1,0,\n", "nodes");
  assert.is(issues.total, 0);
});

test("a variant that stops after gpu_milli, and a pod that was never scheduled", async () => {
  const short = await read("name,cpu_milli,memory_mib,num_gpu,gpu_milli\np0,6000,12288,0,0\n", "pods");
  assert.equal([short.issues.total, short.pods[0]?.gpuModels, short.pods[0]?.createdS], [0, [], null]);
  const { pods } = await read(`${POD_HEADER}p0,6000,12288,0,0,,BE,Pending,5,9,\n`, "pods");
  assert.equal([pods[0]?.createdS, pods[0]?.scheduledS], [5, null]);
});

const refused: readonly [what: string, kind: "nodes" | "pods", row: string, issue: string][] = [
  ["a share of several GPUs", "pods", "p0,1000,1024,2,500,,,,,,", "gpu_milli: expected 1000, since num_gpu is 2, found 500"],
  ["a GPU of nothing", "pods", "p0,1000,1024,1,0,,,,,,", "gpu_milli: expected 1 to 1000, since num_gpu is 1, found 0"],
  ["a share of no GPU", "pods", "p0,1000,1024,0,500,,,,,,", "gpu_milli: expected 0, since num_gpu is 0, found 500"],
  ["more than a GPU", "pods", "p0,1000,1024,1,1001,,,,,,", "gpu_milli: expected an integer from 0 to 1000"],
  ["a negative amount", "pods", "p0,-1,1024,0,0,,,,,,", "cpu_milli: expected an integer from 0"],
  ["half a GPU", "pods", "p0,1000,1024,0.5,0,,,,,,", "num_gpu: expected an integer"],
  ["an empty model", "pods", "p0,1000,1024,1,500,T4||P100,,,,,", "gpu_spec: expected model names between |"],
  ["no name", "pods", ",1000,1024,0,0,,,,,,", "name: expected a text, found nothing"],
  ["GPUs without model", "nodes", "n0,1000,1024,2,", "model: expected the GPUs' model, found nothing"],
  ["a model without GPUs", "nodes", "n0,1000,1024,0,T4", "model: expected nothing, on a node without GPUs"],
  ["a node without CPU", "nodes", "n0,0,1024,2,T4", "cpu_milli: expected an integer from 1"],
  ["too many GPUs", "nodes", "n0,1000,1024,65,T4", "gpu: expected an integer from 0 to 64"],
];

for (const [what, kind, row, issue] of refused) {
  test(`refuses ${what}, with line and column`, async () => {
    const header = kind === "pods" ? POD_HEADER : "sn,cpu_milli,memory_mib,gpu,model\n";
    const { issues } = await read(`${header}${row}\n`, kind);
    const texts = issues.issues.map(({ line, path, expected, found }) => `${line} ${path}: expected ${expected}, found ${found}`);
    assert.ok(texts[0]?.startsWith(`2 ${issue}`), texts.join("\n"));
  });
}

test("refuses a name that is there twice, and a column that is missing", async () => {
  const twice = await read("sn,cpu_milli,memory_mib,gpu,model\nn0,1,1,1,T4\nn1,1,1,1,T4\nn0,1,1,1,T4\n", "nodes");
  assert.equal(
    twice.issues.issues.map(({ line, found }) => `${line}: ${found}`),
    ['4: "n0" on line 2 too'],
  );
  const missing = await read("name,cpu_milli,num_gpu,gpu_milli\np0,1,0,0\n", "pods");
  assert.equal(
    missing.issues.issues.map(({ path }) => path),
    ["memory_mib"],
  );
});

const folder = mkdtempSync(join(tmpdir(), "prae-openb-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const LISTS = {
  "openb_node_list_gpu_node.csv": "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,2,P100\nn1,96000,393216,8,G2\n",
  "openb_pod_list_default.csv": `${POD_HEADER}p0,12000,16384,1,460,G2|P100,LS,Running,0,12537496,0\np1,12000,16384,8,1000,,BE,Failed,7,9,8\n`,
};
type ListName = keyof typeof LISTS;

/** Mutates one of the lists, again and again. Each time it is refused with issues, or gives nodes and pods as a cluster has them. */
async function mutateLists(lists: Readonly<Record<ListName, Buffer>>, times: number): Promise<void> {
  const random = new RandomStream(1, "openb lists");
  const names = Object.keys(LISTS) as ListName[];
  let refusals = 0;
  for (let run = 0; run < times; run += 1) {
    const chosen = names[random.below(names.length)] as ListName;
    const mutated = mutate(lists[chosen], random);
    for (const name of names) writeFileSync(join(folder, name), name === chosen ? mutated : lists[name]);
    const what = `run ${run}: ${chosen} = ${JSON.stringify(mutated.toString("latin1").slice(0, 500))}`;
    try {
      const { nodes, pods } = await readOpenb(folder, { variant: "default" });
      assert.ok(nodes.length > 0 && pods.length > 0, `a silent zero: ${what}`);
      for (const { cpuMillis, gpus, gpuModel } of nodes) assert.ok(cpuMillis > 0 && gpus > 0 && gpuModel !== null, what);
      for (const { gpus, gpuMillis } of pods) {
        assert.ok(gpus === 0 ? gpuMillis === 0 : gpuMillis === 1000 || (gpus === 1 && gpuMillis > 0 && gpuMillis < 1000), what);
      }
    } catch (error) {
      refusals += 1;
      assert.instance(error, InputError, `${what}\n${(error as Error).stack}`);
      assert.ok((error as InputError).issues.length > 0, what);
    }
  }
  assert.ok(refusals > times / 20 && refusals < times, `${refusals} of ${times} refused: the mutations say too little`);
}

const bytesOf = (texts: Readonly<Record<ListName, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)])) as Record<ListName, Buffer>;

test("mutated lists give issues, or nodes and pods as a cluster has them", async () => {
  await mutateLists(bytesOf(LISTS), fuzzRuns(1500));
});

testOnTraces("the heads of the real lists, mutated, do too", async (traces) => {
  const head = (name: string) => {
    const text = gunzipSync(readFileSync(join(traces, "alibaba-openb-2023", name))).toString();
    return text.slice(0, text.indexOf("\n", 2000) + 1);
  };
  const nodes = head("openb_node_list_gpu_node.csv.gz");
  const pods = head("openb_pod_list_default.csv.gz");
  await mutateLists(bytesOf({ "openb_node_list_gpu_node.csv": nodes, "openb_pod_list_default.csv": pods }), fuzzRuns(500));
});

testOnTraces("the real lists are read whole, every variant", async (folder) => {
  const openb = join(folder, "alibaba-openb-2023");
  const counts = [];
  for (const variant of ["default", "cpu050", "gpushare40", "multigpu20"]) {
    const { nodes, pods } = await readOpenb(openb, { variant });
    counts.push([nodes.length, nodes.reduce((sum, { gpus }) => sum + gpus, 0), pods.length]);
  }
  assert.equal(counts, [
    [1213, 6212, 8152],
    [1213, 6212, 7439],
    [1213, 6212, 8152],
    [1213, 6212, 8324],
  ]);
});

test.run();
