import { ProtoMessage } from "./protobuf.ts";

/** A side of a tensor: its length, or a name where only the run knows it. */
type Side = number | string;

type Attribute = number | readonly number[];

/** The version of the operators that graphs are written in. */
const OPERATORS = 17;

/** The version of the format that brought those. */
const FORMAT = 8;

/** Numbers of the ONNX specification (onnx.proto): types of elements and of attributes. */
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** A computation in the Open Neural Network Exchange format, as it grows. Values are known by their names. */
export class OnnxGraph {
  readonly #graph = new ProtoMessage();
  readonly #integers = new Map<string, string>();
  #names = 0;

  /** A tensor of numbers that are part of the file. */
  constant(values: Float32Array, shape: readonly number[], name = this.#newName()): string {
    this.#graph.message(5, tensorOf(name, FLOAT, shape, values));
    return name;
  }

  /** A list of integers, such as axes, that are part of the file; written once. */
  integers(values: readonly number[]): string {
    return this.#integerTensor(values, [values.length]);
  }

  integer(value: number): string {
    return this.#integerTensor([value], []);
  }

  /** @returns the name of its output. */
  node(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.nodes(operator, inputs, 1, attributes)[0] as string;
  }

  /** For operators with several outputs. */
  nodes(
    operator: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly string[] {
    const outputs = Array.from({ length: count }, () => this.#newName());
    const node = new ProtoMessage();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(4, operator);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attributeOf(name, value));
    this.#graph.message(1, node);
    return outputs;
  }

  input(name: string, shape: readonly Side[]): void {
    this.#graph.message(11, described(name, shape));
  }

  /** The value `from` becomes an output of the whole, under another name. */
  output(from: string, name: string, shape: readonly Side[]): void {
    this.#graph.message(1, new ProtoMessage().text(1, from).text(2, name).text(4, "Identity"));
    this.#graph.message(12, described(name, shape));
  }

  /** The file. @param properties are written beside the graph, for whoever reads it. */
  toBytes(name: string, producer: string, properties: Readonly<Record<string, string>>): Uint8Array {
    const model = new ProtoMessage().integer(1, FORMAT).text(2, producer);
    model.message(7, this.#graph.text(2, name)).message(8, new ProtoMessage().text(1, "").integer(2, OPERATORS));
    for (const [key, value] of Object.entries(properties)) model.message(14, new ProtoMessage().text(1, key).text(2, value));
    return model.toBytes();
  }

  #integerTensor(values: readonly number[], shape: readonly number[]): string {
    const key = JSON.stringify([values, shape]);
    let name = this.#integers.get(key);
    if (name === undefined) {
      name = this.#newName();
      this.#integers.set(key, name);
      this.#graph.message(5, tensorOf(name, INT64, shape, BigInt64Array.from(values, BigInt)));
    }
    return name;
  }

  #newName(): string {
    this.#names += 1;
    return `value${this.#names}`;
  }
}

function tensorOf(name: string, type: number, shape: readonly number[], values: Float32Array | BigInt64Array): ProtoMessage {
  const tensor = new ProtoMessage();
  for (const side of shape) tensor.integer(1, side);
  // The format is little-endian, as is every machine that Node and tfjs run on.
  return tensor
    .integer(2, type)
    .text(8, name)
    .bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function attributeOf(name: string, value: Attribute): ProtoMessage {
  const attribute = new ProtoMessage().text(1, name);
  if (typeof value === "number") return attribute.integer(3, value).integer(20, ATTRIBUTE_INT);
  for (const each of value) attribute.integer(8, each);
  return attribute.integer(20, ATTRIBUTE_INTS);
}

/** A tensor of floats from or to the outside. */
function described(name: string, shape: readonly Side[]): ProtoMessage {
  const sides = new ProtoMessage();
  for (const side of shape) {
    const dimension = new ProtoMessage();
    sides.message(1, typeof side === "string" ? dimension.text(2, side) : dimension.integer(1, side));
  }
  const tensor = new ProtoMessage().integer(1, FLOAT).message(2, sides);
  return new ProtoMessage().text(1, name).message(2, new ProtoMessage().message(1, tensor));
}
