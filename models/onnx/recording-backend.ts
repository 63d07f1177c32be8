import type { DataType, KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import { OnnxGraph } from "./onnx-graph.ts";

/**
 * How many rows a batch has while a graph is recorded, where it may have any number later: a prime, so that a side of a shape that
 * it divides stems from the rows.
 */
export const ROWS = 9973;

/** The name of that side in the file. */
export const ROWS_NAME = "rows";

/** What a tensor is while it is recorded: a value of the graph, or numbers that become one when something uses them. */
interface Recorded {
  name: string | null;
  readonly values: Float32Array | null;
  /** Tensors that have it. */
  references: number;
}

/** Computes nothing: writes down, as an ONNX graph, what tfjs would have it compute. */
export class Recorder {
  readonly graph = new OnnxGraph();
  readonly #tf: TensorFlow;
  /** An input whose first side is the rows. */
  #rowsFrom: string | null = null;

  constructor(tf: TensorFlow) {
    this.#tf = tf;
  }

  /** A tensor that whoever runs the graph gives; its first side is ROWS. */
  input(name: string, shape: readonly number[]): TensorInfo {
    this.#rowsFrom ??= name;
    this.graph.input(name, [ROWS_NAME, ...shape.slice(1)]);
    return this.value(name, shape);
  }

  /** A tensor that the graph computes under this name. */
  value(name: string, shape: readonly number[]): TensorInfo {
    const dataId: Recorded = { name, values: null, references: 1 };
    return { dataId, shape: [...shape], dtype: "float32" };
  }

  /** The name of a tensor in the graph. @param wanted the name for numbers that have none yet. */
  nameOf({ dataId, shape }: TensorInfo, wanted?: string): string {
    const recorded = dataId as Recorded;
    recorded.name ??= this.#constant(recorded.values as Float32Array, shape, wanted);
    return recorded.name;
  }

  #constant(values: Float32Array, shape: readonly number[], name: string | undefined): string {
    if (!shape.some(isOfRows)) return this.graph.constant(values, shape, name);
    // Such as the zeros that a state begins with: as many as there are rows.
    const [first = 0] = values;
    if (shape[0] !== ROWS || shape.slice(1).some(isOfRows) || values.some((value) => value !== first)) {
      throw new Error(`numbers of shape ${shape.join("×")} differ from row to row: an ONNX graph cannot hold them`);
    }
    const { graph } = this;
    const all = graph.node("Shape", [this.#rowsFrom as string]);
    const rows = graph.node("Slice", [all, graph.integers([0]), graph.integers([1])]);
    const whole = graph.node("Concat", [rows, graph.integers(shape.slice(1))], { axis: 0 });
    return graph.node("Expand", [graph.constant(Float32Array.of(first), []), whole]);
  }

  /** What tfjs asks of a place where tensors live. */
  get backend(): KernelBackend {
    const { sizeFromShape } = this.#tf.util;
    const backend = {
      recorder: this,
      write: (values: ArrayLike<number> | null, shape: number[], _: DataType): Recorded => ({
        name: null,
        values: Float32Array.from(values ?? new Float32Array(sizeFromShape(shape))),
        references: 1,
      }),
      disposeData(recorded: Recorded): boolean {
        recorded.references -= 1;
        return recorded.references <= 0;
      },
      incRef(recorded: Recorded): void {
        recorded.references += 1;
      },
      refCount: ({ references }: Recorded) => references,
      numDataIds: () => 0,
      memory: () => ({ unreliable: true }),
      floatPrecision: () => 32,
      epsilon: () => 1e-7,
      timerAvailable: () => false,
      dispose: () => {},
    };
    return backend as unknown as KernelBackend;
  }
}

export function isOfRows(side: number): boolean {
  return side > 0 && side % ROWS === 0;
}
