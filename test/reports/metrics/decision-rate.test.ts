import { test } from "uvu";
import * as assert from "uvu/assert";
import { measure } from "../../support/measure.ts";
import { amounts, ONE, Stream } from "../../support/stream.ts";

const DAY = 86_400_000;
const cores = (count: number) => amounts({ cpuMillis: 1000 * count });

test("reserve, release and resize count, by user and day; days without any count as 0", () => {
  // 2 users × 2 days = 4 user-days. ana, day 1: reserve, reserve, release, resize = 4; day 2: 1. bob: 0, 0.
  // Sorted 0, 0, 1, 4: p99 is the ⌈3.96⌉ = 4th: 4. bob's tier: 0.
  const stream = new Stream()
    .tier("standard")
    .tier("premium")
    .pool()
    .user("ana")
    .user("bob", "premium")
    .app("web")
    .tick(0)
    .reserve("ana", cores(1))
    .launch("i1", "web", { user: "ana" })
    .tick(1)
    .reserve("ana", cores(2))
    .release("ana")
    .resize("i1", cores(2))
    .tick(DAY)
    .reserve("ana", cores(1));
  const { overall, byTier } = measure(stream, { toMs: 2 * DAY });
  assert.is(overall.decisions_per_user_day_p99, 4);
  assert.is(byTier.standard?.decisions_per_user_day_p99, 4);
  assert.is(byTier.premium?.decisions_per_user_day_p99, 0);
});

test("days begin at m0 and what was decided before does not count; a resized shadow is nobody's", () => {
  // m0 = 12 h: five decisions at 11 h do not count; one each at 13 h and 35 h fall into day 1 (12–36 h), one at 37 h into day 2.
  const HOUR = 3_600_000;
  const stream = new Stream().tier().pool().user("ana").app("web").tick(0).launch("s", "web");
  for (const [hour, count] of [
    [11, 5],
    [13, 1],
    [35, 1],
    [37, 1],
  ] as const) {
    stream.tick(hour * HOUR).resize("s", ONE);
    for (let i = 0; i < count; i++) stream.reserve("ana", cores(i));
  }
  const { overall } = measure(stream, { fromMs: 12 * HOUR, toMs: 60 * HOUR });
  assert.is(overall.decisions_per_user_day_p99, 2);
});

test("nearest rank over many user-days: of 200, the 198th", () => {
  // 100 users × 2 days, the second only begun, two user-days with 7 decisions, one with 3: sorted … 0, 3, 7, 7;
  // ⌈0.99 × 200⌉ = 198th: 3. With 100 users of another tier, who change nothing, 400 user-days: the 396th is 0.
  const stream = new Stream().tier().tier("premium").pool();
  for (let i = 0; i < 100; i++) stream.user(`u${i}`);
  for (let i = 100; i < 200; i++) stream.user(`u${i}`, "premium");
  stream.tick(0);
  for (const [user, count] of [
    ["u0", 7],
    ["u1", 7],
    ["u2", 3],
  ] as const) {
    for (let i = 0; i < count; i++) stream.reserve(user, cores(i));
  }
  const { overall, byTier } = measure(stream, { toMs: 1.5 * DAY });
  assert.is(byTier.standard?.decisions_per_user_day_p99, 3);
  assert.is(overall.decisions_per_user_day_p99, 0);
});

test("decisions are counted by kind; overall with nobody's, by tier without", () => {
  // From 1 ms on. ana: 2 reserve, 1 release, 1 resize, 1 launch, 1 stop. Nobody: 1 launch, 1 resize. bob: 1 launch.
  // Changes of users' allocations: 2 + 1 + 1 = 4 in 2 user-days: 2 a day; ana's tier 4, bob's 0.
  const stream = new Stream()
    .tier("standard")
    .tier("premium")
    .pool()
    .user("ana")
    .user("bob", "premium")
    .app("web")
    .tick(0)
    .reserve("ana", cores(9))
    .tick(1)
    .reserve("ana", cores(1))
    .launch("i1", "web", { user: "ana" })
    .launch("i2", "web", { user: "bob" })
    .launch("s", "web")
    .tick(2)
    .reserve("ana", cores(2))
    .release("ana")
    .resize("i1", cores(2))
    .resize("s", cores(2))
    .stop("i1");
  const { overall, byTier } = measure(stream, { fromMs: 1, toMs: DAY });
  const counts = (of: typeof overall) =>
    ["reserve", "release", "resize", "launch", "stop"].map((kind) => of[`${kind}_decisions`]);
  assert.equal(counts(overall), [2, 1, 2, 3, 1]);
  assert.equal(counts(byTier.standard!), [2, 1, 1, 1, 1]);
  assert.equal(counts(byTier.premium!), [0, 0, 0, 1, 0]);
  assert.is(overall.decisions_per_user_day_mean, 2);
  assert.is(byTier.standard?.decisions_per_user_day_mean, 4);
  assert.is(byTier.premium?.decisions_per_user_day_mean, 0);
});

test("without users there is no user-day: null", () => {
  assert.is(measure(new Stream().tier().tick(0), { toMs: DAY }).overall.decisions_per_user_day_p99, null);
});

test.run();
