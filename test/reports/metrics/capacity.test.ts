import { test } from "uvu";
import * as assert from "uvu/assert";
import { CAPACITY_PARTS, type CapacityPart } from "../../../sim/run-record.ts";
import { measure } from "../../support/measure.ts";
import { amounts, ONE, Stream } from "../../support/stream.ts";

const HOUR = 3_600_000;
const cores = (count: number) => amounts({ cpuMillis: 1000 * count });
const world = () =>
  new Stream()
    .tier("premium")
    .tier()
    .pool()
    .user("ana")
    .user("bob", "premium")
    .app("web")
    .app("pair", { concurrency: 2 })
    .app("tool", { shared: true })
    .node(0, "n1", cores(10));

/** Mean millicores of each part, hour by hour. */
function byHour(stream: Stream, hours: number): Partial<Record<CapacityPart, readonly number[]>> {
  const { parts } = measure(stream, { toMs: hours * HOUR, bins: hours }).timeline;
  const entries = CAPACITY_PARTS.map((part) => [part, parts[part]?.cpuMillis ?? []] as const);
  return Object.fromEntries(entries.filter(([, means]) => means.some((mean) => mean !== 0)));
}

test("an instance holds its size from launch until it has stopped: starting, used and slack, idle", () => {
  // 0 launch, 1 h ready: r1 asks for 1.5 of 2 cores. 2 h it ends: idle. Told to stop at 3 h, stopped at 4 h: idle until then.
  const stream = world()
    .arrive(0, "r1", "ana", "web", cores(1.5))
    .launch("i1", "web", { request: "r1", size: cores(2) })
    .placed(0, "i1", "n1")
    .ready(HOUR, "i1")
    .end(2 * HOUR, "r1")
    .tick(3 * HOUR)
    .stop("i1")
    .stopped(4 * HOUR, "i1");
  assert.equal(byHour(stream, 5), {
    used: [0, 1500, 0, 0, 0],
    slack: [0, 500, 0, 0, 0],
    starting: [2000, 0, 0, 0, 0],
    idle: [0, 0, 2000, 2000, 0],
    free: [8000, 8000, 8000, 8000, 10_000],
  });
  const { overall } = measure(stream, { toMs: 5 * HOUR });
  assert.equal(
    [overall.startup_instance_hours, overall.busy_instance_hours, overall.idle_instance_hours, overall.shadow_instance_hours],
    [1, 1, 2, 0],
  );
  // reserved 2 cores × 4 h; used 1.5 × 1 h; wasted the rest
  assert.equal([overall.reserved_cpu_core_hours, overall.used_cpu_core_hours, overall.wasted_cpu_core_hours], [8, 1.5, 6.5]);
});

test("a ready instance that is bound to nobody is shadow; its capacity counts overall, not by tier", () => {
  // Ready at 1 h; bound to bob's request at 3 h: from then on it is bob's, who is premium.
  const stream = world()
    .tick(0)
    .launch("i1", "web")
    .placed(0, "i1", "n1")
    .ready(HOUR, "i1")
    .arrive(3 * HOUR, "r1", "bob", "web")
    .bind("i1", "r1")
    .end(4 * HOUR, "r1");
  assert.equal(byHour(stream, 5), {
    used: [0, 0, 0, 1000, 0],
    starting: [1000, 0, 0, 0, 0],
    idle: [0, 0, 0, 0, 1000],
    shadow: [0, 1000, 1000, 0, 0],
    free: [9000, 9000, 9000, 9000, 9000],
  });
  const { overall, byTier } = measure(stream, { toMs: 5 * HOUR });
  assert.equal([overall.shadow_instance_hours, overall.startup_instance_hours, overall.wasted_cpu_core_hours], [2, 1, 4]);
  assert.equal([byTier.premium?.shadow_instance_hours, byTier.premium?.busy_instance_hours], [0, 1]);
  assert.equal([byTier.premium?.wasted_cpu_core_hours, byTier.standard?.wasted_cpu_core_hours], [1, 0]);
});

test("several requests on one instance: used is what they ask for together, at most its size", () => {
  // r1 asks for 0.8 of 1 core from 1 h on, r2 for 0.8 too from 2 h to 3 h: used 800, then min(1000, 1600), then 800.
  const stream = world()
    .arrive(0, "r1", "ana", "pair", cores(0.8))
    .launch("i1", "pair", { request: "r1" })
    .placed(0, "i1", "n1")
    .ready(HOUR, "i1")
    .arrive(2 * HOUR, "r2", "ana", "pair", cores(0.8))
    .bind("i1", "r2")
    .end(3 * HOUR, "r2");
  assert.equal(byHour(stream, 4), {
    used: [0, 800, 1000, 800],
    slack: [0, 200, 0, 200],
    starting: [1000, 0, 0, 0],
    free: [9000, 9000, 9000, 9000],
  });
  assert.is(measure(stream, { toMs: 4 * HOUR }).overall.busy_instance_hours, 3);
});

test("an instance of a shared app stays with the user it last served until another binds it", () => {
  // ana 1–2 h, idle and still ana's 2–3 h, bob's request 3–4 h, then bob's.
  const stream = world()
    .arrive(0, "r1", "ana", "tool")
    .launch("i1", "tool", { request: "r1" })
    .placed(0, "i1", "n1")
    .ready(HOUR, "i1")
    .end(2 * HOUR, "r1")
    .arrive(3 * HOUR, "r2", "bob", "tool")
    .bind("i1", "r2")
    .end(4 * HOUR, "r2");
  const { byTier, overall } = measure(stream, { toMs: 6 * HOUR });
  assert.equal([byTier.standard?.busy_instance_hours, byTier.standard?.idle_instance_hours], [1, 1]);
  assert.equal([byTier.premium?.busy_instance_hours, byTier.premium?.idle_instance_hours], [1, 2]);
  assert.equal([overall.idle_instance_hours, overall.shadow_instance_hours], [3, 0]);
});

test("an instance of an app that is not shared stays with its user, whoever's request it runs", () => {
  const stream = world()
    .tick(0)
    .launch("i1", "web", { user: "ana" })
    .placed(0, "i1", "n1")
    .ready(HOUR, "i1")
    .arrive(HOUR, "r1", "bob", "web")
    .bind("i1", "r1");
  assert.is(measure(stream, { toMs: 2 * HOUR }).byTier.standard?.busy_instance_hours, 1);
});

test("a suspended instance holds nothing until it is told to resume", () => {
  // Ready 1 h, told to suspend at 2 h (idle until it is, at 3 h), resumed at 5 h, ready again at 6 h.
  const stream = world()
    .tick(0)
    .launch("i1", "web", { user: "ana" })
    .placed(0, "i1", "n1")
    .ready(HOUR, "i1")
    .tick(2 * HOUR)
    .suspend("i1")
    .suspended(3 * HOUR, "i1")
    .arrive(5 * HOUR, "r1", "ana", "web")
    .resume("i1")
    .bind("i1", "r1")
    .ready(6 * HOUR, "i1");
  assert.equal(byHour(stream, 7), {
    used: [0, 0, 0, 0, 0, 0, 1000],
    starting: [1000, 0, 0, 0, 0, 1000, 0],
    idle: [0, 1000, 1000, 0, 0, 0, 0],
    free: [9000, 9000, 9000, 10_000, 10_000, 9000, 9000],
  });
});

test("a size changes when the world says so, not when it is decided", () => {
  const stream = world()
    .tick(0)
    .launch("i1", "web", { user: "ana" })
    .placed(0, "i1", "n1")
    .ready(0, "i1")
    .tick(HOUR)
    .resize("i1", cores(3))
    .resized(2 * HOUR, "i1", cores(3));
  assert.equal(byHour(stream, 3).idle, [1000, 1000, 3000]);
});

test("headroom is what a reservation exceeds the user's own instances by, resource by resource", () => {
  // R = 3 cores and no memory from 0. Instances of 1 core and 1 GiB: launched at 1 h, a second at 2 h; released at 3 h.
  // held = max(R, instances): 3 cores 0–3 h, then 2; memory 0, 1, 2, 2 GiB.
  const stream = world()
    .tick(0)
    .reserve("ana", cores(3))
    .tick(HOUR)
    .launch("i1", "web", { user: "ana" })
    .tick(2 * HOUR)
    .launch("i2", "web", { user: "ana" })
    .tick(3 * HOUR)
    .release("ana");
  assert.equal(byHour(stream, 4), {
    starting: [0, 1000, 2000, 2000],
    headroom: [3000, 2000, 1000, 0],
    free: [7000, 7000, 7000, 8000],
  });
  const { overall } = measure(stream, { toMs: 4 * HOUR });
  assert.equal([overall.reserved_cpu_core_hours, overall.headroom_cpu_core_hours], [3 + 3 + 3 + 2, 6]);
  assert.equal([overall.reserved_memory_gib_hours, overall.headroom_memory_gib_hours], [0 + 1 + 2 + 2, 0]);
});

test("waste is not netted between users: one's headroom does not pay for another's excess", () => {
  // ana holds 2 cores and runs nothing; bob reserves 1 and runs 3. Wasted: ana's 2, not max(0, 3 − 3) = 0.
  const stream = world()
    .tick(0)
    .reserve("ana", cores(2))
    .reserve("bob", cores(1))
    .arrive(0, "r1", "bob", "web", cores(3))
    .launch("i1", "web", { request: "r1", size: cores(3) })
    .placed(0, "i1", "n1")
    .ready(0, "i1");
  const { overall, byTier } = measure(stream, { toMs: HOUR });
  assert.equal([overall.reserved_cpu_core_hours, overall.used_cpu_core_hours, overall.wasted_cpu_core_hours], [5, 3, 2]);
  assert.equal([byTier.standard?.wasted_cpu_core_hours, byTier.premium?.wasted_cpu_core_hours], [2, 0]);
});

test("nor between instants: an hour above R does not pay for an hour below it", () => {
  // R = 1. 0–1 h nothing runs: 1 wasted. 1–2 h an instance of 3 runs a request of 3: nothing wasted. Together 1.
  const stream = world()
    .tick(0)
    .reserve("ana", cores(1))
    .arrive(HOUR, "r1", "ana", "web", cores(3))
    .launch("i1", "web", { request: "r1", size: cores(3) })
    .placed(HOUR, "i1", "n1")
    .ready(HOUR, "i1");
  assert.is(measure(stream, { toMs: 2 * HOUR }).overall.wasted_cpu_core_hours, 1);
});

test("each resource has its unit: core, GiB, GPU and Mbps hours", () => {
  // 2 h of 1500 millicores, 1536 MiB, 250 milli-GPU, 3000 kbps, all used: 3 core-h, 3 GiB-h, 0.5 GPU-h, 6 Mbps-h.
  const size = { cpuMillis: 1500, memoryMiB: 1536, gpuMillis: 250, networkKbps: 3000 };
  const stream = world()
    .arrive(0, "r1", "ana", "web", size)
    .launch("i1", "web", { request: "r1", size })
    .placed(0, "i1", "n1")
    .ready(0, "i1");
  const { overall } = measure(stream, { toMs: 2 * HOUR });
  assert.equal(
    [overall.used_cpu_core_hours, overall.used_memory_gib_hours, overall.used_gpu_hours, overall.used_network_mbps_hours],
    [3, 3, 0.5, 6],
  );
  assert.is(overall.wasted_gpu_hours, 0);
});

test("free is the ready nodes' capacity less what is held; a node counts from ready until lost", () => {
  const stream = new Stream()
    .tier()
    .pool()
    .user("ana")
    .app("web")
    .node(0, "n1", cores(4))
    .node(HOUR, "n2", cores(2))
    .tick(2 * HOUR)
    .reserve("ana", cores(1))
    .nodeLost(3 * HOUR, "n2");
  assert.equal(byHour(stream, 4), { headroom: [0, 0, 1000, 1000], free: [4000, 6000, 5000, 3000] });
  assert.is(measure(stream, { toMs: 4 * HOUR }).overall.node_hours, 4 + 2);
});

test("a node that is told to be ready twice is one node", () => {
  const stream = world()
    .node(HOUR, "n1", cores(10))
    .nodeLost(2 * HOUR, "n1");
  assert.equal(byHour(stream, 3), { free: [10_000, 10_000, 0] });
});

test("a node that turns out to have more counts as that from then on; one that says less, as before", () => {
  const stream = world()
    .node(HOUR, "n1", cores(12))
    .node(2 * HOUR, "n1", cores(10))
    .nodeLost(3 * HOUR, "n1");
  assert.equal(byHour(stream, 4), { free: [10_000, 12_000, 12_000, 0] });
  assert.is(measure(stream, { toMs: 4 * HOUR }).overall.node_hours, 3);
});

test("a user that is defined again keeps its tier", () => {
  const stream = world().tick(0).reserve("ana", cores(1)).user("ana", "premium").tick(HOUR).reserve("ana", cores(3));
  const { byTier } = measure(stream, { toMs: 2 * HOUR });
  assert.equal([byTier.standard?.headroom_cpu_core_hours, byTier.premium?.headroom_cpu_core_hours], [1 + 3, 0]);
});

test("with an unlimited pool nothing is free and there are no node hours: null", () => {
  const stream = new Stream().tier().pool("cloud", { unlimited: true }).user("ana").app("web").tick(0).reserve("ana", ONE);
  const { overall, timeline } = measure(stream, { toMs: HOUR });
  assert.is(timeline.parts.free, null);
  assert.equal([overall.node_hours, overall.capacity_cost], [null, null]);
  assert.is(overall.headroom_cpu_core_hours, 1);
  const mixed = measure(world().pool("cloud", { unlimited: true }), { toMs: HOUR });
  assert.equal([mixed.timeline.parts.free, mixed.overall.node_hours], [null, null]);
  assert.is(measure(new Stream().tier(), { toMs: HOUR }).overall.node_hours, null);
});

test.run();
