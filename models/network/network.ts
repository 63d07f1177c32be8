import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.ts";
import type { Architecture } from "../training/training-spec.ts";
import { dlinear } from "./dlinear.ts";
import { gru, type StepNetwork, stepNetwork } from "./gru.ts";
import { covariates, orderedLevels } from "./head.ts";
import { Layers } from "./layers.ts";
import type { Build, Forward, KnownInput, NetworkShape } from "./network-shape.ts";
import { nlinear } from "./nlinear.ts";
import { Parameters } from "./parameters.ts";
import { rnn } from "./rnn.ts";
import { transformer } from "./transformer.ts";

const BUILDS: Readonly<Record<Architecture, Build>> = { nlinear, dlinear, rnn, gru, transformer };

export interface Network {
  readonly parameters: Parameters;
  /** Quantiles never cross: each is the median and a sum of positive numbers. */
  readonly forward: Forward;
}

/** @param seed decides the first weights. */
export function buildNetwork(tf: TensorFlow, shape: NetworkShape, seed: number): Network {
  const parameters = new Parameters(tf, seed);
  const layers = new Layers(tf, parameters);
  const history = BUILDS[shape.architecture](layers, shape);
  const finished = finish(layers, shape);
  return { parameters, forward: (input, dropout) => finished(history(input, dropout), input) };
}

/** The network of architecture `gru`, taken apart: its steps are run one by one. */
export interface SteppedNetwork {
  readonly parameters: Parameters;
  readonly step: StepNetwork;
  /** From what `step` forecasts to the forecast of the network. */
  finish(raw: Tensor3D, known: KnownInput): Tensor3D;
}

export function buildSteppedNetwork(tf: TensorFlow, shape: NetworkShape): SteppedNetwork {
  const parameters = new Parameters(tf, 0);
  const layers = new Layers(tf, parameters);
  const step = stepNetwork(layers, shape);
  return { parameters, step, finish: finish(layers, shape) };
}

function finish(layers: Layers, shape: NetworkShape): (raw: Tensor3D, known: KnownInput) => Tensor3D {
  const known = covariates(layers, shape);
  const ordered = orderedLevels(layers.tf, shape);
  return (raw, input) => ordered(known(raw, input));
}
