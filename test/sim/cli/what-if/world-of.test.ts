import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../../datasets/issues.ts";
import { clusterFromDocument } from "../../../../sim/cli/cluster-document.ts";
import { readWhatIfs } from "../../../../sim/cli/what-if/read-what-if.ts";
import { isDrawn, worldOf } from "../../../../sim/cli/what-if/world-of.ts";
import { type ClusterSpec, clusterOf, UNLIMITED } from "../../../../sim/cluster-spec.ts";
import { randomTrace } from "../../../support/random-trace.ts";

const trace = randomTrace(1);
const capacity = { cpuMillis: 4000, memoryMiB: 2048 };
const ELASTIC = clusterFromDocument({ pools: [{ name: "empty", nodes: 0, max: 4, capacity }] }, "cluster");

function world(text: string, cluster: ClusterSpec, fromMs?: number) {
  return worldOf(readWhatIfs([text]), { trace, cluster, seed: 3 }, fromMs);
}

test("failures: a pool, a name, a share drawn by the seed; how many is said where it is known", () => {
  assert.equal(world("fail=default@5m+1m", clusterOf(trace)).changes, [
    { kind: "node_failure", atMs: 300_000, durationMs: 60_000, choice: { kind: "pool", pool: 0 } },
  ]);
  const { changes, notes } = world("fail=34%@5m,fail=node-2@2m", clusterOf(trace));
  assert.equal(changes, [
    { kind: "node_failure", atMs: 120_000, durationMs: null, choice: { kind: "name", pattern: "node-2" } },
    { kind: "node_failure", atMs: 300_000, durationMs: null, choice: { kind: "share", sharePpm: 340_000, seed: 3 } },
  ]);
  assert.match(notes[0]!, "1 of 3 nodes are lost");
  const [note] = world("fail=empty@5m", ELASTIC).notes;
  assert.match(note!, "the nodes there then that it names are lost");
});

test("what cannot fail is refused with the reason", () => {
  const found = (text: string, cluster: ClusterSpec) => {
    try {
      world(text, cluster);
    } catch (error) {
      assert.instance(error, InputError);
      return (error as InputError).issues.map((issue) => issue.found).join();
    }
    return "nothing";
  };
  assert.is(found("fail=default", UNLIMITED), "capacity without limit, which cannot fail");
  assert.is(found("fail=1%", clusterOf(trace)), '"1%"');
  assert.is(found("fail=zone-b", clusterOf(trace)), '"zone-b"');
  assert.is(found("fail=empty-3", ELASTIC), "nothing");
});

test("start-ups slow down in the trace from its start, in the world from later on", () => {
  const slow = world("start-up=2", UNLIMITED);
  assert.equal([slow.changes, slow.trace.apps[0]!.coldStartMs], [[], 1_600]);
  const later = world("start-up=2@5m", UNLIMITED);
  assert.equal(later.changes, [{ kind: "start_up", atMs: 300_000, factorPpm: 2_000_000 }]);
  assert.is(later.trace.manifest.digest, trace.manifest.digest);
  assert.equal(world("start-up=2", UNLIMITED, 300_000).changes, later.changes);
});

test("those that say no time hold from the fork on; those that do may not be before it", () => {
  const forked = world("users=2", UNLIMITED, 300_000);
  assert.equal(forked.changes, [{ kind: "users_join", atMs: 300_000, firstUser: 4, endUser: 8 }]);
  assert.throws(() => world("users=2@4m", UNLIMITED, 300_000), /not before the fork/);
});

test("which of them a seed changes", () => {
  const drawn = readWhatIfs(["demand=2,users=2,burst=*@1m+1m×2,start-up=2,fail=default,fail=20%"]).map(isDrawn);
  assert.equal(drawn, [true, true, true, false, false, true]);
});

test.run();
