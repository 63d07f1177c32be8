import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Architecture } from "../training/training-spec.ts";
import type { Dropout } from "./dropout.ts";
import type { Layers } from "./layers.ts";

/** What a network is built from, beside its first weights. */
export interface NetworkShape {
  readonly architecture: Architecture;
  readonly lookBack: number;
  /** Numbers of each step of the window: its value alone, or with what is known of the step. */
  readonly inputs: number;
  readonly horizon: number;
  /** Values for each step ahead: quantiles, or one. */
  readonly outputs: number;
  /** The output that the others are measured from: the median among quantiles. */
  readonly middle: number;
  /** What is known of each step ahead. */
  readonly futures: number;
  /** What is known of each series. */
  readonly statics: number;
  readonly sizes: Readonly<Record<string, number>>;
}

/** What is known beside the values of a window. */
export interface KnownInput {
  /** `[rows][horizon][futures]`; `null` without such features. */
  readonly futures: Tensor3D | null;
  /** `[rows][statics]`; `null` without such features. */
  readonly statics: Tensor2D | null;
}

/** Normalised windows: see normalisation.ts. */
export interface NetworkInput extends KnownInput {
  /** `[rows][lookBack × inputs]` */
  readonly window: Tensor2D;
}

/** From a normalised window to `[rows][horizon][outputs]`, in the window's scale. */
export type Forward = (input: NetworkInput, dropout: Dropout) => Tensor3D;

/** Declares its weights and gives the function of them. */
export type Build = (layers: Layers, shape: NetworkShape) => Forward;

/** A size of the architecture, or its default. */
export function sizeOf({ sizes }: Pick<NetworkShape, "sizes">, name: string, otherwise: number): number {
  return sizes[name] ?? otherwise;
}
