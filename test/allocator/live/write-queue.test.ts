import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SeenTokens } from "../../../allocator/live/seen-tokens.ts";
import { WriteQueue } from "../../../allocator/live/write-queue.ts";

test("tasks of one key run in order, of all keys at most so many at a time", async () => {
  const queue = new WriteQueue(3);
  const done: string[] = [];
  let running = 0;
  let most = 0;
  for (const key of [0, 1, 2, 3, 4]) {
    for (const step of ["a", "b", "c"]) {
      queue.add(key, async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(step === "a" ? 6 : 1);
        done.push(`${key}${step}`);
        running -= 1;
      });
    }
  }
  await queue.idle();
  assert.is(most, 3);
  for (const key of [0, 1, 2, 3, 4])
    assert.equal(
      done.filter((one) => one.startsWith(String(key))),
      [`${key}a`, `${key}b`, `${key}c`],
    );
  await queue.idle();
});

test("a token is new once", () => {
  const tokens = new SeenTokens();
  assert.ok(tokens.isNew(1, 0));
  assert.ok(tokens.isNew(1, 1));
  assert.ok(tokens.isNew(11, 0));
  assert.not.ok(tokens.isNew(1, 0));
  assert.not.ok(tokens.isNew(11, 0));
});

test.run();
