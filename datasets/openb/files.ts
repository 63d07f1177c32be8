import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { IssueList } from "../issue-list.ts";
import { InputError } from "../issues.ts";
import { demandFolder, type FileSummary, readCsvFile } from "../source-file.ts";
import { type OpenbNode, type OpenbPod, openbNodeRows, openbPodRows } from "./rows.ts";

const NODE_LISTS = ["openb_node_list_gpu_node", "openb_node_list_all_node"] as const;
const POD_LIST = "openb_pod_list_";
const ENDINGS = [".csv", ".csv.gz"];

/** What is read of the trace: the nodes that have GPUs, and every pod of one list. */
export interface OpenbLists {
  readonly nodes: readonly OpenbNode[];
  readonly pods: readonly OpenbPod[];
  readonly files: readonly FileSummary[];
}

/**
 * Reads a node list and a pod list from the folder of the original openb files (plain or `.gz`).
 * @param pods a variant by name ("default", "cpu050", …: `openb_pod_list_NAME.csv` in the folder), or the path of a file.
 * @throws InputError with every issue of both files.
 */
export async function readOpenb(
  directory: string,
  pods: { readonly variant: string } | { readonly file: string },
): Promise<OpenbLists> {
  demandFolder(directory);
  const nodePath = findNodeList(directory);
  const podPath = "file" in pods ? pods.file : findPodList(directory, pods.variant);
  const issues = new IssueList();
  const nodeRows: OpenbNode[] = [];
  const podRows: OpenbPod[] = [];
  const files = [
    await readCsvFile(
      nodePath,
      issues,
      openbNodeRows(basename(nodePath), issues, (node) => nodeRows.push(node)),
    ),
    await readCsvFile(
      podPath,
      issues,
      openbPodRows(basename(podPath), issues, (pod) => podRows.push(pod)),
    ),
  ];
  issues.throwIfAny();
  const gpuNodes = nodeRows.filter(({ gpus }) => gpus > 0);
  if (gpuNodes.length === 0) issues.add({ where: basename(nodePath), expected: "nodes with GPUs", found: "none" });
  if (podRows.length === 0) issues.add({ where: basename(podPath), expected: "at least one pod", found: "none" });
  issues.throwIfAny();
  return { nodes: gpuNodes, pods: podRows, files };
}

/** The list of GPU nodes, else that of all nodes. */
function findNodeList(directory: string): string {
  for (const stem of NODE_LISTS) {
    const found = ENDINGS.map((ending) => join(directory, stem + ending)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  const expected = `a file ${NODE_LISTS[0]}.csv or .csv.gz`;
  throw new InputError([{ where: directory, expected, found: "none", hint: "the folder of the original openb files" }]);
}

function findPodList(directory: string, variant: string): string {
  const names = readdirSync(directory);
  const found = ENDINGS.map((ending) => POD_LIST + variant + ending).find((name) => names.includes(name));
  if (found !== undefined) return join(directory, found);
  const variants = names.flatMap((name) => /^openb_pod_list_(.+?)\.csv(\.gz)?$/.exec(name)?.[1] ?? []).sort();
  const hint = variants.length === 0 ? "the folder of the original openb files" : `there are ${variants.join(", ")}`;
  throw new InputError([{ where: directory, expected: `a file ${POD_LIST}${variant}.csv or .csv.gz`, found: "none", hint }]);
}
