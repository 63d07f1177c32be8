import { test } from "uvu";
import * as assert from "uvu/assert";
import { openBackend } from "../../../models/backend/open-backend.ts";
import { noDropout } from "../../../models/network/dropout.ts";
import { buildNetwork } from "../../../models/network/network.ts";
import type { NetworkShape } from "../../../models/network/network-shape.ts";
import { exportOnnx } from "../../../models/onnx/export-onnx.ts";
import { findOnnxRuntime, openOnnx } from "../../../models/onnx/onnx-runtime.ts";
import type { TrainedModel, Weights } from "../../../models/training/trained-model.ts";
import { ARCHITECTURES } from "../../../models/training/training-spec.ts";
import { drawNumbers } from "../../support/numbers.ts";
import { readOnnx } from "../../support/read-onnx.ts";
import { skipUnless } from "../../support/skip.ts";

const LEVELS_PPM = [50_000, 250_000, 500_000, 750_000, 950_000];

/** Networks with and without features, of one output and of several. */
const SHAPES: readonly NetworkShape[] = ARCHITECTURES.flatMap((architecture) => {
  const inputs = architecture === "gru" ? 3 : 1;
  const known = { futures: 3, statics: 2, sizes: { segment: 8, width: 16 } };
  const nothing = { futures: 0, statics: 0, sizes: {} };
  return [
    { architecture, lookBack: 50, inputs, horizon: 20, outputs: 5, middle: 2, ...known },
    { architecture, lookBack: 48, inputs, horizon: 24, outputs: 1, middle: 0, ...nothing },
    { architecture, lookBack: 12, inputs, horizon: 12, outputs: 5, middle: 2, futures: 0, statics: 4, sizes: { width: 8 } },
  ];
});

async function trainedOf(shape: NetworkShape): Promise<TrainedModel> {
  const { tf } = await openBackend("wasm");
  const network = buildNetwork(tf, shape, 1);
  const declared = await network.parameters.read();
  network.parameters.dispose();
  // Not as they begin: some begin at 0 and would hide what follows from them.
  const weights = declared.map(({ name, shape: sides, values }): Weights => {
    return { name, shape: sides, values: drawNumbers(values.length, name, 0.3) };
  });
  const { architecture, lookBack, horizon, sizes, outputs } = shape;
  const levelsPpm = outputs === 1 ? [500_000] : LEVELS_PPM;
  return { architecture, target: "demand", stepMs: 300_000, lookBack, horizon, levelsPpm, options: { sizes }, weights };
}

const ROWS = 7;

function inputsOf({ lookBack, inputs, horizon, futures, statics }: NetworkShape) {
  return {
    window: { values: drawNumbers(ROWS * lookBack * inputs, "window", 1), shape: [ROWS, lookBack * inputs] },
    ...(futures > 0 && {
      futures: { values: drawNumbers(ROWS * horizon * futures, "futures", 1), shape: [ROWS, horizon, futures] },
    }),
    ...(statics > 0 && { statics: { values: drawNumbers(ROWS * statics, "statics", 1), shape: [ROWS, statics] } }),
  };
}

/** In words: "rnn with 3 futures, 2 statics, 5 outputs". */
function whichOf({ architecture, futures, statics, outputs }: NetworkShape): string {
  return `${architecture} with ${futures} futures, ${statics} statics, ${outputs} outputs`;
}

for (const shape of SHAPES) {
  test(`the file of ${whichOf(shape)} holds the weights and names its inputs`, async () => {
    const trained = await trainedOf(shape);
    const { tf } = await openBackend("wasm");
    const before = tf.memory().numTensors;
    const file = await exportOnnx(trained);
    assert.is(tf.memory().numTensors, before, "no tensor is left");
    assert.is(tf.getBackend(), "wasm");
    assert.equal(file, await exportOnnx(trained), "the same model gives the same file");
    const { inputs, outputs, tensors, properties } = readOnnx(file);
    assert.equal(inputs, Object.keys(inputsOf(shape)));
    assert.equal(outputs, ["forecast"]);
    for (const { name, shape: sides, values } of trained.weights) {
      assert.equal(tensors.get(name), { shape: sides, values: [...values] }, name);
    }
    const { weights: _, ...said } = trained;
    assert.equal(JSON.parse(properties.get("prae") as string), said);
  });
}

/** What tfjs computes from the inputs. */
async function byTfjs(shape: NetworkShape, trained: TrainedModel): Promise<ArrayLike<number>> {
  const { tf } = await openBackend("wasm");
  const network = buildNetwork(tf, shape, 0);
  network.parameters.load(trained.weights);
  const tensor = (given?: { values: Float32Array; shape: number[] }) => (given ? tf.tensor(given.values, given.shape) : null);
  const computed = tf.tidy(() => {
    const { window, futures, statics } = inputsOf(shape);
    const given = { window: tensor(window), futures: tensor(futures), statics: tensor(statics) };
    return network.forward(given as Parameters<typeof network.forward>[0], noDropout).dataSync();
  });
  network.parameters.dispose();
  return computed;
}

skipUnless(findOnnxRuntime() !== null, "ONNX Runtime is not installed (.ci/onnx installs it)")(
  "ONNX Runtime computes what tfjs computes",
  async () => {
    for (const shape of SHAPES) {
      const trained = await trainedOf(shape);
      const expected = await byTfjs(shape, trained);
      const session = await openOnnx(await exportOnnx(trained), "the exported model");
      const found = await session.run(inputsOf(shape), "forecast");
      await session.close();
      assert.equal([...found.shape], [ROWS, shape.horizon, shape.outputs]);
      for (let i = 0; i < expected.length; i += 1) {
        const [wanted, got] = [expected[i] as number, found.values[i] as number];
        assert.ok(Math.abs(wanted - got) < 1e-4, `${whichOf(shape)}, value ${i}: ${got} instead of ${wanted}`);
      }
    }
  },
);

test.run();
