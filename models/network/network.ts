import type { TensorFlow } from "../backend/backend.ts";
import type { Architecture } from "../training/training-spec.ts";
import { dlinear } from "./dlinear.ts";
import { gru } from "./gru.ts";
import { covariates, orderedLevels } from "./head.ts";
import { Layers } from "./layers.ts";
import type { Build, Forward, NetworkShape } from "./network-shape.ts";
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
  const build = BUILDS[shape.architecture];
  const history = build(layers, shape);
  const known = covariates(layers, shape);
  const ordered = orderedLevels(tf, shape);
  const forward: Forward = (input, dropout) => ordered(known(history(input, dropout), input));
  return { parameters, forward };
}
