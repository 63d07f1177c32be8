import type { CommandModule } from "yargs";
import { STORE_OPTIONS } from "./store-options.ts";

const ACTIONS = ["list", "show", "diff", "verify", "rollback", "keygen"] as const;

export interface PoliciesArguments {
  readonly action: (typeof ACTIONS)[number];
  readonly ids: readonly string[];
  readonly store: string | undefined;
  readonly trust: string | undefined;
  readonly key: string | undefined;
  readonly by: string | undefined;
  readonly reason: string | undefined;
  readonly json: boolean;
}

/** The policies that passed the gate: what is in force, what was, and that nobody changed it. */
export const command: CommandModule<object, PoliciesArguments> = {
  command: "policies <action> [ids..]",
  describe: "List promoted policies, show one with its evidence, diff two, verify them, roll back, make a signing key",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ACTIONS, demandOption: true, describe: "What to do" })
      .positional("ids", { type: "string", array: true, default: [], describe: "Ids of promotions, or their first digits" })
      .options(STORE_OPTIONS)
      .option("reason", { type: "string", requiresArg: true, describe: "rollback: why" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 policies list", "the history, the latest first, and what is in force")
      .example("$0 policies show", "what is in force, with its evidence; or of an id")
      .example("$0 policies diff 3c16 9a01", "where two differ; with one id, from what is in force")
      .example("$0 policies verify", "every promotion and the history; or ids")
      .example("$0 policies rollback --reason 'cold starts'", "to what was in force before; or to an id")
      .example("$0 policies keygen --key release.pem", "a key of its own for whoever promotes") as never,
  handler: async (args) => (await import("./policies-actions.ts")).runPolicies(args),
};
