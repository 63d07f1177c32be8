import type { ModelCard } from "../../models/registry/model-card.ts";
import type { TrainedModel } from "../../models/training/trained-model.ts";

/** A model of two weights, which learned nothing. */
export const SMALL_MODEL: TrainedModel = {
  architecture: "nlinear",
  target: "demand",
  stepMs: 300_000,
  lookBack: 2,
  horizon: 1,
  levelsPpm: [500_000, 950_000],
  options: { dropout: 0.1, features: ["time"] },
  weights: [
    { name: "kernel", shape: [2, 2], values: Float32Array.of(0.5, -1.25, 3e-8, 1e30) },
    { name: "bias", shape: [], values: Float32Array.of(-0) },
  ],
};

export const SMALL_CARD: ModelCard = {
  data: {
    name: "measured",
    digest: "ab".repeat(32),
    window: { startMs: 0, endMs: 6_000_000 },
    target: "demand",
    series: 4,
    stepMs: 300_000,
  },
  split: { trainEndMs: 4_500_000, validationEndMs: 6_000_000 },
  features: ["time"],
  metrics: { sql: 0.71, mase: null },
  backend: { name: "wasm", version: "4.22.0" },
  seed: 1,
  training: { epochs: 7, bestEpoch: 4, parameters: 5 },
  made: {
    at: "2026-01-01T00:00:00.000Z",
    codeRevision: "0.1.0+abc",
    node: "v20.0.0",
    platform: "linux x64",
    cpuMs: 1200,
    wallMs: 1500,
    peakMemoryMiB: 90,
  },
};
