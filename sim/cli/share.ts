import type { CommandModule } from "yargs";

const ACTIONS = ["list", "push", "pull"] as const;

export interface ShareArguments {
  readonly action: (typeof ACTIONS)[number];
  readonly address: string;
  readonly promotions: string | undefined;
  readonly registry: string | undefined;
  readonly json: boolean;
}

/** What live runs and people share: promotions and models, beside what runs keep there of users. */
export const command: CommandModule<object, ShareArguments> = {
  command: "share <action> <address>",
  describe: "Share promotions and models through a database: list what is there, push ours, pull what we lack",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ACTIONS, demandOption: true, describe: "What to do" })
      .positional("address", {
        type: "string",
        demandOption: true,
        describe: "postgres://user@host/database, or the path of a DuckDB file",
      })
      .option("promotions", { type: "string", requiresArg: true, describe: "Folder of promotions [default: as prae policies]" })
      .option("registry", { type: "string", requiresArg: true, describe: "Folder of models [default: as prae models]" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 share push postgres://prae@db/prae", "for the others: every promotion, which are in force, every model")
      .example("$0 share pull postgres://prae@db/prae", "what is there and not here; prae policies verify says whom to trust")
      .example("$0 share list shared.duckdb", "") as never,
  handler: async (args) => (await import("./share-actions.ts")).runShare(args),
};
