import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, BytesError, ByteWriter } from "../../../allocator/core/bytes.ts";

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const time = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const resources = fc.record({ cpuMillis: u32, memoryMiB: u32, gpuMillis: u32, networkKbps: u32 }, { noNullPrototype: true });
const sums = fc.record({ cpuMillis: time, memoryMiB: time, gpuMillis: time, networkKbps: time }, { noNullPrototype: true });
const id = fc.option(fc.integer({ min: 0, max: 0xffff_fffe }));

/** A value with its way out and in. */
const written = fc.oneof(
  fc.integer({ min: 0, max: 255 }).map((value) => ({ value, write: (out: ByteWriter) => out.u8(value), read: "u8" as const })),
  fc.boolean().map((value) => ({ value, write: (out: ByteWriter) => out.bool(value), read: "bool" as const })),
  fc.nat(0xffff).map((value) => ({ value, write: (out: ByteWriter) => out.u16(value), read: "u16" as const })),
  u32.map((value) => ({ value, write: (out: ByteWriter) => out.u32(value), read: "u32" as const })),
  fc.integer().map((value) => ({ value, write: (out: ByteWriter) => out.i32(value), read: "i32" as const })),
  time.map((value) => ({ value, write: (out: ByteWriter) => out.u64(value), read: "u64" as const })),
  id.map((value) => ({ value, write: (out: ByteWriter) => out.optional(value), read: "optional" as const })),
  fc.option(time).map((value) => ({ value, write: (out: ByteWriter) => out.optionalMs(value), read: "optionalMs" as const })),
  resources.map((value) => ({ value, write: (out: ByteWriter) => out.resources(value), read: "resources" as const })),
  sums.map((value) => ({ value, write: (out: ByteWriter) => out.sums(value), read: "sums" as const })),
  fc.uint32Array().map((value) => ({ value, write: (out: ByteWriter) => out.u32s(value), read: "u32s" as const })),
  fc.string({ unit: "binary" }).map((value) => ({ value, write: (out: ByteWriter) => out.text(value), read: "text" as const })),
);

test("what is written is read, whatever it is and whatever stands around it", () => {
  fc.assert(
    fc.property(fc.array(written), (items) => {
      const out = new ByteWriter(1);
      for (const { write } of items) write(out);
      const from = new ByteReader(out.written().slice());
      for (const { read, value } of items) assert.equal(from[read](), value);
      assert.is(from.left, 0);
      assert.is(from.offset, out.length);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("bytes are little-endian and without padding", () => {
  const out = new ByteWriter();
  out.u8(1);
  out.u16(0x0302);
  out.u32(0x0706_0504);
  out.u64(0x0001_0203_0405_0607);
  out.i32(-2);
  out.optional(null);
  out.optionalMs(null);
  assert.equal([...out.written()], [1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1, 0, 254, 255, 255, 255, 255, 255, 255, 255, 0]);
  out.clear();
  assert.is(out.written().length, 0);
});

test("text is UTF-8 behind its length", () => {
  for (const text of ["", "plain", "é", "日本", "🙂 two", "\u0000\u007f\u0080\u07ff\u0800\uffff"]) {
    const out = new ByteWriter();
    out.text(text);
    const utf8 = new TextEncoder().encode(text);
    assert.equal([...out.written()], [utf8.length, 0, 0, 0, ...utf8]);
  }
});

test("bytes that end early are noticed, and no length is believed", () => {
  const huge = new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
  const attempts = [
    () => new ByteReader(new Uint8Array(3)).u32(),
    () => new ByteReader(new Uint8Array(15)).resources(),
    () => new ByteReader(huge).text(),
    () => new ByteReader(huge).u32s(),
  ];
  for (const attempt of attempts) assert.throws(attempt, (error: unknown) => error instanceof BytesError);
});

test.run();
