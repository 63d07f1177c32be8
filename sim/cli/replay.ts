import type { CommandModule } from "yargs";

interface ReplayArguments {
  readonly journal: string;
  readonly forecasts: string | undefined;
  readonly fromSnapshot: boolean;
  readonly json: boolean;
}

/** Feeds a journal's events to a fresh core: a live run's too, while it runs or after a crash. */
export const command: CommandModule<object, ReplayArguments> = {
  command: "replay <journal>",
  describe: "Replay a run, live or simulated, from its journal: every decision must be the same",
  builder: (yargs) =>
    yargs
      .positional("journal", {
        type: "string",
        demandOption: true,
        describe: "Folder of a run or of a live run's state, or its journal.prae.gz",
      })
      .option("forecasts", {
        type: "string",
        requiresArg: true,
        describe: "Directory of forecast sets [default: forecasts/ beside the journal]",
      })
      .option("from-snapshot", {
        type: "boolean",
        default: false,
        describe: "Of a live run: begin at its newest snapshot, which is taken at its word for all before it",
      })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 replay live", "a live run, up to the last step that is on the disk")
      .example("$0 replay live --from-snapshot", "what came since, also where older files were moved away")
      .example("$0 replay runs/ttl10 --json", "") as never,
  handler: run,
};

async function run({ journal, forecasts, fromSnapshot, json }: ReplayArguments): Promise<void> {
  const [{ journalPath }, { replayJournal }] = await Promise.all([import("./journal-file.ts"), import("./journal-replay.ts")]);
  return replayJournal(journalPath(journal), { forecasts, from: fromSnapshot ? "snapshot" : "start", json });
}
