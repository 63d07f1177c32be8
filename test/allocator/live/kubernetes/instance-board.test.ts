import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AppId, InstanceId } from "../../../../allocator/core/ids.ts";
import { InstanceBoard } from "../../../../allocator/live/kubernetes/instance-board.ts";
import type { Pod } from "../../../../allocator/live/kubernetes/objects.ts";
import type { Outcome } from "../../../../allocator/live/ports.ts";

const ONE = 1 as InstanceId;
const SIZE = { cpuMillis: 500, memoryMiB: 256, gpuMillis: 0, networkKbps: 0 };
const LARGER = { ...SIZE, cpuMillis: 750 };
const TOKEN = { seq: 5, index: 2 };
const OWNED = { "prae.dev/instance": "1", "prae.dev/user": "ann" };

class Bench {
  readonly said: Outcome[] = [];
  readonly removed: InstanceId[] = [];
  readonly over: InstanceId[] = [];
  nowMs = 0;
  readonly board = new InstanceBoard({
    report: (outcome) => this.said.push(outcome),
    remove: (instance) => this.removed.push(instance),
    over: (instance) => this.over.push(instance),
    nowMs: () => this.nowMs,
    unschedulableLimitMs: 1_000,
    startLimitMs: 10_000,
  });

  /** What was said since it was last asked. */
  news(): string[] {
    return this.said
      .splice(0)
      .map((one) => (one.kind === "decision_failed" ? `failed ${one.decisionSeq}:${one.decisionIndex} ${one.reason}` : one.kind));
  }
}

interface Shown {
  readonly uid?: string;
  readonly node?: string;
  readonly phase?: string;
  readonly isReady?: boolean;
  readonly cpu?: string;
  readonly actual?: string;
  readonly nominated?: string;
  readonly conditions?: { type: string; status: string; reason: string }[];
}

function pod(shown: Shown): Pod {
  const { uid = "u1", node, nominated, phase = "Running", isReady = false, cpu = "500m", actual = cpu, conditions = [] } = shown;
  const resources = (amount: string) => ({ requests: { cpu: amount, memory: "256Mi" } });
  return {
    metadata: { name: "prae-r-1", uid, resourceVersion: "1", labels: { "prae.dev/instance": "1" } },
    spec: { ...(node === undefined ? {} : { nodeName: node }), containers: [{ name: "app", resources: resources(cpu) }] },
    status: {
      phase,
      ...(nominated === undefined ? {} : { nominatedNodeName: nominated }),
      conditions: [...conditions, { type: "Ready", status: isReady ? "True" : "False" }],
      containerStatuses: [{ name: "app", resources: resources(actual) }],
    },
  };
}

function running(): Bench {
  const bench = new Bench();
  bench.board.launched(ONE, TOKEN, SIZE);
  bench.board.changed(pod({ node: "n1", isReady: true }));
  bench.news();
  return bench;
}

test("an instance is placed, ready and stopped, each told once", () => {
  const bench = new Bench();
  const { board } = bench;
  board.launched(ONE, TOKEN, SIZE);
  board.changed(pod({ phase: "Pending" }));
  assert.equal(bench.news(), []);
  board.changed(pod({ node: "n1", phase: "Pending" }));
  board.changed(pod({ node: "n1" }));
  assert.equal(bench.news(), ["instance_placed"]);
  board.changed(pod({ node: "n1", isReady: true }));
  board.changed(pod({ node: "n1", isReady: false }));
  board.changed(pod({ node: "n1", isReady: true }));
  assert.equal(bench.news(), ["instance_ready"]);
  board.stopping(ONE);
  board.gone(pod({ node: "n1" }));
  board.gone(pod({ node: "n1" }));
  assert.equal(bench.news(), ["instance_stopped"]);
});

test("a pod that goes unasked is lost, and so is one whose program ended, which is then removed", () => {
  const deleted = running();
  deleted.board.gone(pod({ node: "n1" }));
  assert.equal(deleted.news(), ["instance_lost"]);
  const ended = running();
  ended.board.changed(pod({ node: "n1", phase: "Failed" }));
  ended.board.gone(pod({ node: "n1", phase: "Failed" }));
  assert.equal(ended.news(), ["instance_lost"]);
  assert.equal(ended.removed, [ONE]);
});

test("one that ends before it is ready was not launched", () => {
  const bench = new Bench();
  bench.board.launched(ONE, TOKEN, SIZE);
  bench.board.changed(pod({ node: "n1", phase: "Failed" }));
  assert.equal(bench.news(), ["instance_placed", "failed 5:2 launch_failed"]);
  bench.board.gone(pod({ node: "n1", phase: "Failed" }));
  assert.equal(bench.news(), []);
});

test("no node within the limit: no capacity; not ready within its: timeout; ready, neither", () => {
  const unschedulable = { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }] };
  const homeless = new Bench();
  homeless.board.launched(ONE, TOKEN, SIZE);
  homeless.board.changed(pod(unschedulable));
  homeless.nowMs = 999;
  homeless.board.changed(pod(unschedulable));
  homeless.board.giveUp();
  assert.equal(homeless.news(), []);
  homeless.nowMs = 1_000;
  homeless.board.giveUp();
  assert.equal(homeless.news(), ["failed 5:2 no_capacity"]);
  assert.equal(homeless.removed, [ONE]);
  const slow = new Bench();
  slow.board.launched(ONE, TOKEN, SIZE);
  slow.board.changed(pod(unschedulable));
  slow.board.changed(pod({ node: "n1", phase: "Pending" }));
  slow.nowMs = 9_999;
  slow.board.giveUp();
  assert.equal(slow.news(), ["instance_placed"]);
  slow.nowMs = 10_000;
  slow.board.giveUp();
  assert.equal(slow.news(), ["failed 5:2 timeout"]);
  const ready = running();
  ready.nowMs = 1e6;
  ready.board.giveUp();
  assert.equal(ready.news(), []);
});

test("a node on which room was made and nothing placed is noted, until it is placed", () => {
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }];
  const bench = new Bench();
  const stranded = () => [...bench.board.strandedOn(500)];
  bench.board.launched(ONE, TOKEN, SIZE);
  bench.board.changed(pod({ phase: "Pending", conditions }));
  bench.nowMs = 500;
  assert.equal(stranded(), [], "no room was made");
  bench.board.changed(pod({ phase: "Pending", conditions, nominated: "n1" }));
  assert.equal(stranded(), ["n1"]);
  bench.nowMs = 499;
  assert.equal(stranded(), []);
  bench.nowMs = 900;
  bench.board.changed(pod({ phase: "Pending", node: "n1", nominated: "n1" }));
  assert.equal(stranded(), []);
});

test("a resize is told when it is done, and undone when it cannot be", () => {
  const done = running();
  assert.ok(done.board.resizing(ONE, { seq: 9, index: 0 }, LARGER));
  done.board.changed(pod({ node: "n1", isReady: true }));
  done.board.changed(pod({ node: "n1", isReady: true, cpu: "750m", actual: "500m" }));
  assert.equal(done.news(), []);
  done.board.changed(pod({ node: "n1", isReady: true, cpu: "750m" }));
  assert.equal(done.said.splice(0), [{ kind: "instance_resized", instance: ONE, size: LARGER }]);
  const refused = running();
  refused.board.resizing(ONE, { seq: 9, index: 0 }, LARGER);
  const conditions = [{ type: "PodResizePending", status: "True", reason: "Infeasible" }];
  refused.board.changed(pod({ node: "n1", isReady: true, cpu: "750m", actual: "500m", conditions }));
  assert.equal(refused.said.splice(0), [
    { kind: "decision_failed", decisionSeq: 9, decisionIndex: 0, reason: "no_capacity" },
    { kind: "instance_resized", instance: ONE, size: SIZE },
  ]);
  assert.not.ok(new Bench().board.resizing(ONE, TOKEN, LARGER));
});

test("after a restart only what is new is told, and another pod of the name is nobody's", () => {
  const bench = new Bench();
  bench.board.believe({ instance: ONE, app: 0 as AppId, phase: "ready", node: "n1" });
  bench.board.changed(pod({ node: "n1", isReady: true }));
  assert.equal(bench.news(), []);
  bench.board.changed(pod({ uid: "u2", node: "n2", isReady: true }));
  bench.board.gone(pod({ uid: "u2", node: "n2" }));
  assert.equal(bench.news(), []);
  bench.board.gone(pod({ node: "n1" }));
  assert.equal(bench.news(), ["instance_lost"]);
  bench.board.changed(pod({ node: "n1", isReady: true }));
  assert.equal(bench.news(), [], "a pod that the run knows nothing of");
});

test("with a node goes what ran there, and its pods are removed", () => {
  const bench = running();
  bench.board.nodeGone("n2");
  assert.ok(bench.board.has(ONE));
  bench.board.nodeGone("n1");
  assert.not.ok(bench.board.has(ONE));
  assert.equal(bench.removed, [ONE]);
  bench.board.gone(pod({ node: "n1" }));
  assert.equal(bench.news(), []);
});

test("one that is suspended is told of once its pod is gone, holds nothing, and is resumed as another pod", () => {
  const bench = running();
  const { board } = bench;
  const owned = { ...pod({ node: "n1", isReady: true }), metadata: { ...pod({}).metadata, labels: OWNED } };
  board.changed(owned);
  assert.is(board.byOwner().get("ann")?.cpuMillis, 500);
  assert.ok(board.suspending(ONE));
  board.changed(pod({ node: "n1", phase: "Succeeded" }));
  assert.equal([bench.news(), bench.removed], [[], [ONE]]);
  board.gone(pod({ node: "n1" }));
  board.gone(pod({ node: "n1" }));
  assert.equal(bench.news(), ["instance_suspended"]);
  assert.not.ok(board.suspending(ONE), "it is already");
  assert.is(board.byOwner().size, 0);
  bench.nowMs = 1e6;
  board.giveUp();
  assert.ok(board.resuming(ONE, { seq: 8, index: 1 }));
  board.giveUp();
  board.changed(pod({ uid: "u2", node: "n1" }));
  board.changed(pod({ uid: "u2", node: "n1", isReady: true }));
  assert.equal(bench.news(), ["instance_ready"]);
  board.gone(pod({ uid: "u2", node: "n1" }));
  assert.equal([bench.news(), bench.over], [["instance_lost"], [ONE]]);
});

test("one that cannot be resumed stays suspended, with its claim, until it is told to stop", () => {
  const bench = running();
  const { board } = bench;
  board.suspending(ONE);
  board.gone(pod({ node: "n1" }));
  board.resuming(ONE, { seq: 8, index: 1 });
  board.changed(pod({ uid: "u2", phase: "Pending" }));
  bench.nowMs = 10_000;
  board.giveUp();
  assert.equal(bench.news(), ["instance_suspended", "failed 8:1 timeout"]);
  assert.equal(bench.removed, [ONE]);
  board.gone(pod({ uid: "u2" }));
  assert.equal([bench.news(), bench.over], [[], []]);
  board.stopping(ONE);
  board.absent(ONE);
  assert.equal([bench.news(), bench.over], [["instance_stopped"], [ONE]]);
});

test("after a restart one that is suspended is known to be, and one that was being suspended is once its pod is gone", () => {
  const aside = new Bench();
  aside.board.believe({ instance: ONE, app: 0 as AppId, phase: "suspended", node: "n1" });
  aside.board.gone(pod({ node: "n1" }));
  aside.board.absent(ONE);
  assert.equal(aside.news(), []);
  const under = new Bench();
  under.board.believe({ instance: ONE, app: 0 as AppId, phase: "ready", node: "n1" });
  under.board.suspending(ONE);
  under.board.absent(ONE);
  under.board.gone(pod({ node: "n1" }));
  assert.equal(under.news(), ["instance_suspended"]);
  const unseen = new Bench();
  unseen.board.believe({ instance: ONE, app: 0 as AppId, phase: "ready", node: "n1" });
  unseen.board.setAside(ONE);
  unseen.board.absent(ONE);
  assert.equal(unseen.news(), [], "who reconciles says it");
});

test("a stop whose pod is not there is over; without a stop nothing is said", () => {
  const bench = running();
  bench.board.absent(ONE);
  assert.equal(bench.news(), []);
  bench.board.stopping(ONE);
  bench.board.absent(ONE);
  bench.board.absent(ONE);
  assert.equal(bench.news(), ["instance_stopped"]);
});

test.run();
