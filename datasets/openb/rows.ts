import { type IssueList, quote } from "../issue-list.ts";
import { TableReader } from "../table-reader.ts";

/** Thousandths of one GPU device. */
export const GPU_MILLIS = 1000;
/** More devices on one node are a mistake in the file. */
const MOST_GPUS = 64;

/** A row of `openb_node_list_*.csv`. */
export interface OpenbNode {
  readonly name: string;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  /** GPU devices; 0: a node without. */
  readonly gpus: number;
  /** Model of the devices; `null` where there are none. */
  readonly gpuModel: string | null;
}

/** A row of `openb_pod_list_*.csv`: what one pod asks for. The last six are `null` where the file, or the row, lacks them. */
export interface OpenbPod {
  readonly name: string;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  /** Of each device: 1,000 is a whole one, less (only for one device) shares it; 0: the pod asks for no GPU. */
  readonly gpuMillis: number;
  /** Models the pod accepts; empty: any. */
  readonly gpuModels: readonly string[];
  /** Quality-of-service class: LS, BE, Burstable, Guaranteed. */
  readonly qos: string | null;
  readonly phase: string | null;
  /** Seconds, on the trace's own clock. */
  readonly createdS: number | null;
  readonly deletedS: number | null;
  /** `null`: the pod was never scheduled. */
  readonly scheduledS: number | null;
}

const NODE_LAYOUT = {
  required: ["sn", "cpu_milli", "memory_mib", "gpu"],
  optional: ["model"],
  texts: ["sn", "model"],
} as const;

const POD_LAYOUT = {
  required: ["name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"],
  optional: ["gpu_spec", "qos", "pod_phase", "creation_time", "deletion_time", "scheduled_time"],
  texts: ["name", "gpu_spec", "qos", "pod_phase"],
} as const;

/**
 * Reads the node list of Alibaba's 2023 GPU trace ("openb"; Weng et al., "Beware of Fragmentation", USENIX ATC 2023). What is wrong
 * goes to `issues`; `onNode` also gets the rows that are.
 */
export function openbNodeRows(where: string, issues: IssueList, onNode: (node: OpenbNode) => void): TableReader {
  const demandNew = namesOnce("sn");
  return new TableReader(where, NODE_LAYOUT, issues, (row) => {
    const name = demandNew(row);
    const gpus = row.integer("gpu", 0, MOST_GPUS);
    const gpuModel = row.optionalText("model") ?? null;
    if (gpus === 0 && gpuModel !== null) row.refuse("model", "nothing, on a node without GPUs", quote(gpuModel));
    if (gpus > 0 && gpuModel === null) row.refuse("model", "the GPUs' model", "nothing");
    onNode({ name, cpuMillis: row.integer("cpu_milli", 1), memoryMiB: row.integer("memory_mib", 1), gpus, gpuModel });
  });
}

/** The same for a pod list: the default one or a variant; some variants stop after `gpu_milli`. */
export function openbPodRows(where: string, issues: IssueList, onPod: (pod: OpenbPod) => void): TableReader {
  const demandNew = namesOnce("name");
  return new TableReader(where, POD_LAYOUT, issues, (row) => {
    const name = demandNew(row);
    const gpus = row.integer("num_gpu", 0, MOST_GPUS);
    const gpuMillis = row.integer("gpu_milli", 0, GPU_MILLIS);
    checkGpuMillis(row, gpus, gpuMillis);
    onPod({
      name,
      cpuMillis: row.integer("cpu_milli"),
      memoryMiB: row.integer("memory_mib"),
      gpus,
      gpuMillis,
      gpuModels: modelsOf(row),
      qos: row.optionalText("qos") ?? null,
      phase: row.optionalText("pod_phase") ?? null,
      createdS: row.optionalInteger("creation_time") ?? null,
      deletedS: row.optionalInteger("deletion_time") ?? null,
      scheduledS: row.optionalInteger("scheduled_time") ?? null,
    });
  });
}

function checkGpuMillis(row: TableReader, gpus: number, gpuMillis: number): void {
  if (gpus === 0 && gpuMillis !== 0) row.refuse("gpu_milli", "0, since num_gpu is 0", `${gpuMillis}`);
  if (gpus === 1 && gpuMillis === 0) row.refuse("gpu_milli", `1 to ${GPU_MILLIS}, since num_gpu is 1`, "0");
  if (gpus > 1 && gpuMillis !== GPU_MILLIS) {
    row.refuse("gpu_milli", `${GPU_MILLIS}, since num_gpu is ${gpus}`, `${gpuMillis}`, "only a single GPU can be shared");
  }
}

/** `V100M16|V100M32`, in order of name, each once: the order means nothing. */
function modelsOf(row: TableReader): readonly string[] {
  const models = row.optionalText("gpu_spec")?.split("|") ?? [];
  if (models.includes("")) row.refuse("gpu_spec", "model names between |", quote(models.join("|")));
  return [...new Set(models)].sort();
}

/** Reads the name in `column`, which no earlier row may have. */
function namesOnce(column: string): (row: TableReader) => string {
  const lines = new Map<string, number>();
  return (row) => {
    const name = row.text(column);
    const earlier = lines.get(name);
    if (name !== "" && earlier !== undefined) row.refuse(column, "each name once", `${quote(name)} on line ${earlier} too`);
    lines.set(name, row.line);
    return name;
  };
}
