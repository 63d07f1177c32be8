import type { CommandModule } from "yargs";

interface WhyArguments {
  readonly run: string;
  readonly user: string;
  readonly at: string | undefined;
  readonly app: string | undefined;
  readonly forecasts: string | undefined;
  readonly fromSnapshot: boolean;
  readonly json: boolean;
}

/** Replays a journal to an instant and explains one user there. */
export const command: CommandModule<object, WhyArguments> = {
  command: "why <run>",
  describe: "Explain a user in a run: what was decided, what was not, and what would have been otherwise",
  builder: (yargs) =>
    yargs
      .positional("run", {
        type: "string",
        demandOption: true,
        describe: "Folder of a run or of a live run's state, or its journal.prae.gz",
      })
      .option("user", { type: "string", demandOption: true, requiresArg: true, describe: "Name of the user" })
      .option("at", {
        type: "string",
        requiresArg: true,
        describe:
          "When: 14d after the journal's start, trace time in ms, or of a live run 2026-12-24T18:00:00Z [default: its end]",
      })
      .option("app", { type: "string", requiresArg: true, describe: "Only what concerns this app" })
      .option("forecasts", {
        type: "string",
        requiresArg: true,
        describe: "Directory of forecast sets [default: forecasts/ beside the journal]",
      })
      .option("from-snapshot", {
        type: "boolean",
        default: false,
        describe: "Of a live run: begin at its newest snapshot, of which what was decided before is not known",
      })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 why runs/ttl10 --user alice --at 2h", "what was held for a user two hours in, and because of what")
      .example("$0 why runs/mine --user alice --app editor --json", "") as never,
  handler: run,
};

async function run(args: WhyArguments): Promise<void> {
  const [{ journalPath }, { explainUser }, { explanationLines }, { printJson, say, sayMeanwhile }] = await Promise.all([
    import("./journal-file.ts"),
    import("./explain-user.ts"),
    import("../why/explain.ts"),
    import("./output.ts"),
  ]);
  const path = journalPath(args.run);
  const question = { ...args, from: args.fromSnapshot ? ("snapshot" as const) : ("start" as const) };
  const explanation = await explainUser(path, question, { onUnended: (words) => sayMeanwhile(`prae: ${words}`) });
  if (args.json) printJson({ journal: path, ...explanation });
  else say(explanationLines(explanation, explanation.sinceMs).join("\n"));
}
