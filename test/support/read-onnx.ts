/** What an ONNX file says, read back with a reader of its own for the wire format. */
export interface ReadOnnx {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly operators: readonly string[];
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>;
  readonly properties: ReadonlyMap<string, string>;
}

export function readOnnx(file: Uint8Array): ReadOnnx {
  const model = fieldsOf(file);
  const graph = fieldsOf(only(model, 7));
  const tensors = all(graph, 5).map((tensor) => {
    const fields = fieldsOf(tensor);
    const raw = Uint8Array.from(only(fields, 9)).buffer;
    const values = number(fields, 2) === 1 ? [...new Float32Array(raw)] : [...new BigInt64Array(raw)].map(Number);
    const shape = fields.filter(({ field }) => field === 1).map(({ value }) => Number(value));
    return [text(fields, 8), { shape, values }] as const;
  });
  const properties = all(model, 14).map((entry) => [text(fieldsOf(entry), 1), text(fieldsOf(entry), 2)] as const);
  return {
    inputs: all(graph, 11).map((described) => text(fieldsOf(described), 1)),
    outputs: all(graph, 12).map((described) => text(fieldsOf(described), 1)),
    operators: all(graph, 1).map((node) => text(fieldsOf(node), 4)),
    tensors: new Map(tensors),
    properties: new Map(properties),
  };
}

interface Field {
  readonly field: number;
  readonly value: bigint | Uint8Array;
}

function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at] as number;
      at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const [field, kind] = [tag >> 3, tag & 7];
    if (kind === 0) fields.push({ field, value: varint() });
    else if (kind === 2 || kind === 5) {
      const length = kind === 5 ? 4 : Number(varint());
      fields.push({ field, value: message.subarray(at, at + length) });
      at += length;
    } else throw new Error(`kind ${kind} of field ${field} at ${at}`);
  }
  if (at !== message.length) throw new Error(`a field ends ${at - message.length} bytes after its message`);
  return fields;
}

function all(fields: readonly Field[], wanted: number): Uint8Array[] {
  return fields.filter(({ field }) => field === wanted).map(({ value }) => value as Uint8Array);
}

function only(fields: readonly Field[], wanted: number): Uint8Array {
  const found = all(fields, wanted);
  if (found.length !== 1) throw new Error(`${found.length} fields ${wanted} where one is expected`);
  return found[0] as Uint8Array;
}

function text(fields: readonly Field[], wanted: number): string {
  return new TextDecoder().decode(only(fields, wanted));
}

function number(fields: readonly Field[], wanted: number): number {
  return Number(fields.find(({ field }) => field === wanted)?.value);
}
