import type { CommandModule } from "yargs";
import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import type { BackendChoice } from "../../models/backend/backend.ts";
import type { Architecture } from "../../models/training/training-spec.ts";

const MODELS: readonly Architecture[] = ["nlinear", "dlinear", "rnn", "gru", "transformer"];
const TARGETS: readonly ForecastTarget[] = ["demand", "concurrency", "arrival"];
const BACKENDS: readonly BackendChoice[] = ["auto", "tfjs-node-gpu", "tfjs-node", "webgpu", "wasm", "cpu"];

export interface TrainArguments {
  readonly model: Architecture;
  readonly trace: string;
  readonly target: ForecastTarget | undefined;
  readonly step: string;
  readonly horizon: string | undefined;
  readonly lookBack: string | undefined;
  readonly epochs: number | undefined;
  readonly seed: number;
  readonly backend: BackendChoice;
  readonly without: string | undefined;
  readonly trainUntil: string | undefined;
  readonly registry: string | undefined;
  readonly json: boolean;
}

/** Trains a network on a trace and keeps it in the registry; interrupted, the same command goes on where it stood. */
export const command: CommandModule<object, TrainArguments> = {
  command: "train",
  describe: "Train a forecasting network on a trace; interrupted, the same command goes on where it stood",
  builder: (yargs) =>
    yargs
      .option("model", { choices: MODELS, demandOption: true, requiresArg: true, describe: "Which network" })
      .option("trace", { type: "string", demandOption: true, requiresArg: true, describe: "Trace directory" })
      .option("target", {
        choices: TARGETS,
        requiresArg: true,
        describe: "What it forecasts [default: demand of usage, concurrency of requests]",
      })
      .option("step", { type: "string", default: "5m", requiresArg: true, describe: "Length of a step" })
      .option("horizon", { type: "string", requiresArg: true, describe: "How far ahead [default: by the step]" })
      .option("look-back", { type: "string", requiresArg: true, describe: "How far back it looks [default: by the step]" })
      .option("epochs", { type: "number", requiresArg: true, describe: "At most so many; it stops early [default: 30]" })
      .option("seed", { type: "number", default: 1, requiresArg: true, describe: "Seed of what is random" })
      .option("backend", {
        choices: BACKENDS,
        default: "auto" as BackendChoice,
        requiresArg: true,
        describe: "Where tfjs computes",
      })
      .option("without", { type: "string", requiresArg: true, describe: "Groups of features to leave out: time,tier,…" })
      .option("train-until", {
        type: "string",
        requiresArg: true,
        describe: "Learn from what came before: 14d after the start, or ms [default: all]",
      })
      .option("registry", { type: "string", requiresArg: true, describe: "Folder of the models [default: as prae models]" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 train --model transformer --trace traces/vms --train-until 21d", "")
      .example("$0 train --model rnn --trace traces/azure --target concurrency --step 1m --seed 2 --json", "") as never,
  handler: async (args) => (await import("./train-run.ts")).train(args),
};
