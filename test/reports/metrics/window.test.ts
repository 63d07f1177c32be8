import { test } from "uvu";
import * as assert from "uvu/assert";
import { TimeBins } from "../../../reports/metrics/time-bins.ts";
import { measure } from "../../support/measure.ts";
import { amounts, Stream } from "../../support/stream.ts";

const HOUR = 3_600_000;

/** One instance from 0 to 10 h; r1 runs 1–4 h, r2 runs 6–9 h. */
const twoRuns = () =>
  new Stream()
    .tier()
    .pool()
    .user("ana")
    .app("web")
    .arrive(0, "r1", "ana", "web")
    .launch("i1", "web", { request: "r1" })
    .placed(0, "i1")
    .ready(HOUR, "i1")
    .end(4 * HOUR, "r1")
    .arrive(6 * HOUR, "r2", "ana", "web")
    .bind("i1", "r2")
    .end(9 * HOUR, "r2")
    .stop("i1")
    .stopped(10 * HOUR, "i1");

test("requests count by their arrival in [m0, t1); capacity integrates over [m0, t1)", () => {
  // Window [2 h, 8 h): r1 arrived before it; r2 arrived in it and starts warm at once. Busy: 2–4 h and 6–8 h = 4 h (r2's end
  // lies behind t1 and is cut). Idle: 4–6 h = 2 h.
  const { overall } = measure(twoRuns(), { fromMs: 2 * HOUR, toMs: 8 * HOUR });
  assert.is(overall.requests, 1);
  assert.is(overall.warm_starts, 1);
  assert.is(overall.cold_starts, 0);
  assert.is(overall.busy_instance_hours, 4);
  assert.is(overall.idle_instance_hours, 2);
  assert.is(overall.startup_instance_hours, 0);
});

test("an arrival at m0 counts, one at t1 does not, nor does anything else at t1", () => {
  // [6 h, 9 h): r2 arrives at m0. At 9 h, which is t1, it ends, but the window has closed: 3 h busy.
  const first = measure(twoRuns(), { fromMs: 6 * HOUR, toMs: 9 * HOUR }).overall;
  assert.is(first.requests, 1);
  assert.is(first.busy_instance_hours, 3);
  // [0, 6 h): r2 arrives at t1. r1: 1 h start-up, 3 h busy, 2 h idle.
  const second = measure(twoRuns(), { toMs: 6 * HOUR }).overall;
  assert.is(second.requests, 1);
  assert.is(second.cold_starts, 1);
  assert.is(second.startup_instance_hours, 1);
  assert.is(second.busy_instance_hours, 3);
  assert.is(second.idle_instance_hours, 2);
});

test("what waits or starts up at t1 is unfinished; it violates once it has waited past its target", () => {
  // Targets 1000 ms. At t1 = 10,000: r1 arrived at 9000 and waits: 1000 ms is not past the target. r2 arrived at 8999: 1001 ms is.
  // r3 arrived at 5000, was launched for at once and is still starting: it waited 5000 ms. All three are unfinished.
  const stream = new Stream()
    .tier()
    .pool()
    .user("ana")
    .app("web")
    .arrive(5000, "r3", "ana", "web")
    .launch("i3", "web", { request: "r3" })
    .arrive(8999, "r2", "ana", "web")
    .queue("r2")
    .arrive(9000, "r1", "ana", "web")
    .queue("r1");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.is(overall.requests, 3);
  assert.is(overall.started, 0);
  assert.is(overall.unfinished, 3);
  assert.is(overall.sla_violations, 2);
  assert.is(overall.cold_starts, 1); // r3's path was fixed when it was bound
  assert.is(overall.cold_fraction, 1 / 3);
  assert.is(overall.start_latency_ms_mean, null);
});

test("bins are of equal length, the last cut short; a level's integral falls into the bins it spans", () => {
  // [1000, 11,000) in at most 3 bins: ⌈10,000 / 3⌉ = 3334 ms, bins end at 4334, 7668 and 11,000 (3332 ms long).
  const bins = new TimeBins(1000, 11_000, 3);
  assert.equal([bins.count, bins.binMs, bins.endMs(0), bins.endMs(2), bins.lengthMs(2)], [3, 3334, 4334, 11_000, 3332]);
  // 1000 millicores headroom from 2667 to 7668: bin 0 has 1667 of 3334 ms (mean 500), bin 1 all of it (1000), bin 2 none.
  const stream = new Stream()
    .tier()
    .pool()
    .user("ana")
    .tick(2667)
    .reserve("ana", amounts({ cpuMillis: 1000 }))
    .tick(7668)
    .release("ana");
  const { timeline } = measure(stream, { fromMs: 1000, toMs: 11_000, bins: 3 });
  assert.equal([timeline.startMs, timeline.binMs, timeline.bins], [1000, 3334, 3]);
  assert.equal(timeline.parts.headroom?.cpuMillis, [500, 1000, 0]);
});

test("a window shorter than its bins has one bin a millisecond, and an empty window is refused", () => {
  assert.is(new TimeBins(0, 5, 336).count, 5);
  assert.throws(() => new TimeBins(5, 5, 336), /window/);
  assert.throws(() => new TimeBins(0, 5, 0), /bins/);
});

test.run();
