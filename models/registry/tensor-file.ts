import { createHash } from "node:crypto";
import { InputError } from "../../datasets/issues.ts";
import { orderedJson } from "../../datasets/ordered-json.ts";
import type { Weights } from "../training/trained-model.ts";

/**
 * JSON and numbers in one file, little-endian:
 *
 *     magic        8 bytes, what the file is
 *     version      u32
 *     header       u32, its length in bytes, of UTF-8 JSON with keys in order
 *     numbers      u32, their length in bytes, of float32
 *     …            the header, then the numbers
 *     checksum     32 bytes, SHA-256 over all of the above
 */
export interface FileKind {
  /** Eight characters of ASCII. */
  readonly magic: string;
  readonly version: number;
  /** For what is said: "a model of PRAE". */
  readonly what: string;
  /** What to do where the file is cut or damaged. */
  readonly whenDamaged: string;
  readonly whenOtherVersion: string;
}

const MAGIC_BYTES = 8;
const PREFIX_BYTES = MAGIC_BYTES + 12;
const CHECKSUM_BYTES = 32;

export function encodeTensors({ magic, version }: FileKind, header: object, tensors: readonly Weights[]): Uint8Array {
  const json = Buffer.from(orderedJson(header));
  const numbers = Buffer.concat(tensors.map(({ values }) => littleEndian(values)));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(magic, "latin1");
  prefix.writeUInt32LE(version, MAGIC_BYTES);
  prefix.writeUInt32LE(json.length, MAGIC_BYTES + 4);
  prefix.writeUInt32LE(numbers.length, MAGIC_BYTES + 8);
  const content = Buffer.concat([prefix, json, numbers]);
  return Buffer.concat([content, createHash("sha256").update(content).digest()]);
}

/**
 * The header, whose shape is for the caller to check, and the numbers.
 * @param where the file, for what is said when it is refused.
 * @throws InputError when the bytes are of something else or of another version, cut or damaged.
 */
export function decodeTensors(kind: FileKind, bytes: Uint8Array, where: string): { header: unknown; numbers: Float32Array } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse = (expected: string, found: string, hint = kind.whenDamaged): never => {
    throw new InputError([{ where, expected, found, hint }]);
  };
  if (file.length < PREFIX_BYTES || file.toString("latin1", 0, MAGIC_BYTES) !== kind.magic) {
    refuse(kind.what, file.length === 0 ? "an empty file" : "something else");
  }
  const version = file.readUInt32LE(MAGIC_BYTES);
  if (version !== kind.version) refuse(`${kind.what}, version ${kind.version}`, `version ${version}`, kind.whenOtherVersion);
  const headerBytes = file.readUInt32LE(MAGIC_BYTES + 4);
  const size = PREFIX_BYTES + headerBytes + file.readUInt32LE(MAGIC_BYTES + 8) + CHECKSUM_BYTES;
  if (file.length !== size) {
    refuse(`${size} bytes`, `${file.length} bytes: ${file.length < size ? "the file is cut" : "more than it should have"}`);
  }
  const content = file.subarray(0, size - CHECKSUM_BYTES);
  const expected = file.subarray(size - CHECKSUM_BYTES).toString("hex");
  const found = createHash("sha256").update(content).digest("hex");
  if (found !== expected) refuse(`content of SHA-256 ${expected}`, `${found}: the file is damaged`);
  const text = content.toString("utf8", PREFIX_BYTES, PREFIX_BYTES + headerBytes);
  try {
    return { header: JSON.parse(text) as unknown, numbers: floats(content.subarray(PREFIX_BYTES + headerBytes)) };
  } catch (error) {
    throw new InputError([{ where, path: "header", expected: "JSON", found: (error as Error).message, hint: kind.whenDamaged }]);
  }
}

export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export function shapesOf(tensors: readonly Weights[]): TensorShape[] {
  return tensors.map(({ name, shape }) => ({ name, shape }));
}

/**
 * The numbers as tensors of these shapes, one after another.
 * @throws InputError when there are more numbers, or fewer.
 */
export function tensorsOf(shapes: readonly TensorShape[], numbers: Float32Array, kind: FileKind, where: string): Weights[] {
  let at = 0;
  const tensors = shapes.map(({ name, shape }): Weights => {
    const start = at;
    at += shape.reduce((size, length) => size * length, 1);
    return { name, shape, values: numbers.subarray(start, at) };
  });
  if (at === numbers.length) return tensors;
  const expected = `${at} numbers, as the header's shapes say`;
  throw new InputError([{ where, expected, found: String(numbers.length), hint: kind.whenDamaged }]);
}

export function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i += 1) view.setFloat32(i * 4, values[i] as number, true);
  return bytes;
}

function floats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getFloat32(i * 4, true));
}
