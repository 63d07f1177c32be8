import type { CommandModule } from "yargs";
import type { ForecastTarget } from "../../allocator/core/forecast.ts";
import { MODEL_KINDS } from "../../models/catalogue.ts";
import type { PanelEntity } from "../../models/panel/entities.ts";

const TARGETS: readonly ForecastTarget[] = ["demand", "concurrency", "arrival"];
const ENTITIES: readonly PanelEntity[] = ["user", "user_app", "app"];
const NAMES = [...new Set(MODEL_KINDS.map(({ name }) => name))].join(", ");
const PROTOCOLS = ["walk-forward", "ett"] as const;

export interface BacktestArguments {
  readonly models: string | undefined;
  readonly trace: string | undefined;
  readonly csv: string | undefined;
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly target: ForecastTarget | undefined;
  readonly by: PanelEntity | undefined;
  readonly step: string;
  readonly horizon: string | undefined;
  readonly origins: number;
  readonly lookBack: string | undefined;
  readonly without: string | undefined;
  readonly registry: string | undefined;
  readonly seed: number;
  readonly out: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Scores forecasters on what they have not seen. */
export const command: CommandModule<object, BacktestArguments> = {
  command: "backtest",
  describe: "Score forecasters on the part of a trace that none of them has seen",
  builder: (yargs) =>
    yargs
      .option("models", {
        type: "string",
        requiresArg: true,
        describe: `Of ${NAMES}; classical for all of those; ids of trained models; ONNX models by their .json [default: classical]`,
      })
      .option("trace", { type: "string", requiresArg: true, describe: "Trace directory" })
      .option("csv", { type: "string", requiresArg: true, describe: "Or a table: times first, then a column a series" })
      .option("protocol", {
        choices: PROTOCOLS,
        default: "walk-forward" as const,
        requiresArg: true,
        describe: "How a table is split; ett: 12, 4 and 4 months, standardised, every window",
      })
      .conflicts("trace", "csv")
      .option("target", { choices: TARGETS, requiresArg: true, describe: "What is forecast [default: demand]" })
      .option("by", { choices: ENTITIES, requiresArg: true, describe: "Whose [default: users; for other targets, users × apps]" })
      .option("step", { type: "string", default: "5m", requiresArg: true, describe: "Length of a step, of a trace" })
      .option("horizon", {
        type: "string",
        requiresArg: true,
        describe: "How far ahead, in steps or as a duration [default: 12; 96 of a table]",
      })
      .option("origins", { type: "number", default: 8, requiresArg: true, describe: "From how many instants, at least 4" })
      .option("look-back", {
        type: "string",
        requiresArg: true,
        describe: "How far back learned models look [default: their own]",
      })
      .option("without", { type: "string", requiresArg: true, describe: "Groups of features to leave out: time,tier,…" })
      .option("registry", { type: "string", requiresArg: true, describe: "Folder of trained models [default: as prae models]" })
      .option("seed", { type: "number", default: 1, requiresArg: true, describe: "Of instants, training and intervals" })
      .option("out", { type: "string", requiresArg: true, describe: "Directory to write: the page and the numbers" })
      .option("force", { type: "boolean", default: false, describe: "Replace what is there" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 backtest --trace traces/vms --models seasonal-naive,holt-winters,rnn --out backtests/vms", "with a page")
      .example("$0 backtest --trace traces/azure --target arrival --step 1m --horizon 15 --json", "chances of a request")
      .example("$0 backtest --csv ETTh1.csv --protocol ett --horizon 96 --look-back 336 --models nlinear", "as published")
      .epilogue(
        "seasonal-naive and best-classical (for arrivals seasonal-poisson) always take part: the others are held against them.\n" +
          "A model that fails is listed with its fault, and the exit code is 4.",
      ) as never,
  handler: async (args) => (await import("./backtest-run.ts")).run(args),
};
