import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { frame, isFramed, nextFrame, unframe, unframeAll } from "../../../allocator/journal/framed-gzip.ts";

const chunks = ["", "a", "held", "x".repeat(100_000)].map((text) => Buffer.from(text));
const file = Buffer.concat(chunks.map(frame));

test("any gzip reader reads a series of members as one", () => {
  assert.equal(gunzipSync(file).toString(), Buffer.concat(chunks).toString());
});

test("members are told apart by their own length", () => {
  const found: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const member = unframe(file, at);
    assert.ok(member !== null);
    found.push(Buffer.from(member.chunk));
    at = member.end;
  }
  assert.equal(found.map(String), chunks.map(String));
});

test("a member that is cut is none, and one with a byte changed is none or says the same", () => {
  const content = Buffer.from("who holds how much");
  const member = frame(content);
  for (let at = 0; at < member.length; at += 1) {
    assert.equal(unframe(member.subarray(0, at), 0), null, `cut to ${at} bytes`);
    const changed = Buffer.from(member);
    changed[at] = (changed[at] as number) ^ 0x10;
    const found = unframe(changed, 0); // some bits are no part of the content: of what system it is, and what fills the last byte
    assert.ok(found === null || Buffer.from(found.chunk).equals(content), `byte ${at}`);
  }
});

test("all that are whole are read together, up to the first that is not", () => {
  const text = (bytes: Buffer) => Buffer.concat(unframeAll(bytes).chunks).toString();
  const starts = chunks.map((_, i) => Buffer.concat(chunks.slice(0, i).map(frame)).length);
  assert.ok(isFramed(file));
  assert.equal(unframeAll(file).end, file.length);
  assert.is(text(file), Buffer.concat(chunks).toString());
  for (let size = 0; size < 200; size += 1) {
    const { end } = unframeAll(file.subarray(0, size));
    assert.is(end, starts.filter((start) => start <= size).at(-1), `cut to ${size} bytes`);
  }
  for (let at = 0; at < starts[2]!; at += 1) {
    const changed = Buffer.from(file);
    changed[at] = (changed[at] as number) ^ 0x10;
    const { end } = unframeAll(changed);
    const held = text(changed);
    assert.ok(
      end === file.length ? held === text(file) : starts.includes(end) && end <= at && text(file).startsWith(held),
      `byte ${at}`,
    );
  }
});

test("the next whole member is found behind what is damaged", () => {
  const second = frame(Buffer.from("second"));
  const bytes = Buffer.concat([frame(Buffer.from("first")).subarray(0, 20), Buffer.from([0x1f, 0x8b, 8, 4]), second]);
  assert.is(nextFrame(bytes, 0), bytes.length - second.length);
  assert.is(nextFrame(bytes.subarray(0, -1), 0), -1);
});

test.run();
