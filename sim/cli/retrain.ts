import type { CommandModule } from "yargs";
import { SEED_OPTION } from "./scenario-options.ts";
import { STORE_OPTIONS } from "./store-options.ts";

export interface RetrainArguments {
  readonly state: string | undefined;
  readonly trace: string | undefined;
  readonly heldOut: string | undefined;
  readonly keep: string | undefined;
  readonly epochs: number | undefined;
  readonly gates: string | undefined;
  readonly cluster: string | undefined;
  readonly prices: string | undefined;
  readonly limit: string | undefined;
  readonly grace: string | undefined;
  readonly seed: number;
  readonly registry: string | undefined;
  readonly store: string | undefined;
  readonly trust: string | undefined;
  readonly key: string | undefined;
  readonly by: string | undefined;
  readonly note: string | undefined;
  readonly json: boolean;
}

/** A new model is a promotion: it is trained on what a live run saw, held against the old one, and has to pass the same gate. */
export const command: CommandModule<object, RetrainArguments> = {
  command: "retrain",
  describe: "Train the promoted policy's model anew on what a live run saw; promote it if it passes the gates",
  builder: (yargs) =>
    yargs
      .option("state", { type: "string", requiresArg: true, describe: "Folder of a live run: its journal is the history" })
      .option("trace", {
        type: "string",
        requiresArg: true,
        conflicts: "state",
        describe: "Or a trace directory with the history",
      })
      .option("held-out", {
        type: "string",
        requiresArg: true,
        describe: "The last part of the history, which the gates are asked on: 2d [default: a quarter of it]",
      })
      .option("keep", {
        type: "string",
        requiresArg: true,
        describe: "Folder to keep the journal's trace in, to repeat the evidence by [default: retrain/ in the state folder]",
      })
      .option("epochs", { type: "number", requiresArg: true, describe: "At most so many; it stops early [default: 25]" })
      .option("gates", { type: "string", requiresArg: true, describe: "YAML file [default: those of prae promote]" })
      .option("cluster", {
        type: "string",
        requiresArg: true,
        describe: "YAML file, or 'unlimited' [default: the trace's nodes]",
      })
      .option("prices", { type: "string", requiresArg: true, describe: "on-demand, spot, reserved, or YAML file with prices" })
      .option("limit", { type: "string", requiresArg: true, describe: "Usage traces: none or reservation [default: none]" })
      .option("grace", { type: "string", requiresArg: true, describe: "Usage traces: a longer shortage is a violation" })
      .options(SEED_OPTION)
      .option("registry", { type: "string", requiresArg: true, describe: "Folder of the models [default: as prae models]" })
      .options(STORE_OPTIONS)
      .option("note", { type: "string", requiresArg: true, describe: "Why, for whoever looks at it later" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 retrain --state live", "what prae live sees there is the history; run it from cron, once a night")
      .example("$0 retrain --state live --held-out 2d --gates gates.yaml --json", "exit code 5: the old model stays")
      .example("$0 retrain --trace traces/may --held-out 7d", "a longer history, kept as a trace")
      .epilogue(EPILOGUE) as never,
  handler: async (args) => (await import("./retrain-run.ts")).retrain(args),
};

const EPILOGUE = `What runs is never changed: a live run takes the new model when it is started again with --promotion active.
A training that was interrupted goes on where it stood when the same command is given with --trace.`;
