import type { CommandModule } from "yargs";
import type { JournalFilter } from "./journal-cat.ts";

/** Options that one of the actions alone has. */
const OWN_OPTIONS = {
  cat: ["user", "app", "kind", "from", "to", "limit"],
  verify: [],
  replay: ["forecasts"],
} as const;

interface JournalArguments extends JournalFilter {
  readonly action: "cat" | "verify" | "replay";
  readonly file: string;
  readonly forecasts: string | undefined;
  readonly json: boolean;
}

/** Reads a journal: prints it with names, checks that it is whole, or replays it through the allocator core alone. */
export const command: CommandModule<object, JournalArguments> = {
  command: "journal <action> <file>",
  describe: "Print a journal with names, verify it, or replay it through the core",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["cat", "verify", "replay"] as const, demandOption: true, describe: "What to do" })
      .positional("file", { type: "string", demandOption: true, describe: "journal.prae.gz, or the directory of its run" })
      .option("forecasts", {
        type: "string",
        requiresArg: true,
        describe: "replay: directory of forecast sets [default: forecasts/ beside it]",
      })
      .option("user", { type: "string", requiresArg: true, describe: "cat: only what concerns this user" })
      .option("app", { type: "string", requiresArg: true, describe: "cat: only what concerns this app" })
      .option("kind", {
        type: "string",
        requiresArg: true,
        describe: "cat: only these kinds of event or decision, comma-separated",
      })
      .option("from", { type: "number", requiresArg: true, describe: "cat: from this trace time in ms" })
      .option("to", { type: "number", requiresArg: true, describe: "cat: before this trace time in ms" })
      .option("limit", { type: "number", requiresArg: true, describe: "cat: at most this many events" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 journal cat runs/ttl10 --user alice --limit 20", "what happened to a user, and what was decided")
      .example("$0 journal verify runs/ttl10", "read it whole and give its digest")
      .example("$0 journal replay runs/ttl10 --json", "the same decisions again, from the events alone") as never,
  handler: run,
};

async function run(args: JournalArguments): Promise<void> {
  const { journalPath } = await import("./journal-file.ts");
  const path = journalPath(args.file);
  await refuseOptions(args);
  if (args.action === "cat") return (await import("./journal-cat.ts")).catJournal(path, args, args.json);
  const { replayJournal, verifyJournal } = await import("./journal-replay.ts");
  if (args.action === "verify") return verifyJournal(path, args.json);
  return replayJournal(path, { forecasts: args.forecasts, from: "start", json: args.json });
}

/** @throws InputError for options of another action, and for values that mean nothing. */
async function refuseOptions(args: JournalArguments): Promise<void> {
  const { IssueList } = await import("../../datasets/issue-list.ts");
  const { DECISION_CODECS, EVENT_CODECS } = await import("../../allocator/journal/codecs.ts");
  const issues = new IssueList();
  for (const [action, names] of Object.entries(OWN_OPTIONS)) {
    for (const name of action === args.action ? [] : names) {
      if (args[name] === undefined) continue;
      issues.add({ where: `--${name}`, expected: `an option of prae journal ${args.action}`, found: `one of ${action}` });
    }
  }
  for (const [name, least] of [["from", 0] as const, ["to", 0] as const, ["limit", 1] as const]) {
    const value = args[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue;
    issues.add({ where: `--${name}`, expected: `a whole number of at least ${least}`, found: String(value) });
  }
  const kinds = [...Object.keys(EVENT_CODECS), ...Object.keys(DECISION_CODECS)];
  for (const kind of args.kind?.split(",") ?? []) {
    if (!kinds.includes(kind)) issues.add({ where: "--kind", expected: `one of ${kinds.join(", ")}`, found: `"${kind}"` });
  }
  issues.throwIfAny();
}
