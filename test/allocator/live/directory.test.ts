import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AllocatorEvent } from "../../../allocator/core/events.ts";
import { Directory } from "../../../allocator/live/directory.ts";

const DAY_MS = 86_400_000;

function told(events: readonly object[], directory = new Directory()): Directory {
  for (const event of events) directory.onStep({ seq: 0, ...event } as unknown as AllocatorEvent, []);
  return directory;
}

const arrived = (request: number, atMs: number) => ({
  kind: "request_arrived",
  request,
  name: `r${request}`,
  user: 0,
  app: 0,
  atMs,
});
const ended = (request: number, atMs: number) => ({ kind: "request_ended", request, atMs });

test("a request that is over is remembered for a day, also through a snapshot; one that is open, for as long as it is", () => {
  const directory = told([arrived(0, 0), arrived(1, 1), ended(1, 10)]);
  assert.is(directory.request("r1")?.state, "ended");
  const restored = new Directory(JSON.parse(JSON.stringify(directory.content(DAY_MS))));
  assert.equal([restored.request("r0")?.state, restored.request("r1")?.state], ["open", "ended"]);
  told([arrived(2, DAY_MS + 5), ended(2, DAY_MS + 11)], restored);
  assert.equal(
    ["r0", "r1", "r2"].map((name) => restored.request(name)?.state),
    ["open", undefined, "ended"],
  );
  assert.is(restored.nextRequest, 3);
});

test("no more than so many are remembered: the first to end are forgotten first", () => {
  const directory = new Directory();
  const count = 200_005;
  for (let i = 0; i < count; i += 1) told([arrived(i, i), ended(i, i)], directory);
  assert.is(directory.request("r4"), undefined);
  assert.is(directory.request("r5")?.state, "ended");
  assert.is(directory.request(`r${count - 1}`)?.state, "ended");
});

test.run();
