import type { CommandModule } from "yargs";

export interface RefineArguments {
  readonly model: string;
  readonly trace: string;
  readonly from: string | undefined;
  readonly until: string | undefined;
  readonly steps: number;
  readonly seed: number;
  readonly registry: string | undefined;
  readonly json: boolean;
}

/** Lets a trained model learn a little from what came after its training; a new model is kept only where it forecasts better. */
export const command: CommandModule<object, RefineArguments> = {
  command: "refine <model>",
  describe: "Let a trained model learn from what came since, kept only if it forecasts better; say if it has drifted",
  builder: (yargs) =>
    yargs
      .positional("model", { type: "string", demandOption: true, describe: "Id in the registry, or its first digits" })
      .option("trace", { type: "string", demandOption: true, requiresArg: true, describe: "Trace directory with the feedback" })
      .option("from", {
        type: "string",
        requiresArg: true,
        describe: "Where the feedback begins: 14d after the start, or ms [default: where the model's knowledge ended]",
      })
      .option("until", { type: "string", requiresArg: true, describe: "Where it ends [default: with the trace]" })
      .option("steps", { type: "number", default: 40, requiresArg: true, describe: "Steps of the optimizer, 1 to 1000" })
      .option("seed", { type: "number", default: 1, requiresArg: true, describe: "Seed of what is random" })
      .option("registry", { type: "string", requiresArg: true, describe: "Folder of the models [default: as prae models]" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 refine 3fa4 --trace traces/vms", "")
      .example("$0 refine 3fa4 --trace traces/vms --from 21d --until 28d --json", "") as never,
  handler: async (args) => (await import("./refine-run.ts")).refineModel(args),
};
