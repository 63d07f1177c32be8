import { test } from "uvu";
import * as assert from "uvu/assert";
import { measure } from "../../support/measure.ts";
import { ONE, Stream } from "../../support/stream.ts";

const HOUR = 3_600_000;
const world = () => new Stream().tier().pool().user("ana").user("bob").app("web").node(0, "n1", ONE).node(0, "n2", ONE);

/** r1 of ana is cold on i1: placed at 0 on n1, executing from 1 h. */
const running = () =>
  world().arrive(0, "r1", "ana", "web").launch("i1", "web", { request: "r1" }).placed(0, "i1", "n1").ready(HOUR, "i1");

test("a preempted request keeps the latency of its first start; what it had executed is lost work", () => {
  // Executing 1–3 h, preempted at 3 h: 2 h lost. It restarts warm at 5 h. Latency: 1 h, path cold, one preemption.
  const stream = running()
    .tick(3 * HOUR)
    .preempt("i1", "r1")
    .tick(5 * HOUR)
    .bind("i1", "r1");
  const { overall } = measure(stream, { toMs: 10 * HOUR });
  assert.is(overall.preemptions, 1);
  assert.is(overall.lost_work_instance_hours, 2);
  assert.equal([overall.requests, overall.started, overall.cold_starts, overall.warm_starts], [1, 1, 1, 0]);
  assert.is(overall.start_latency_ms_max, HOUR);
  assert.is(overall.queue_wait_ms_mean, 0);
  assert.is(overall.unfinished, 0);
  // busy 1–3 h and 5–10 h, idle 3–5 h
  assert.equal([overall.busy_instance_hours, overall.idle_instance_hours], [7, 2]);
});

test("lost work is cut at m0", () => {
  // As above with m0 = 2 h: of the 2 h lost, 1 h lies in the window. The request arrived before m0 and is not counted.
  const stream = running()
    .tick(3 * HOUR)
    .preempt("i1", "r1");
  const { overall } = measure(stream, { fromMs: 2 * HOUR, toMs: 10 * HOUR });
  assert.equal([overall.requests, overall.preemptions, overall.lost_work_instance_hours], [0, 1, 1]);
  assert.is(measure(stream, { fromMs: 4 * HOUR, toMs: 10 * HOUR }).overall.preemptions, 0);
});

test("an instance lost while it starts: its request waits again, and its first start is the second instance's", () => {
  // Arrives 0, launched at once; no place until it is lost at 300: node 300. Waits until 1000: queue 700. Launched at 1000,
  // placed at 1200 (node 200), ready at 2000 (start-up 800). Latency 2000 = queue 700 + node 500 + start-up 800.
  const stream = world()
    .arrive(0, "r1", "ana", "web")
    .launch("i1", "web", { request: "r1" })
    .lost(300, "i1")
    .queue("r1")
    .tick(1000)
    .launch("i2", "web", { request: "r1" })
    .placed(1200, "i2", "n1")
    .ready(2000, "i2");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.is(overall.start_latency_ms_mean, 2000);
  assert.equal([overall.queue_wait_ms_mean, overall.node_wait_ms_mean, overall.startup_wait_ms_mean], [700, 500, 800]);
  assert.is(overall.cold_starts, 1);
  assert.is(overall.lost_work_instance_hours, 0);
  // starting 0–300 and 1000–2000
  assert.is(overall.startup_instance_hours, 1300 / HOUR);
});

test("the path is the first one, even if that instance never was ready", () => {
  // r1 joins a starting shadow (late), which is lost; then it starts on a new one. Placed at 0, lost at 400: start-up 400.
  const stream = world()
    .tick(0)
    .launch("i1", "web")
    .placed(0, "i1", "n1")
    .arrive(100, "r1", "ana", "web")
    .bind("i1", "r1")
    .lost(400, "i1")
    .launch("i2", "web", { request: "r1" })
    .placed(400, "i2", "n2")
    .ready(1400, "i2");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.equal([overall.late_starts, overall.cold_starts], [1, 0]);
  assert.equal([overall.start_latency_ms_max, overall.startup_wait_ms_mean, overall.queue_wait_ms_mean], [1300, 1300, 0]);
});

test("a lost node takes its capacity and every instance on it, wherever its place was told", () => {
  // n1 holds i1 (told by instance_placed), n2 holds i2 (told by its launch). n1 is lost at 3 h: r1 had executed 2 h.
  const stream = running()
    .tick(HOUR)
    .launch("i2", "web", { user: "bob", node: "n2" })
    .nodeLost(3 * HOUR, "n1");
  const { overall } = measure(stream, { toMs: 10 * HOUR });
  assert.is(overall.lost_work_instance_hours, 2);
  assert.is(overall.busy_instance_hours, 2);
  assert.is(overall.startup_instance_hours, 1 + 9); // i1 0–1 h, i2 1–10 h
  assert.is(overall.node_hours, 3 + 10);
  const both = measure(
    running()
      .tick(HOUR)
      .launch("i2", "web", { user: "bob", node: "n2" })
      .nodeLost(3 * HOUR, "n2"),
    { toMs: 10 * HOUR },
  );
  assert.equal([both.overall.busy_instance_hours, both.overall.startup_instance_hours], [9, 1 + 2]);
});

test("a failed launch holds nothing from then on, and its request waits again", () => {
  const stream = world().arrive(0, "r1", "ana", "web").launch("i1", "web", { request: "r1" });
  stream.failed(2 * HOUR, stream.last).queue("r1");
  const { overall } = measure(stream, { toMs: 10 * HOUR });
  assert.equal([overall.startup_instance_hours, overall.unfinished, overall.cold_starts], [2, 1, 1]);
});

test("a refused resumption leaves it suspended, and its request waits again", () => {
  // Ready from 0 to 1 h, suspended; resumed at 2 h, refused at 3 h: it starts up for 1 h, then holds nothing.
  const stream = world()
    .tick(0)
    .launch("i1", "web", { user: "ana" })
    .placed(0, "i1")
    .ready(0, "i1")
    .suspend("i1")
    .suspended(HOUR, "i1");
  stream.arrive(2 * HOUR, "r1", "ana", "web").resume("i1");
  const resumption = stream.last;
  stream
    .bind("i1", "r1")
    .failed(3 * HOUR, resumption)
    .queue("r1");
  const { overall } = measure(stream, { toMs: 5 * HOUR });
  assert.equal([overall.startup_instance_hours, overall.resumed_starts, overall.unfinished], [1, 1, 1]);
});

test("of two launches in one step the failed one is told by its place; a failure told after ready changes nothing", () => {
  // i2 (place 1) fails at 0.5 h, while both start. i1 (place 0) gets ready at 1 h; its failure, told at 3 h, comes too late.
  const stream = world().tick(0).launch("i1", "web", { user: "ana" });
  const first = stream.last;
  stream.launch("i2", "web", { user: "bob" });
  const second = stream.last;
  stream
    .placed(0, "i1", "n1")
    .failed(0.5 * HOUR, second)
    .ready(HOUR, "i1")
    .failed(3 * HOUR, first);
  const { overall } = measure(stream, { toMs: 10 * HOUR });
  assert.equal([overall.startup_instance_hours, overall.idle_instance_hours], [1 + 0.5, 9]);
});

test("a failed stop leaves the instance where it was", () => {
  const stream = running()
    .end(2 * HOUR, "r1")
    .stop("i1");
  stream.failed(3 * HOUR, stream.last, "timeout");
  assert.is(measure(stream, { toMs: 10 * HOUR }).overall.idle_instance_hours, 8);
});

test("a cancelled request leaves its instance; one that never started has no latency", () => {
  // Target 1000 ms. r1 is cancelled at 800 while i1 starts: no violation, and i1, ana's, is idle from ready on. r2 waits from
  // 2000 and is cancelled at 3001, past its target: a violation. r3 runs on i1 from 4000 and is cancelled at 6000: it had started in time.
  const stream = world()
    .arrive(0, "r1", "ana", "web")
    .launch("i1", "web", { request: "r1" })
    .placed(0, "i1", "n1")
    .cancel(800, "r1")
    .ready(1000, "i1")
    .arrive(2000, "r2", "bob", "web")
    .queue("r2")
    .cancel(3001, "r2")
    .arrive(4000, "r3", "ana", "web")
    .bind("i1", "r3")
    .cancel(6000, "r3");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.equal([overall.requests, overall.cancelled, overall.started, overall.unfinished], [3, 3, 1, 0]);
  assert.is(overall.sla_violations, 1);
  assert.is(overall.start_latency_ms_max, 0);
  assert.is(overall.busy_instance_hours, 2000 / HOUR);
  assert.is(overall.idle_instance_hours, (3000 + 4000) / HOUR);
});

test("outcomes that name what is already gone change nothing", () => {
  const stream = running()
    .lost(2 * HOUR, "i1")
    .ready(2 * HOUR, "i1")
    .stopped(3 * HOUR, "i1")
    .end(3 * HOUR, "r9")
    .nodeLost(4 * HOUR, "n3");
  const { overall } = measure(stream, { toMs: 10 * HOUR });
  assert.equal([overall.busy_instance_hours, overall.node_hours, overall.unfinished], [1, 20, 0]);
});

test("an instance that is told to be ready twice goes on with what it runs", () => {
  // Executing from 1 h, told ready again at 2 h, preempted at 3 h: 2 h are lost, not 1 h.
  const stream = running()
    .ready(2 * HOUR, "i1")
    .tick(3 * HOUR)
    .preempt("i1", "r1");
  assert.is(measure(stream, { toMs: 10 * HOUR }).overall.lost_work_instance_hours, 2);
});

test("a decision that names what does not exist is a bug and stops the account", () => {
  const refused = (stream: Stream) =>
    assert.throws(() => measure(stream, { toMs: HOUR }), /^metrics: .* is named before it exists/);
  refused(world().tick(0).bind("i1", "r1"));
  refused(world().arrive(0, "r1", "ana", "web").bind("i1", "r1"));
  refused(world().arrive(0, "r1", "eve", "web"));
  refused(world().tick(0).launch("i1", "game"));
  refused(world().tick(0).preempt("i1", "r1"));
});

test.run();
