import { test } from "uvu";
import * as assert from "uvu/assert";
import { measure } from "../../support/measure.ts";
import { ONE, Stream } from "../../support/stream.ts";

const world = () => new Stream().tier().pool().user("ana").user("bob").app("web").app("pair", { concurrency: 2 });

test("a cold start's latency is queue + node + start-up", () => {
  // Arrives at 1000 and waits; launched at 1300 (queue 300); placed at 1700 (node 400); ready at 2500 (start-up 800).
  // Latency 2500 − 1000 = 1500 = 300 + 400 + 800.
  const stream = world()
    .arrive(1000, "r1", "ana", "web")
    .queue("r1")
    .tick(1300)
    .launch("i1", "web", { request: "r1" })
    .placed(1700, "i1")
    .ready(2500, "i1")
    .end(3000, "r1");
  const { overall, latency } = measure(stream, { toMs: 10_000 });
  assert.is(overall.cold_starts, 1);
  assert.is(overall.cold_fraction, 1);
  assert.is(overall.start_latency_ms_mean, 1500);
  assert.is(overall.queue_wait_ms_mean, 300);
  assert.is(overall.node_wait_ms_mean, 400);
  assert.is(overall.startup_wait_ms_mean, 800);
  assert.equal(latency, [{ tier: "standard", path: "cold", requests: 1, points: [[1500, 1]] }]);
});

test("warm: bound to a ready instance of its own, it starts at once", () => {
  // r1 cold: 0 → 1000. r2 arrives at 5000, when i1 is idle: latency 0.
  const stream = world()
    .arrive(0, "r1", "ana", "web")
    .launch("i1", "web", { request: "r1" })
    .placed(0, "i1")
    .ready(1000, "i1")
    .end(2000, "r1")
    .arrive(5000, "r2", "ana", "web")
    .bind("i1", "r2");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.equal([overall.cold_starts, overall.warm_starts], [1, 1]);
  assert.equal([overall.start_latency_ms_p50, overall.start_latency_ms_max], [0, 1000]);
});

test("warm: prewarmed for the user, though never used", () => {
  const stream = world()
    .tick(0)
    .launch("i1", "web", { user: "ana" })
    .placed(0, "i1")
    .ready(1000, "i1")
    .arrive(2000, "r1", "ana", "web")
    .bind("i1", "r1");
  assert.is(measure(stream, { toMs: 10_000 }).overall.warm_starts, 1);
});

test("shadow: bound to a ready instance that nobody has had; the next request finds it warm", () => {
  const stream = world()
    .tick(0)
    .launch("i1", "web")
    .placed(0, "i1")
    .ready(1000, "i1")
    .arrive(2000, "r1", "ana", "web")
    .bind("i1", "r1")
    .end(3000, "r1")
    .arrive(4000, "r2", "ana", "web")
    .bind("i1", "r2");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.equal([overall.shadow_starts, overall.warm_starts], [1, 1]);
  assert.is(overall.start_latency_ms_max, 0);
});

test("late: bound to an instance that is starting, it waits the remainder", () => {
  // The shadow is launched at 0, placed at 600, ready at 1000. r1 arrives at 200: 400 ms for the place, 400 ms start-up.
  const stream = world()
    .tick(0)
    .launch("i1", "web")
    .arrive(200, "r1", "ana", "web")
    .bind("i1", "r1")
    .placed(600, "i1")
    .ready(1000, "i1");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.is(overall.late_starts, 1);
  assert.is(overall.start_latency_ms_mean, 800);
  assert.equal([overall.queue_wait_ms_mean, overall.node_wait_ms_mean, overall.startup_wait_ms_mean], [0, 400, 400]);
});

test("late: joining an instance that starts for another request, where two may share it", () => {
  // r1 is cold (0 → 1000), r2 joins at 700: 300 ms, all of it start-up, as the place was known.
  const stream = world()
    .arrive(0, "r1", "ana", "pair")
    .launch("i1", "pair", { request: "r1" })
    .placed(0, "i1")
    .arrive(700, "r2", "ana", "pair")
    .bind("i1", "r2")
    .ready(1000, "i1");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.equal([overall.cold_starts, overall.late_starts], [1, 1]);
  assert.is(overall.start_latency_ms_mean, (1000 + 300) / 2);
  assert.is(overall.startup_wait_ms_mean, (1000 + 300) / 2);
});

test("resumed: bound to a suspended instance, it waits for the resumption", () => {
  // Suspended at 3000; r2 arrives at 5000: resume and bind in one step, ready at 5200.
  for (const resumeFirst of [true, false]) {
    const stream = world()
      .arrive(0, "r1", "ana", "web")
      .launch("i1", "web", { request: "r1" })
      .placed(0, "i1")
      .ready(1000, "i1")
      .end(2000, "r1")
      .suspend("i1")
      .suspended(3000, "i1")
      .arrive(5000, "r2", "ana", "web");
    if (resumeFirst) stream.resume("i1").bind("i1", "r2");
    else stream.bind("i1", "r2").resume("i1");
    const { overall } = measure(stream.ready(5200, "i1"), { toMs: 10_000 });
    assert.equal([overall.cold_starts, overall.resumed_starts, overall.late_starts], [1, 1, 0]);
    assert.is(overall.start_latency_ms_p50, 200);
    assert.is(overall.node_wait_ms_mean, 0);
    assert.is(overall.startup_wait_ms_mean, (1000 + 200) / 2);
  }
});

test("an instance of a shared app is warm for anybody once it has been used", () => {
  const stream = world()
    .app("tool", { shared: true })
    .arrive(0, "r1", "ana", "tool")
    .launch("i1", "tool", { request: "r1" })
    .placed(0, "i1")
    .ready(1000, "i1")
    .end(2000, "r1")
    .arrive(3000, "r2", "bob", "tool")
    .bind("i1", "r2");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.equal([overall.cold_starts, overall.warm_starts, overall.shadow_starts], [1, 1, 0]);
});

test("percentiles are nearest-rank over every value, the mean is exact", () => {
  // Latencies 10, 20, …, 1000: 100 values. Nearest rank: p50 is the 50th (500), p95 the 95th (950), p99 the 99th (990).
  // With one more of 5000 there are 101: ⌈0.5·101⌉ = 51st (510), ⌈95.95⌉ = 96th (960), ⌈99.99⌉ = 100th (1000), max 5000.
  const run = (count: number, extra: number[]) => {
    const stream = world();
    const waits = [...Array.from({ length: count }, (_, i) => 10 * (i + 1)), ...extra];
    for (const [i, wait] of waits.entries()) {
      stream.arrive(10_000 * i, `r${i}`, "ana", "web").queue(`r${i}`);
      stream.tick(10_000 * i + wait).launch(`i${i}`, "web", { request: `r${i}` });
      stream.placed(10_000 * i + wait, `i${i}`).ready(10_000 * i + wait, `i${i}`);
    }
    return measure(stream, { toMs: 10_000_000 }).overall;
  };
  const hundred = run(100, []);
  assert.equal(
    [hundred.start_latency_ms_p50, hundred.start_latency_ms_p95, hundred.start_latency_ms_p99, hundred.start_latency_ms_max],
    [500, 950, 990, 1000],
  );
  assert.is(hundred.start_latency_ms_mean, 505);
  const more = run(100, [5000]);
  assert.equal(
    [more.start_latency_ms_p50, more.start_latency_ms_p95, more.start_latency_ms_p99, more.start_latency_ms_max],
    [510, 960, 1000, 5000],
  );
  assert.is(more.start_latency_ms_mean, (50_500 + 5000) / 101);
  assert.is(more.queue_wait_ms_p99, 1000);
  assert.is(more.startup_wait_ms_mean, 0);
});

test("a request's tier, not its user's, takes its latency", () => {
  const stream = world()
    .tier("premium", { targetStartMs: 100 })
    .arrive(0, "r1", "ana", "web", ONE, "premium")
    .launch("i1", "web", { request: "r1" })
    .placed(0, "i1")
    .ready(1000, "i1");
  const { byTier } = measure(stream, { toMs: 10_000 });
  assert.equal([byTier.premium?.requests, byTier.premium?.start_latency_ms_max, byTier.premium?.sla_violations], [1, 1000, 1]);
  assert.equal([byTier.standard?.requests, byTier.standard?.start_latency_ms_max], [0, null]);
  // The capacity is ana's, who is of the standard tier: 1 s start-up, 9 s busy.
  assert.is(byTier.standard?.busy_instance_hours, 9000 / 3_600_000);
  assert.is(byTier.premium?.busy_instance_hours, 0);
});

test.run();
