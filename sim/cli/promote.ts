import type { CommandModule } from "yargs";
import { policyHelp } from "./policy-help.ts";
import { SCENARIO_OPTIONS, SEED_OPTION } from "./scenario-options.ts";
import { STORE_OPTIONS } from "./store-options.ts";

export interface PromoteArguments {
  readonly candidate: string;
  readonly incumbent: string | undefined;
  readonly traces: readonly string[];
  readonly evaluateFrom: string;
  readonly gates: string | undefined;
  readonly cluster: string | undefined;
  readonly seed: number;
  readonly prices: string | undefined;
  readonly limit: string | undefined;
  readonly grace: string | undefined;
  readonly registry: string | undefined;
  readonly store: string | undefined;
  readonly trust: string | undefined;
  readonly key: string | undefined;
  readonly by: string | undefined;
  readonly note: string | undefined;
  readonly json: boolean;
}

/** The gate: a policy becomes the active one only where it shows, on what it never saw, that it is no worse and somewhere better. */
export const command: CommandModule<object, PromoteArguments> = {
  command: "promote",
  describe: "Measure a policy against the one that runs, on what it never saw; sign and keep it if it passes the gates",
  builder: (yargs) =>
    yargs
      .option("candidate", { type: "string", demandOption: true, requiresArg: true, describe: "The policy to promote" })
      .option("incumbent", { type: "string", requiresArg: true, describe: "The one that runs [default: the active promotion's]" })
      .option("traces", {
        type: "string",
        array: true,
        demandOption: true,
        requiresArg: true,
        describe: "Trace directories; the gates have to be passed on each",
      })
      .options(MEASURED)
      .option("evaluate-from", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "What comes from here on is held out: 14d after the start, or ms; or one a trace, with commas",
      })
      .options(SEED_OPTION)
      .option("gates", { type: "string", requiresArg: true, describe: "YAML file [default: see below]" })
      .options(STORE_OPTIONS)
      .option("note", { type: "string", requiresArg: true, describe: "Why, for whoever looks at it later" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 promote --candidate keep-alive:ttl=5m --incumbent keep-alive --traces traces/azure --evaluate-from 7d", "")
      .example("$0 promote --candidate evening.yaml --traces may june --evaluate-from 14d,7d --gates gates.yaml --json", "")
      .epilogue(`${GATES_HELP}\n\n${policyHelp()}`) as never,
  handler: async (args) => (await import("./promote-run.ts")).promote(args),
};

/** What a gate measures is the world as it was: no what-ifs. */
const { "what-if": _, set: __, ...MEASURED } = SCENARIO_OPTIONS;

const GATES_HELP = `Where the gates are not passed nothing is written, and the exit code is 5. The default gates as a file:
  confidence: 0.95                    # of all intervals together
  sla:                                # first; of usage traces shortage_hours, too
    - { metric: sla_violations, tier: each, noWorseBy: 0.02 }
  waste: [{ metric: waste_cost, noWorseBy: 0.1 }]
  cost: [{ metric: cost, betterBy: 0 }]
  churn: [{ metric: decisions_per_user_day_mean, noWorseBy: 0.5, slack: 24 }]`;
