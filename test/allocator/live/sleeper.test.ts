import { test } from "uvu";
import * as assert from "uvu/assert";
import { Backoff, jittered } from "../../../allocator/live/backoff.ts";
import { Sleeper } from "../../../allocator/live/sleeper.ts";
import { ManualClock } from "../../support/manual-clock.ts";

test("whoever sleeps wakes at the instant, or when it is ended; then nobody sleeps again", async () => {
  const clock = new ManualClock(1_000);
  const sleeper = new Sleeper(clock);
  const woken: string[] = [];
  const first = sleeper.until(1_500).then(() => woken.push("first"));
  const second = sleeper.until(9_000).then(() => woken.push("second"));
  await clock.pass(499);
  assert.equal(woken, []);
  await clock.pass(1);
  await first;
  assert.equal(woken, ["first"]);
  sleeper.end();
  await second;
  assert.ok(sleeper.isOver);
  await sleeper.until(1e12);
  assert.is(clock.nowMs(), 1_500);
});

test("each failure doubles the wait, up to a bound, and a success begins anew; chance takes off half at most", () => {
  const backoff = new Backoff(100, 350);
  assert.equal(
    [1, 2, 3, 4].map(() => backoff.nextMs()),
    [100, 200, 350, 350],
  );
  assert.is(backoff.failures, 4);
  backoff.worked();
  assert.is(backoff.nextMs(), 100);
  const drawn = Array.from({ length: 1_000 }, () => jittered(100));
  assert.ok(drawn.every((ms) => ms >= 50 && ms <= 100));
  assert.ok(new Set(drawn).size > 10);
});

test.run();
