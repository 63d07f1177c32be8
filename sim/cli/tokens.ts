import type { CommandModule } from "yargs";

export interface TokensArguments {
  readonly action: "add" | "list" | "remove";
  readonly file: string;
  readonly name: string | undefined;
  readonly scopes: string | undefined;
  readonly users: string | undefined;
  readonly days: number | undefined;
  readonly json: boolean;
}

/** Makes, lists and removes the tokens that `prae live` takes. */
export const command: CommandModule<object, TokensArguments> = {
  command: "tokens <action> <file>",
  describe: "Make, list and remove the tokens that prae live takes",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["add", "list", "remove"] as const, demandOption: true, describe: "What to do" })
      .positional("file", { type: "string", demandOption: true, describe: "YAML file; made where it is not there" })
      .option("name", { type: "string", requiresArg: true, describe: "add, remove: whose it is" })
      .option("scopes", {
        type: "string",
        requiresArg: true,
        describe: "add: what it allows, of request, usage, read, admin, comma-separated",
      })
      .option("users", { type: "string", requiresArg: true, describe: "add: the users it speaks for [default: all]" })
      .option("days", { type: "number", requiresArg: true, describe: "add: for how long [default: 365]" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 tokens add tokens.yaml --name hub --scopes request,usage,read", "prints the token, this once")
      .example("$0 tokens add tokens.yaml --name alice --scopes read --users alice --days 7", "")
      .example("$0 tokens list tokens.yaml --json", "") as never,
  handler: async (args) => (await import("./tokens-actions.ts")).tokens(args),
};
