import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import { loadTfjs } from "../backend/load-tfjs.ts";
import { noDropout } from "../network/dropout.ts";
import { buildNetwork } from "../network/network.ts";
import type { NetworkShape } from "../network/network-shape.ts";
import { middleOf, recipeIn } from "../training/recipe.ts";
import type { TrainedModel, Weights } from "../training/trained-model.ts";
import type { Architecture } from "../training/training-spec.ts";
import { RECORDINGS } from "./recorded-kernels.ts";
import { Recorder, ROWS, ROWS_NAME } from "./recording-backend.ts";

/** Of the backend that records, within tfjs. */
const BACKEND = "prae-onnx";

/**
 * A trained network as an ONNX file. Its inputs are `window` [rows][lookBack × numbers of a step] and, where the network has such features, `futures`
 * [rows][horizon][…] and `statics` [rows][…]; its output is `forecast` [rows][horizon][levels], in the scale of the window. Properties of the file say how windows are
 * brought to that scale.
 *
 * The network is run once on a backend that writes down operations instead of computing them, so nothing else may use tfjs
 * meanwhile.
 */
export async function exportOnnx(trained: TrainedModel): Promise<Uint8Array> {
  const tf = await loadTfjs();
  const previous = tf.getBackend();
  const recorder = new Recorder(tf);
  tf.registerBackend(BACKEND, () => recorder.backend);
  if (tf.getKernelsForBackend(BACKEND).length === 0) registerRecordings(tf);
  try {
    await tf.setBackend(BACKEND);
    tf.tidy(() => record(tf, recorder, trained));
  } finally {
    if (previous !== undefined && previous !== "") await tf.setBackend(previous);
    tf.removeBackend(BACKEND);
  }
  return recorder.graph.toBytes(trained.architecture, "prae", propertiesOf(trained));
}

function registerRecordings(tf: TensorFlow): void {
  for (const [kernelName, recording] of Object.entries(RECORDINGS)) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const { recorder } = backend as { recorder: Recorder };
        const given = Object.values(inputs) as Tensor[];
        const names = given.map((tensor) => recorder.nameOf(tensor));
        return recording({ tf, graph: recorder.graph, recorder }, given, names, attrs);
      },
    });
  }
}

function record(tf: TensorFlow, recorder: Recorder, trained: TrainedModel): void {
  const { lookBack, horizon } = trained;
  const shape = shapeOf(trained);
  const network = buildNetwork(tf, shape, 0);
  network.parameters.load(trained.weights);
  // Under their own names in the file.
  for (const [i, variable] of network.parameters.variables.entries()) recorder.nameOf(variable, trained.weights[i]?.name);
  const input = (name: string, sides: readonly number[]): unknown => {
    const { dataId, shape: whole, dtype } = recorder.input(name, [ROWS, ...sides]);
    return tf.engine().makeTensorFromDataId(dataId, whole, dtype);
  };
  const forecast = network.forward(
    {
      window: input("window", [lookBack * shape.inputs]) as Tensor2D,
      futures: shape.futures > 0 ? (input("futures", [horizon, shape.futures]) as Tensor3D) : null,
      statics: shape.statics > 0 ? (input("statics", [shape.statics]) as Tensor2D) : null,
    },
    noDropout,
  );
  recorder.graph.output(recorder.nameOf(forecast), "forecast", [ROWS_NAME, horizon, shape.outputs]);
  network.parameters.dispose();
}

function shapeOf({ architecture, lookBack, horizon, levelsPpm, options, weights }: TrainedModel): NetworkShape {
  const rows = (name: string) => weights.find((weight: Weights) => weight.name === name)?.shape[0] ?? 0;
  return {
    architecture: architecture as Architecture,
    lookBack,
    inputs: architecture === "gru" ? rows("cell.input.matrix") : 1,
    horizon,
    outputs: Math.max(1, levelsPpm.length),
    middle: middleOf(levelsPpm),
    futures: rows("known.future.matrix"),
    statics: rows("known.series.matrix"),
    sizes: recipeIn({ options } as TrainedModel).sizes,
  };
}

function propertiesOf(trained: TrainedModel): Record<string, string> {
  const { architecture, target, stepMs, lookBack, horizon, levelsPpm, options } = trained;
  return { prae: JSON.stringify({ architecture, target, stepMs, lookBack, horizon, levelsPpm, options }) };
}
