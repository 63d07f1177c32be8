import { InputError } from "../../datasets/issues.ts";
import { type Forecaster, ForecastFault, type Horizon } from "../forecaster.ts";
import { normaliseWindow } from "../network/normalisation.ts";
import type { History } from "../panel/panel.ts";
import { asAsked, checkAsked } from "../training/network-forecaster.ts";
import { type OnnxModel, readInput, readOnnxModel, type WindowScaling } from "./onnx-model.ts";
import { type OnnxSession, openOnnx } from "./onnx-runtime.ts";

/** A forecaster that runs an ONNX model. */
export interface OnnxForecaster extends Forecaster {
  close(): Promise<void>;
}

/** Windows that go through the model at once. */
const CHUNK = 1024;

/**
 * A model trained elsewhere, by the document that describes it. Steps that were not observed take the last value observed before
 * them. Where demand cannot be negative, a forecast below 0 is taken as 0; crossed levels and what is no number stay, for the check of
 * forecasts to find.
 * @throws InputError when the document, the model or ONNX Runtime is missing or does not fit.
 */
export async function loadOnnxForecaster(document: string): Promise<OnnxForecaster> {
  const model = await readOnnxModel(document);
  const session = await openOnnx(await readInput(model.file, "an ONNX model"), model.file);
  for (const [path, names] of [
    ["input", session.inputs],
    ["output", session.outputs],
  ] as const) {
    if (names.includes(model[path])) continue;
    const found = JSON.stringify(model[path]);
    throw new InputError([{ where: document, path, expected: `one of the model's ${path}s, ${names.join(", ")}`, found }]);
  }
  return {
    name: model.name,
    target: model.target,
    async forecast(history: History, horizon: Horizon): Promise<Float32Array> {
      const asTrained = { ...model, architecture: model.name };
      checkAsked(asTrained, history, horizon);
      return asAsked(await run(session, model, history), asTrained, horizon, history.frame.series.length);
    },
    close: () => session.close(),
  };
}

/** `[series][horizon][level]` */
async function run(session: OnnxSession, model: OnnxModel, history: History): Promise<Float32Array> {
  const { lookBack, input, output, target } = model;
  const { series, signed } = history.frame;
  const width = model.horizon * Math.max(1, model.levelsPpm.length);
  const result = new Float32Array(series.length * width);
  for (let start = 0; start < series.length; start += CHUNK) {
    const rows = Math.min(CHUNK, series.length - start);
    const windows = new Float32Array(rows * lookBack);
    const scales = Array.from({ length: rows }, (_, row) => {
      const window = windows.subarray(row * lookBack, (row + 1) * lookBack);
      return scaleWindow(model.scaling, history.values(start + row), history.steps, window);
    });
    const { values } = await session.run({ [input]: { values: windows, shape: [rows, lookBack] } }, output);
    if (values.length !== rows * width) {
      throw new ForecastFault(`${model.name} gave ${values.length} values where ${rows * width} were asked for`);
    }
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as number;
      if (target === "arrival") {
        result[start * width + i] = value;
        continue;
      }
      const { centre, scale } = scales[Math.floor(i / width)] as Scale;
      const level = value * scale + centre;
      const amount = model.scaling.transform === "log1p" ? Math.expm1(level) : level;
      result[start * width + i] = !signed && amount < 0 ? 0 : amount;
    }
  }
  return result;
}

interface Scale {
  readonly centre: number;
  readonly scale: number;
}

const AS_OBSERVED = { transform: "identity", centre: "none", scaled: false, floor: 1, relativeFloor: 0 } as const;

function scaleWindow(scaling: WindowScaling, values: Float32Array, origin: number, window: Float32Array): Scale {
  normaliseWindow(AS_OBSERVED, values, origin, window);
  if (scaling.transform === "log1p") for (let i = 0; i < window.length; i += 1) window[i] = Math.log1p(window[i] as number);
  let mean = 0;
  for (const value of window) mean += value / window.length;
  let variance = 0;
  for (const value of window) variance += (value - mean) ** 2 / window.length;
  const last = window[window.length - 1] as number;
  const centre = scaling.centre === "mean" ? mean : scaling.centre === "last" ? last : 0;
  const scale = scaling.divide ? Math.sqrt(variance + scaling.epsilon) : 1;
  for (let i = 0; i < window.length; i += 1) window[i] = ((window[i] as number) - centre) / scale;
  return { centre, scale };
}
