import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PoolId } from "../../../../allocator/core/ids.ts";
import { NodeBoard } from "../../../../allocator/live/kubernetes/node-board.ts";
import type { Node, Pod } from "../../../../allocator/live/kubernetes/objects.ts";
import { OtherPods } from "../../../../allocator/live/kubernetes/other-pods.ts";
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

function boardOf(lines: string[], others: OtherPods, clock: { ms: number }): NodeBoard {
  return new NodeBoard({
    pools: new Map([["general", 0 as PoolId]]),
    mapping: new ResourceMapping(),
    others: (name) => others.on(name),
    report: (outcome) => {
      const { offered, places } = outcome.kind === "node_shared" ? outcome : { offered: null, places: 0 };
      const few = places > 0 ? ` ${places} places` : "";
      lines.push(`${outcome.kind}${offered === null ? "" : ` ${offered.cpuMillis} ${offered.gpuMillis}`}${few}`);
    },
    nowMs: () => clock.ms,
  });
}

/** What the board says of one state of a node after another. */
function said(...shown: readonly Node[]): string[] {
  const lines: string[] = [];
  const board = boardOf(lines, new OtherPods(() => {}), { ms: 0 });
  for (const one of shown) board.changed(one);
  board.gone(shown.at(-1) as Node);
  return lines;
}

test("each change is said once: ready, draining, ready again, lost", () => {
  const cordoned = node({ unschedulable: true });
  assert.equal(said(node(), node(), cordoned, cordoned, node()), [
    ...["node_shared 4000 0", "node_draining", "node_shared 4000 0", "node_lost"],
  ]);
  assert.equal(said(node({ pool: "other" })), []);
});

test("devices that are told of after the node is ready are said, and fewer of them", () => {
  const devices = { cpu: "4", memory: "8Gi", "nvidia.com/gpu": "2" };
  const fewer = { ...devices, "nvidia.com/gpu": "1" };
  const found = said(node(), node({ allocatable: devices }), node({ allocatable: fewer }), node({ allocatable: devices }));
  assert.equal(found, [
    "node_shared 4000 0",
    "node_shared 4000 2000",
    "node_shared 4000 1000",
    "node_shared 4000 2000",
    "node_lost",
  ]);
});

function otherPod(uid: string, cpu: string): Pod {
  const containers = [{ name: "work", resources: { requests: { cpu } } }];
  return { metadata: { name: uid, uid, resourceVersion: "1" }, spec: { nodeName: "n1", containers } };
}

test("what others take is said within a look, once; what they give up when it has lasted, and not where the next takes it", () => {
  const lines: string[] = [];
  const clock = { ms: 0 };
  let board!: NodeBoard;
  const others = new OtherPods((name) => board.othersChanged(name));
  board = boardOf(lines, others, clock);
  const comes = (uid: string, cpu: string) => others.changed(others.keep(otherPod(uid, cpu)));
  const since = () => lines.splice(0);
  comes("before", "500m");
  board.changed(node({ allocatable: { cpu: "4", memory: "8Gi", pods: "10" } }));
  assert.equal(since(), ["node_shared 3500 0 9 places"]);
  comes("a", "1");
  comes("b", "1");
  assert.equal(since(), [], "not each");
  board.look();
  board.look();
  assert.equal(since(), ["node_shared 1500 0 7 places"]);
  others.gone(otherPod("a", "1"));
  clock.ms += 9_999;
  board.look();
  comes("a2", "1");
  board.look();
  clock.ms += 60_000;
  board.look();
  assert.equal(since(), [], "one pod took the place of another");
  others.gone(otherPod("a2", "1"));
  board.look();
  clock.ms += 9_999;
  board.look();
  assert.equal(since(), []);
  clock.ms += 1;
  board.look();
  assert.equal(since(), ["node_shared 2500 0 8 places"]);
  comes("huge", "64");
  board.look();
  assert.equal(since(), ["node_shared 0 0 7 places"], "never less than nothing");
});

test.run();
