import { forecasterBy } from "../training/network-forecaster.ts";
import type { Compute } from "../training/predictor.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { exportOnnx } from "./export-onnx.ts";
import type { OnnxForecaster } from "./onnx-forecaster.ts";
import { openOnnx } from "./onnx-runtime.ts";

/**
 * A network that PRAE trained, exported and run by ONNX Runtime: the forecasts of tfjs to the fourth decimal of each window's
 * scale, in a fraction of the time. It looks at windows, `gru` too, which by tfjs takes steps one by one from the first.
 * @throws InputError when ONNX Runtime is not installed.
 */
export async function exportedForecasterOf(trained: TrainedModel): Promise<OnnxForecaster> {
  const { compute, close } = await onOnnxRuntime(trained);
  return { ...forecasterBy(trained, compute), close };
}

export async function onOnnxRuntime(trained: TrainedModel): Promise<{ compute: Compute; close: () => Promise<void> }> {
  const session = await openOnnx(await exportOnnx(trained), `the exported ${trained.architecture}`);
  const compute: Compute = async (batch, { shape }) => {
    const { rows, window, futures, statics } = batch;
    const inputs = {
      window: { values: window, shape: [rows, window.length / rows] },
      ...(shape.futures > 0 && { futures: { values: futures, shape: [rows, shape.horizon, shape.futures] } }),
      ...(shape.statics > 0 && { statics: { values: statics, shape: [rows, shape.statics] } }),
    };
    return (await session.run(inputs, "forecast")).values;
  };
  return { compute, close: () => session.close() };
}
