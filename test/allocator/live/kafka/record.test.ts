import { test } from "uvu";
import * as assert from "uvu/assert";
import { RecentIds } from "../../../../allocator/live/kafka/recent-ids.ts";
import { readRecord } from "../../../../allocator/live/kafka/record.ts";

function read(value: unknown): ReturnType<typeof readRecord> {
  return readRecord(typeof value === "string" ? Buffer.from(value) : Buffer.from(JSON.stringify(value)));
}

/** What is wrong, in short. */
function wrong(value: unknown): string[] {
  const record = read(value);
  if ("told" in record) throw new Error(`it is a record: ${JSON.stringify(record)}`);
  return record.map(({ path, found }) => `${path} ${found}`);
}

test("each kind is read, with what may be left out", () => {
  const amounts = { cpuMillis: 0, memoryMiB: 0, gpuMillis: 0, networkKbps: 0 };
  assert.equal(read({ kind: "arrived", request: "r", user: "u", app: "a" }), {
    id: null,
    told: { kind: "arrived", request: "r", user: "u", app: "a", requested: null },
  });
  assert.equal(read({ kind: "ended", id: "1", request: "r" }), { id: "1", told: { kind: "ended", request: "r" } });
  assert.equal(read({ kind: "usage", id: "x", user: "u", used: { gpuMillis: 5 }, windowMs: 1 }), {
    id: "x",
    told: { kind: "usage", user: "u", used: { ...amounts, gpuMillis: 5 }, windowMs: 1, saturated: false },
  });
});

test("everything that is wrong with a record is said, by its path", () => {
  assert.match(wrong("{")[0]!, /^\(record\) Expected property name/);
  for (const value of ["", "7", "[]", "null", '"x"', "{}"]) assert.ok(wrong(value).length > 0, value);
  assert.equal(wrong({ kind: "payment" }), ['kind "payment"']);
  assert.equal(wrong({ kind: "ended", request: "", user: "u" }), ['user "user"', 'request ""']);
  assert.equal(wrong({ kind: "usage", user: "x".repeat(254), used: { cpuMillis: -1, disk: 1 }, windowMs: 0, saturated: "no" }), [
    'saturated "no"',
    'used.disk "disk"',
    "used.cpuMillis -1",
    "windowMs 0",
    `user "${"x".repeat(254)}"`,
  ]);
  assert.equal(wrong({ kind: "arrived", request: "r", user: "u", app: "a", requested: [1] }), ["requested [1]"]);
  assert.equal(wrong({ kind: "ended", request: "x".repeat(70_000) }), ["(record) 70029 bytes"]);
  for (const value of [null, undefined, Buffer.from([0xff])]) assert.not.ok("told" in readRecord(value));
});

test("so many ids are known, and the oldest is forgotten first", () => {
  const ids = new RecentIds(2);
  ids.add(["a", "b"]);
  ids.add(["a", "c"]);
  assert.equal(
    ["a", "b", "c"].map((id) => ids.has(id)),
    [false, true, true],
  );
});

test.run();
