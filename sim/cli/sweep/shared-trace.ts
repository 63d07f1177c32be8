import type { RequestColumns, Trace, UsageColumns } from "../../../datasets/trace.ts";

/** A trace as it travels to a worker: columns in shared memory, small tables copied, names of requests as shared text. */
export interface SharedTrace extends Omit<Trace, "requests"> {
  readonly requests: Omit<RequestColumns, "names"> & { readonly names: SharedNames | null };
}

interface SharedNames {
  readonly utf8: Uint8Array;
  /** Where each name begins, and where the last one ends. */
  readonly starts: Float64Array;
}

/** Moves the columns into memory that every thread sees: copied once, however many workers read it. */
export function shareTrace(trace: Trace): SharedTrace {
  const { names, ...columns } = trace.requests;
  return {
    ...trace,
    requests: { ...shareColumns(columns), names: names === null ? null : shareNames(names) },
    usage: trace.usage === null ? null : (shareColumns(trace.usage) as UsageColumns),
  };
}

/** The trace as the simulator reads it, over the same memory. */
export function openTrace(shared: SharedTrace): Trace {
  const { names } = shared.requests;
  return { ...shared, requests: { ...shared.requests, names: names === null ? null : namesOf(names) } };
}

function shareColumns<T extends object>(columns: T): T {
  const shared = Object.entries(columns).map(([name, column]: [string, unknown]) => [name, shareColumn(column)]);
  return Object.fromEntries(shared) as T;
}

function shareColumn(column: unknown): unknown {
  if (column instanceof Float64Array) return copy(column, Float64Array);
  if (column instanceof Uint32Array) return copy(column, Uint32Array);
  if (column instanceof Uint8Array) return copy(column, Uint8Array);
  return column;
}

type Numbers = Float64Array | Uint32Array | Uint8Array;

function copy<T extends Numbers>(column: T, make: new (buffer: SharedArrayBuffer) => T): T {
  const shared = new make(new SharedArrayBuffer(column.byteLength));
  shared.set(column);
  return shared;
}

function shareNames(names: readonly string[]): SharedNames {
  const lengths = names.map((name) => Buffer.byteLength(name));
  const starts = new Float64Array(new SharedArrayBuffer((names.length + 1) * 8));
  for (const [index, length] of lengths.entries()) starts[index + 1] = starts[index]! + length;
  const utf8 = new Uint8Array(new SharedArrayBuffer(starts[names.length]!));
  for (const [index, name] of names.entries()) utf8.set(Buffer.from(name), starts[index]!);
  return { utf8, starts };
}

/** Reads names out of the shared text one by one, as the simulator asks for them. */
function namesOf({ utf8, starts }: SharedNames): readonly string[] {
  const text = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength);
  const length = starts.length - 1;
  return new Proxy<readonly string[]>([], {
    get(target, key) {
      if (key === "length") return length;
      const index = typeof key === "string" ? Number(key) : Number.NaN;
      if (!Number.isInteger(index)) return Reflect.get(target, key) as unknown;
      return index < 0 || index >= length ? undefined : text.toString("utf8", starts[index], starts[index + 1]);
    },
  });
}
