import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { TraceBuilder } from "../build-trace.ts";
import { PUBLIC_TRACES } from "../catalogue.ts";
import { IssueList, quote } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { demandFolder, type FileSummary, type OnBytes, readCsvBytes, readCsvFile } from "../source-file.ts";
import type { TraceDefaults } from "../tiers.ts";
import type { TierRow, Trace } from "../trace.ts";
import { GPU_MILLIS, type OpenbNode, type OpenbPod, openbNodeRows, openbPodRows } from "./rows.ts";

/**
 * Alibaba openb 2023 as a trace of requests: pods on the nodes of the cluster. (Placing its pods again is `prae place`.)
 *
 * | source column | unit | our field |
 * |---|---|---|
 * | nodes: `sn` | | node |
 * | nodes: `model` | | pool; nodes without GPUs are the pool `cpu` |
 * | nodes: `cpu_milli`, `memory_mib`, `gpu` | milli, MiB, devices | node's amounts; `gpu_millis` = devices × 1000 |
 * | pods: `qos` | | user and tier: the source names no user |
 * | pods: `cpu_milli`, `memory_mib`, `num_gpu`, `gpu_milli` | milli, MiB, devices, milli of each | the request's amounts, `gpu_millis` = devices × milli; and its app: pods of equal amounts are one app |
 * | pods: `creation_time` | s | `submit_ms` |
 * | pods: `scheduled_time` to `deletion_time` | s | `run_ms`, at least 1 |
 * | pods: `name` | | request id |
 * | pods: `gpu_spec`, `pod_phase` | | counted in the notes |
 *
 * Pods that were never scheduled, or lack a time, are dropped and counted.
 */
export interface OpenbOptions {
  readonly name?: string;
  /** Which pod list, `openb_pod_list_NAME.csv`; default: `default`. */
  readonly pods?: string;
  readonly defaults?: Partial<TraceDefaults>;
}

/** The source gives no targets: these are ours, and the manifest says so. In the order of Kubernetes' and the source's classes. */
const TIERS: readonly TierRow[] = Object.freeze([
  Object.freeze({ name: "Guaranteed", targetStartMs: 1_000, priority: 400, levelPpm: 990_000, mayPreempt: true }),
  Object.freeze({ name: "LS", targetStartMs: 10_000, priority: 300, levelPpm: 950_000, mayPreempt: false }),
  Object.freeze({ name: "Burstable", targetStartMs: 30_000, priority: 200, levelPpm: 900_000, mayPreempt: false }),
  Object.freeze({ name: "BE", targetStartMs: 60_000, priority: 100, levelPpm: 800_000, mayPreempt: false }),
]);

const TIMES = ["qos", "creation_time", "scheduled_time", "deletion_time"];

/**
 * The trace of a folder with the original files, plain or `.gz`: `openb_node_list_all_node.csv` (else `…_gpu_node.csv`), and a list
 * of pods.
 * @throws InputError listing what is wrong, by file, line and column.
 */
export async function loadOpenb(directory: string, options: OpenbOptions = {}, onBytes?: OnBytes): Promise<Trace> {
  demandFolder(directory);
  const { pods = "default" } = options;
  const nodePath = find(directory, ["openb_node_list_all_node", "openb_node_list_gpu_node"]);
  const podPath = find(directory, [`openb_pod_list_${pods}`]);
  const issues = new IssueList();
  const assembly = new Assembly(issues);
  const files: FileSummary[] = [];
  files.push(await readCsvFile(nodePath, issues, assembly.nodeRows(basename(nodePath)), onBytes));
  files.push(await readCsvFile(podPath, issues, assembly.podRows(basename(podPath)), onBytes));
  return assembly.finish({ name: basename(resolve(directory)), ...options }, files);
}

/** `loadOpenb` on bytes. */
export async function fromOpenb(
  nodes: AsyncIterable<Uint8Array>,
  pods: AsyncIterable<Uint8Array>,
  options: OpenbOptions = {},
): Promise<Trace> {
  const issues = new IssueList();
  const assembly = new Assembly(issues);
  await readCsvBytes(nodes, "nodes.csv", issues, assembly.nodeRows("nodes.csv"));
  await readCsvBytes(pods, "pods.csv", issues, assembly.podRows("pods.csv"));
  return assembly.finish(options, []);
}

function find(directory: string, stems: readonly string[]): string {
  const names = stems.flatMap((stem) => [`${stem}.csv`, `${stem}.csv.gz`]);
  const found = names.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const hint = "the folder of the original openb files";
  throw new InputError([{ where: directory, expected: `a file ${names.join(" or ")}`, found: "none", hint }]);
}

class Assembly {
  readonly #issues: IssueList;
  readonly #nodes: OpenbNode[] = [];
  readonly #pods: OpenbPod[] = [];
  #rows = 0;
  /** The pod list that has amounts only. */
  #untimed: string | null = null;

  constructor(issues: IssueList) {
    this.#issues = issues;
  }

  nodeRows(where: string) {
    return openbNodeRows(where, this.#issues, (node) => this.#nodes.push(node));
  }

  podRows(where: string) {
    const table = openbPodRows(where, this.#issues, (pod) => {
      this.#rows += 1;
      if (!TIMES.every((column) => table.hasColumn(column))) {
        this.#untimed = where;
        return;
      }
      const { qos, createdS, scheduledS, deletedS } = pod;
      if (qos === null || !TIERS.some(({ name }) => name === qos)) {
        const found = qos === null ? "nothing" : quote(qos);
        table.refuse("qos", TIERS.map(({ name }) => name).join(", "), found);
      }
      if (createdS !== null && scheduledS !== null && scheduledS < createdS) {
        table.refuse("scheduled_time", `a time not before creation_time (${createdS})`, `${scheduledS}`);
      }
      if (scheduledS !== null && deletedS !== null && deletedS < scheduledS) {
        table.refuse("deletion_time", `a time not before scheduled_time (${scheduledS})`, `${deletedS}`);
      }
      this.#pods.push(pod);
    });
    return table;
  }

  /** @throws InputError with everything that was wrong in either file. */
  finish({ name = "alibaba-openb-2023", pods = "default", defaults = {} }: OpenbOptions, files: readonly FileSummary[]): Trace {
    if (this.#untimed !== null) {
      const hint = "prae place reads lists of amounts only";
      this.#issues.add({ where: this.#untimed, line: 1, expected: `the columns ${TIMES.join(", ")}`, found: "not all", hint });
    }
    this.#issues.throwIfAny();
    const { citation, license, homePage } = PUBLIC_TRACES["alibaba-openb-2023"];
    const given = Object.fromEntries(Object.entries(defaults).map(([key, value]) => [`default ${key}`, value]));
    const source = { importer: "alibaba-openb-2023", options: { pods, ...given }, files };
    const builder = new TraceBuilder({ name, source, license, citation, homePage }, defaults);
    for (const tier of TIERS) builder.tier(tier);
    for (const { name: node, cpuMillis, memoryMiB, gpus, gpuModel } of this.#nodes) {
      const capacity = { cpuMillis, memoryMiB, gpuMillis: gpus * GPU_MILLIS, networkKbps: 0 };
      builder.node({ name: node, pool: gpuModel ?? "cpu", capacity });
    }
    const users = new Set<string>();
    let unscheduled = 0;
    let untimed = 0;
    for (const pod of this.#pods) {
      const user = pod.qos as string;
      if (!users.has(user)) builder.user({ name: user, tier: user });
      users.add(user);
      if (pod.scheduledS === null) unscheduled += 1;
      else if (pod.createdS === null || pod.deletedS === null) untimed += 1;
      else {
        const { name: podName, cpuMillis, memoryMiB, createdS, scheduledS, deletedS } = pod;
        const requested = { cpuMillis, memoryMiB, gpuMillis: pod.gpus * pod.gpuMillis, networkKbps: 0 };
        const runMs = Math.max(1, (deletedS - scheduledS) * 1000);
        builder.request({ name: podName, user, app: appOf(pod), submitMs: createdS * 1000, runMs, requested });
      }
    }
    builder.countRead("nodes", this.#nodes.length).countRead("pods", this.#rows);
    builder.countDropped("pods", "never scheduled", unscheduled);
    builder.countDropped("pods", "of unknown creation or deletion time", untimed);
    builder.assume("a user a QoS class: the source names no user");
    builder.assume(
      `targets of the tiers, the source's QoS classes: ${TIERS.map((t) => `${t.name} ${t.targetStartMs} ms`).join(", ")}`,
    );
    for (const note of notesOf(this.#nodes, this.#pods)) builder.note(note);
    return builder.build();
  }
}

/** Pods of equal amounts are instances of one app. */
function appOf({ cpuMillis, memoryMiB, gpus, gpuMillis }: OpenbPod): string {
  return `cpu ${cpuMillis} mem ${memoryMiB} gpu ${gpus}x${gpuMillis}`;
}

function notesOf(nodes: readonly OpenbNode[], pods: readonly OpenbPod[]): string[] {
  const models = new Map<string, number>();
  for (const { gpuModel, gpus } of nodes) if (gpuModel !== null) models.set(gpuModel, (models.get(gpuModel) ?? 0) + gpus);
  const devices = [...models].sort(([a], [b]) => (a < b ? -1 : 1)).map(([model, count]) => `${model} ${count}`);
  const choosy = pods.filter(({ gpuModels }) => gpuModels.length > 0).length;
  return [
    `GPUs by model, which is a node's pool: ${devices.join(", ") || "none"}`,
    `${choosy} pods accept only some models (gpu_spec); a replay does not hold to that, prae place does`,
    "the GPUs of a node are one amount: a replay does not see that a pod must fit on single devices, prae place does",
    "a pod runs from scheduled_time to deletion_time, whether it succeeded or not",
  ];
}
