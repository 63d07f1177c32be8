import { test } from "uvu";
import * as assert from "uvu/assert";
import { measure } from "../../support/measure.ts";
import { Stream } from "../../support/stream.ts";

const world = () =>
  new Stream()
    .tier("premium", { targetStartMs: 500 })
    .tier("standard", { targetStartMs: 1000 })
    .tier("best-effort", { targetStartMs: 60_000 })
    .pool()
    .user("ana", "premium")
    .user("bob", "standard")
    .user("cem", "best-effort")
    .app("web");

const cold = (stream: Stream, request: string, user: string, startMs: number) =>
  stream
    .arrive(0, request, user, "web")
    .launch(`i-${request}`, "web", { request })
    .placed(0, `i-${request}`)
    .ready(startMs, `i-${request}`);

test("a start violates when its latency is over the tier's target, not at it", () => {
  const late = measure(cold(world(), "r1", "bob", 1001), { toMs: 10_000 }).overall;
  const inTime = measure(cold(world(), "r1", "bob", 1000), { toMs: 10_000 }).overall;
  assert.equal([late.sla_violations, late.sla_violation_fraction], [1, 1]);
  assert.equal([inTime.sla_violations, inTime.sla_violation_fraction], [0, 0]);
});

test("each tier has its own target and its own price", () => {
  // All three start after 700 ms: over 500 (premium), under 1000 and 60,000. One request is rejected: best-effort.
  // Violations 2 of 4. Cost 1 × 0.05 + 1 × 0.002 = 0.052.
  const stream = world();
  for (const [i, user] of ["ana", "bob", "cem"].entries()) {
    stream
      .arrive(0, `r${i}`, user, "web")
      .launch(`i${i}`, "web", { request: `r${i}` })
      .placed(0, `i${i}`);
  }
  for (let i = 0; i < 3; i++) stream.ready(700, `i${i}`);
  stream.arrive(800, "r3", "cem", "web").reject("r3");
  const { overall, byTier } = measure(stream, { toMs: 10_000 });
  assert.equal([overall.requests, overall.rejected, overall.sla_violations, overall.sla_violation_fraction], [4, 1, 2, 0.5]);
  assert.is(overall.violation_cost, 0.05 + 0.002);
  assert.equal([byTier.premium?.sla_violations, byTier.premium?.violation_cost], [1, 0.05]);
  assert.equal([byTier.standard?.sla_violations, byTier.standard?.violation_cost], [0, 0]);
  assert.equal([byTier["best-effort"]?.rejected, byTier["best-effort"]?.sla_violation_fraction], [1, 0.5]);
});

test("a request violates once, whatever happens to it", () => {
  // r1 starts too late, is preempted, waits and is rejected.
  const stream = cold(world(), "r1", "bob", 5000).tick(6000).preempt("i-r1", "r1").tick(7000).reject("r1");
  const { overall } = measure(stream, { toMs: 10_000 });
  assert.equal([overall.started, overall.rejected, overall.sla_violations, overall.unfinished], [1, 1, 1, 0]);
});

test("without requests there is no fraction, no latency and no percentile: null, not 0", () => {
  const { overall, byTier, latency } = measure(cold(world(), "r1", "bob", 700), { toMs: 10_000 });
  assert.is(overall.requests, 1);
  assert.equal(
    latency.map(({ tier }) => tier),
    ["standard"],
  );
  const none = byTier.premium!;
  assert.is(none.requests, 0);
  for (const name of [
    "cold_fraction",
    "sla_violation_fraction",
    "start_latency_ms_mean",
    "start_latency_ms_p50",
    "start_latency_ms_p95",
    "start_latency_ms_p99",
    "start_latency_ms_max",
    "queue_wait_ms_mean",
    "queue_wait_ms_p99",
    "node_wait_ms_mean",
    "startup_wait_ms_mean",
    "gap_closed",
  ]) {
    assert.is(none[name], null, name);
  }
});

test.run();
