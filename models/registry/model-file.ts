import { createHash } from "node:crypto";
import { IssueList } from "../../datasets/issue-list.ts";
import { InputError } from "../../datasets/issues.ts";
import { orderedJson } from "../../datasets/ordered-json.ts";
import type { TrainedModel, Weights } from "../training/trained-model.ts";
import type { ModelCard } from "./model-card.ts";
import { checkHeader, type ModelHeader } from "./model-header.ts";

/**
 * A trained model as one file, little-endian:
 *
 *     "PRAEMODL"   8 bytes
 *     version      u32, 1
 *     header       u32, its length in bytes, of UTF-8 JSON with keys in order
 *     weights      u32, their length in bytes, of float32 in the header's order
 *     …            the header, then the weights
 *     checksum     32 bytes, SHA-256 over all of the above
 */
const MAGIC = Buffer.from("PRAEMODL");
const VERSION = 1;
const PREFIX_BYTES = MAGIC.length + 12;
const CHECKSUM_BYTES = 32;

const HOW_TO_REPLACE = "delete it and train the model again, or copy it from where it is whole";

export interface StoredModel {
  /** SHA-256, hex, over all but `card.made`: the model's name. */
  readonly digest: string;
  readonly model: TrainedModel;
  readonly card: ModelCard;
}

/** SHA-256, hex, over canonical bytes of the model and of its card but for how it was made. Equal trainings, equal digest. */
export function modelDigest(model: TrainedModel, card: ModelCard): string {
  const { made: _, ...lasting } = card;
  const hash = createHash("sha256");
  hash.update(orderedJson({ version: VERSION, ...headerOf(model), card: lasting }));
  for (const { values } of model.weights) hash.update(littleEndian(values));
  return hash.digest("hex");
}

export function encodeModel(model: TrainedModel, card: ModelCard): Uint8Array {
  const header = Buffer.from(orderedJson({ ...headerOf(model), card }));
  const weights = Buffer.concat(model.weights.map(({ values }) => littleEndian(values)));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(VERSION, MAGIC.length);
  prefix.writeUInt32LE(header.length, MAGIC.length + 4);
  prefix.writeUInt32LE(weights.length, MAGIC.length + 8);
  const content = Buffer.concat([prefix, header, weights]);
  return Buffer.concat([content, createHash("sha256").update(content).digest()]);
}

/**
 * @param where the file, for what is said when it is refused.
 * @throws InputError when the bytes are no model, of another version, cut or damaged.
 */
export function decodeModel(bytes: Uint8Array, where: string): StoredModel {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse = (expected: string, found: string, hint = HOW_TO_REPLACE): never => {
    throw new InputError([{ where, expected, found, hint }]);
  };
  if (file.length < PREFIX_BYTES || !file.subarray(0, MAGIC.length).equals(MAGIC)) {
    refuse("a model of PRAE", file.length === 0 ? "an empty file" : "something else");
  }
  const version = file.readUInt32LE(MAGIC.length);
  if (version !== VERSION) {
    refuse(`a model file of version ${VERSION}`, `version ${version}`, "train the model again, or use the PRAE that wrote it");
  }
  const headerBytes = file.readUInt32LE(MAGIC.length + 4);
  const weightBytes = file.readUInt32LE(MAGIC.length + 8);
  const size = PREFIX_BYTES + headerBytes + weightBytes + CHECKSUM_BYTES;
  if (file.length !== size) {
    refuse(`${size} bytes`, `${file.length} bytes: ${file.length < size ? "the file is cut" : "more than a model"}`);
  }
  const content = file.subarray(0, size - CHECKSUM_BYTES);
  const expected = file.subarray(size - CHECKSUM_BYTES).toString("hex");
  const found = createHash("sha256").update(content).digest("hex");
  if (found !== expected) refuse(`content of SHA-256 ${expected}`, `${found}: the file is damaged`);
  const header = readHeader(content.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes).toString("utf8"), where);
  const { weights: shapes, card, ...rest } = header;
  const values = floats(content.subarray(PREFIX_BYTES + headerBytes));
  let at = 0;
  const weights = shapes.map(({ name, shape }): Weights => {
    const start = at;
    at += shape.reduce((size, length) => size * length, 1);
    return { name, shape, values: values.subarray(start, at) };
  });
  if (at !== values.length) refuse(`${at} weights, as the header's shapes say`, `${values.length}`);
  const model: TrainedModel = { ...rest, weights };
  return { digest: modelDigest(model, card), model, card };
}

function headerOf({ weights, ...rest }: TrainedModel): Omit<ModelHeader, "card"> {
  return { ...rest, weights: weights.map(({ name, shape }) => ({ name, shape })) };
}

function readHeader(text: string, where: string): ModelHeader {
  const issues = new IssueList();
  let header: unknown = null;
  try {
    header = JSON.parse(text);
  } catch (error) {
    issues.add({ where, path: "header", expected: "JSON", found: (error as Error).message, hint: HOW_TO_REPLACE });
  }
  if (issues.total === 0) checkHeader(header, where, issues);
  issues.throwIfAny();
  return header as ModelHeader;
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i += 1) view.setFloat32(i * 4, values[i] as number, true);
  return bytes;
}

function floats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getFloat32(i * 4, true));
}
