import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import type { OnnxGraph } from "./onnx-graph.ts";
import { isOfRows, type Recorder } from "./recording-backend.ts";

// biome-ignore lint/suspicious/noExplicitAny: attributes are as different as the kernels, whose documentation is tfjs's own
type Attributes = any;

/** One operation of tfjs as nodes of a graph. */
type Recording = (
  context: { readonly tf: TensorFlow; readonly graph: OnnxGraph; readonly recorder: Recorder },
  inputs: readonly TensorInfo[],
  names: readonly string[],
  attributes: Attributes,
) => TensorInfo | TensorInfo[];

/** Of one or two tensors, number by number. */
function elementwise(operator: string): Recording {
  return ({ tf, graph, recorder }, inputs, names) => {
    const shapes = inputs.map(({ shape }) => shape);
    const shape = shapes.reduce((a, b) => tf.broadcast_util.assertAndGetBroadcastShape(a, b));
    return recorder.value(graph.node(operator, names), shape);
  };
}

/** What the networks' forward passes are made of. Any other operation is an error of tfjs's: it finds no such kernel here. */
export const RECORDINGS: Readonly<Record<string, Recording>> = {
  Add: elementwise("Add"),
  Sub: elementwise("Sub"),
  Multiply: elementwise("Mul"),
  RealDiv: elementwise("Div"),
  Relu: elementwise("Relu"),
  Sigmoid: elementwise("Sigmoid"),
  Tanh: elementwise("Tanh"),
  Softplus: elementwise("Softplus"),
  Identity: ({ recorder }, [x], [name]) => recorder.value(name as string, (x as TensorInfo).shape),
  Square: ({ graph, recorder }, [x], [name]) => {
    return recorder.value(graph.node("Mul", [name as string, name as string]), (x as TensorInfo).shape);
  },
  Rsqrt: ({ graph, recorder }, [x], names) => {
    return recorder.value(graph.node("Reciprocal", [graph.node("Sqrt", names)]), (x as TensorInfo).shape);
  },
  Softmax: ({ graph, recorder }, [x], names) => {
    return recorder.value(graph.node("Softmax", names, { axis: -1 }), (x as TensorInfo).shape);
  },
  Mean: ({ tf, graph, recorder }, [x], names, { axis, keepDims }) => {
    const { shape } = x as TensorInfo;
    const axes = tf.util.parseAxisParam(axis, shape);
    const reduced = graph.node("ReduceMean", names, { axes, keepdims: keepDims ? 1 : 0 });
    const sides = shape.map((side, i) => (axes.includes(i) ? 1 : side));
    return recorder.value(reduced, keepDims ? sides : sides.filter((_, i) => !axes.includes(i)));
  },
  BatchMatMul: ({ tf, graph, recorder }, [a, b], [left, right], { transposeA, transposeB }) => {
    const turned = (name: string, { shape }: TensorInfo, turn: boolean): readonly [string, readonly number[]] => {
      if (!turn) return [name, shape];
      const perm = shape.map((_, i) => i);
      perm.push(...perm.splice(-2).reverse());
      return [graph.node("Transpose", [name], { perm }), perm.map((i) => shape[i] as number)];
    };
    const [first, before] = turned(left as string, a as TensorInfo, transposeA);
    const [second, after] = turned(right as string, b as TensorInfo, transposeB);
    const batches = tf.broadcast_util.assertAndGetBroadcastShape(before.slice(0, -2), after.slice(0, -2));
    const shape = [...batches, before.at(-2) as number, after.at(-1) as number];
    return recorder.value(graph.node("MatMul", [first, second]), shape);
  },
  Reshape: ({ tf, graph, recorder }, [x], [name], attributes) => {
    const { shape: from } = x as TensorInfo;
    const shape = tf.util.inferFromImplicitShape(attributes.shape, tf.util.sizeFromShape(from));
    // −1 is whatever is left, which follows from the rows.
    const sides = graph.integers(shape.map((side) => (isOfRows(side) ? -1 : side)));
    return recorder.value(graph.node("Reshape", [name as string, sides]), shape);
  },
  Transpose: ({ graph, recorder }, [x], names, { perm }) => {
    const { shape } = x as TensorInfo;
    const sides = (perm as number[]).map((i) => shape[i] as number);
    return recorder.value(graph.node("Transpose", names, { perm }), sides);
  },
  Slice: ({ tf, graph, recorder }, [x], [name], { begin, size }) => {
    const { shape } = x as TensorInfo;
    const [first, extent] = tf.slice_util.parseSliceParams(x as never, begin, size) as [number[], number[]];
    // Axes that are taken whole need not be named, and rows always are.
    const axes = shape.map((_, i) => i).filter((i) => extent[i] !== shape[i]);
    const at = (values: readonly (number | undefined)[]) => graph.integers(axes.map((i) => values[i] as number));
    const ends = first.map((start, i) => start + (extent[i] as number));
    const part = graph.node("Slice", [name as string, at(first), at(ends), graph.integers(axes)]);
    return recorder.value(part, extent);
  },
  SplitV: ({ tf, graph, recorder }, [x], [name], { numOrSizeSplits, axis }) => {
    const { shape } = x as TensorInfo;
    const [along] = tf.util.parseAxisParam(axis, shape) as [number];
    const sizes = tf.backend_util.prepareSplitSize(x as never, numOrSizeSplits, along);
    const parts = graph.nodes("Split", [name as string, graph.integers(sizes)], sizes.length, { axis: along });
    return parts.map((part, i) => recorder.value(part, shape.with(along, sizes[i] as number)));
  },
  Unpack: ({ tf, graph, recorder }, [x], [name], { axis }) => {
    const { shape } = x as TensorInfo;
    const [along] = tf.util.parseAxisParam(axis, shape) as [number];
    const part = (i: number) => graph.node("Gather", [name as string, graph.integer(i)], { axis: along });
    return Array.from({ length: shape[along] as number }, (_, i) => recorder.value(part(i), shape.toSpliced(along, 1)));
  },
  Concat: ({ tf, graph, recorder }, inputs, names, { axis }) => {
    const [along] = tf.util.parseAxisParam(axis, inputs[0]?.shape as number[]) as [number];
    const shapes = inputs.map(({ shape }) => shape);
    return recorder.value(graph.node("Concat", names, { axis: along }), tf.backend_util.computeOutShape(shapes, along));
  },
  Tile: ({ graph, recorder }, [x], [name], { reps }) => {
    const { shape } = x as TensorInfo;
    const sides = shape.map((side, i) => side * (reps[i] as number));
    return recorder.value(graph.node("Tile", [name as string, graph.integers(reps)]), sides);
  },
};
