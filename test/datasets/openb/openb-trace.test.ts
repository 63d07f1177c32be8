import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../datasets/issues.ts";
import { checkTrace } from "../../../datasets/laws.ts";
import { fromOpenb, loadOpenb } from "../../../datasets/openb/openb-trace.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { fuzz, fuzzRuns, once, someLines } from "../../support/fuzz-import.ts";
import { testOnTraces } from "../../support/skip.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-openb-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

async function refusal(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, InputError, String((error as Error).stack));
    return (error as InputError).message;
  }
  return "nothing was refused";
}

const NODES = `sn,cpu_milli,memory_mib,gpu,model
n0,32000,262144,0,
n1,64000,262144,2,P100
n2,96000,393216,8,G2
`;
const PODS = `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p0,12000,16384,1,460,,LS,Running,10,100,20
p1,12000,16384,1,460,P100|G2,BE,Succeeded,5,30,30
p2,8000,30517,0,0,,BE,Failed,11,12,11
p3,8000,30517,0,0,,Guaranteed,Pending,12,20,
p4,96000,30517,8,1000,,LS,Running,13,,14
`;

const load = (pods = PODS, nodes = NODES) => fromOpenb(once(Buffer.from(nodes)), once(Buffer.from(pods)));

function rowsOf({ requests, users, apps, tiers }: Trace): string[] {
  return Array.from({ length: requests.count }, (_, row) =>
    [
      requests.names?.[row],
      users[requests.user[row] as number]?.name,
      tiers[requests.tier[row] as number]?.name,
      requests.submitMs[row],
      requests.runMs[row],
      requests.shapes[requests.shape[row] as number]?.gpuMillis,
      `(${apps[requests.app[row] as number]?.name})`,
    ].join(" "),
  );
}

test("nodes and pods", async () => {
  const trace = await load();
  assert.equal(rowsOf(trace), [
    "p1 BE BE 5000 1 460 (cpu 12000 mem 16384 gpu 1x460)",
    "p0 LS LS 10000 80000 460 (cpu 12000 mem 16384 gpu 1x460)",
    "p2 BE BE 11000 1000 0 (cpu 8000 mem 30517 gpu 0x0)",
  ]);
  assert.equal(
    trace.nodes?.map(({ name, pool, capacity }) => `${name} ${pool} ${capacity.gpuMillis}`),
    ["n0 cpu 0", "n1 P100 2000", "n2 G2 8000"],
  );
  assert.equal(
    trace.manifest.rowsDropped.map(({ reason, count }) => `${count} ${reason}`),
    ["1 never scheduled", "1 of unknown creation or deletion time"],
  );
  assert.ok(trace.manifest.notes.includes("GPUs by model, which is a node's pool: G2 8, P100 2"));
  assert.ok(trace.manifest.notes.some((note) => note.startsWith("1 pods accept only some models")));
});

test("files: the list of all nodes, the variant that was asked for", async () => {
  const path = join(folder, "openb");
  mkdirSync(path);
  writeFileSync(join(path, "openb_node_list_all_node.csv"), NODES);
  writeFileSync(join(path, "openb_node_list_gpu_node.csv"), NODES.replace(/n0.*\n/, ""));
  writeFileSync(join(path, "openb_pod_list_default.csv.gz"), gzipSync(PODS));
  writeFileSync(join(path, "openb_pod_list_cpu050.csv"), PODS.replace(/p0.*\n/, ""));
  assert.is((await loadOpenb(path)).manifest.digest, (await load()).manifest.digest);
  const variant = await loadOpenb(path, { pods: "cpu050" });
  assert.is(variant.requests.count, 2);
  assert.equal(
    variant.manifest.source.files.map(({ name }) => name),
    ["openb_node_list_all_node.csv", "openb_pod_list_cpu050.csv"],
  );
});

test("bad input: where, what was expected, what was found", async () => {
  const cases: [() => Promise<unknown>, RegExp][] = [
    [() => load(PODS.replace("LS,Running,10", "XX,Running,10")), /pods.csv:2 qos: expected Guaranteed, LS.*"XX"/],
    [() => load(PODS.replace("10,100,20", "10,100,9")), /pods.csv:2 scheduled_time: expected a time not before/],
    [() => load(PODS.replace("10,100,20", "10,19,20")), /pods.csv:2 deletion_time: expected a time not before/],
    [() => load(PODS.replace("p1,", "p0,")), /pods.csv:3 name/],
    [() => load(PODS, NODES.replace("n2,96000", "n2,x")), /nodes.csv:4 cpu_milli/],
    [() => load("name,cpu_milli,memory_mib,num_gpu,gpu_milli\np,1,1,0,0\n"), /pods.csv:1: expected the columns qos/],
    [() => loadOpenb(folder), /openb_node_list_all_node.csv or/],
    [() => loadOpenb(join(folder, "openb"), { pods: "none" }), /openb_pod_list_none.csv or/],
  ];
  for (const [run, expected] of cases) assert.match(await refusal(run), expected);
});

test("mutated nodes and pods", () =>
  fuzz("openb", { nodes: Buffer.from(NODES), pods: Buffer.from(PODS) }, fuzzRuns(2000), ({ nodes, pods }) =>
    fromOpenb(once(nodes as Uint8Array), once(pods as Uint8Array)),
  ));

testOnTraces("the whole cluster", async (traces) => {
  const path = join(traces, "alibaba-openb-2023");
  const trace = await loadOpenb(path);
  assert.is(trace.nodes?.length, 1523);
  assert.is(
    trace.nodes?.reduce((sum, { capacity }) => sum + capacity.gpuMillis, 0),
    6_212_000,
  );
  assert.equal(trace.manifest.rowsRead, { nodes: 1523, pods: 8152 });
  assert.equal(
    trace.manifest.rowsDropped.map(({ count }) => count),
    [897],
  );
  assert.is(trace.requests.count, 8152 - 897);
  assert.is(trace.apps.length, 150);
  assert.equal(checkTrace(trace), []);
  for (const pods of ["cpu050", "gpushare40"]) assert.equal(checkTrace(await loadOpenb(path, { pods })), []);
  assert.match(await refusal(() => loadOpenb(path, { pods: "multigpu20" })), /the columns qos, creation_time/);
});

testOnTraces("mutated rows of the real lists", (traces) => {
  const rows = (name: string) => someLines(join(traces, "alibaba-openb-2023", name), 500, 20);
  const real = { nodes: rows("openb_node_list_gpu_node.csv.gz"), pods: rows("openb_pod_list_default.csv.gz") };
  return fuzz("real openb", real, fuzzRuns(500), ({ nodes, pods }) =>
    fromOpenb(once(nodes as Uint8Array), once(pods as Uint8Array)),
  );
});

test.run();
