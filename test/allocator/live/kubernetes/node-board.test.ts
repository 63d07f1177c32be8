import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PoolId } from "../../../../allocator/core/ids.ts";
import { NodeBoard } from "../../../../allocator/live/kubernetes/node-board.ts";
import type { Node } from "../../../../allocator/live/kubernetes/objects.ts";
import { ResourceMapping } from "../../../../allocator/live/kubernetes/resource-mapping.ts";

interface Shown {
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly unschedulable?: boolean;
  readonly pool?: string;
}

function node({ allocatable = { cpu: "4", memory: "8Gi" }, unschedulable = false, pool = "general" }: Shown = {}): Node {
  return {
    metadata: { name: "n1", uid: "1", resourceVersion: "1", labels: { "prae.dev/pool": pool } },
    spec: { unschedulable },
    status: { allocatable, conditions: [{ type: "Ready", status: "True" }] },
  } as unknown as Node;
}

/** What the board says of one state of a node after another. */
function said(...shown: readonly Node[]): string[] {
  const lines: string[] = [];
  const board = new NodeBoard(new Map([["general", 0 as PoolId]]), new ResourceMapping(), (outcome) => {
    const has = outcome.kind === "node_ready" ? ` ${outcome.capacity.cpuMillis} ${outcome.capacity.gpuMillis}` : "";
    lines.push(`${outcome.kind}${has}`);
  });
  for (const one of shown) board.changed(one);
  board.gone(shown.at(-1) as Node);
  return lines;
}

test("each change is said once: ready, draining, ready again, lost", () => {
  const cordoned = node({ unschedulable: true });
  assert.equal(said(node(), node(), cordoned, cordoned, node()), [
    ...["node_ready 4000 0", "node_draining", "node_ready 4000 0", "node_lost"],
  ]);
  assert.equal(said(node({ pool: "other" })), []);
});

test("devices that are told of after the node is ready are said; less than before is not", () => {
  const devices = { cpu: "4", memory: "8Gi", "nvidia.com/gpu": "2" };
  const fewer = { ...devices, "nvidia.com/gpu": "1" };
  const found = said(node(), node({ allocatable: devices }), node({ allocatable: fewer }), node({ allocatable: devices }));
  assert.equal(found, ["node_ready 4000 0", "node_ready 4000 2000", "node_lost"]);
});

test.run();
