#!/usr/bin/env node
import yargs, { type CommandModule } from "yargs";
import { hideBin } from "yargs/helpers";
import { removeTemporaries } from "../../datasets/atomic.ts";
import { InputError } from "../../datasets/issues.ts";
import { command as backtest } from "./backtest.ts";
import { command as compare } from "./compare.ts";
import { command as datasets } from "./datasets.ts";
import { command as describe } from "./describe.ts";
import { command as doctor } from "./doctor.ts";
import { command as importTrace } from "./import.ts";
import { handInterrupt } from "./interrupt.ts";
import { command as journal } from "./journal.ts";
import { command as live } from "./live.ts";
import { command as models } from "./models.ts";
import { EXIT, reportFailure } from "./output.ts";
import { command as place } from "./place.ts";
import { command as policies } from "./policies.ts";
import { command as promote } from "./promote.ts";
import { command as quickstart } from "./quickstart.ts";
import { command as refine } from "./refine.ts";
import { command as replay } from "./replay.ts";
import { command as report } from "./report.ts";
import { command as retrain } from "./retrain.ts";
import { command as share } from "./share.ts";
import { command as simulate } from "./simulate.ts";
import { command as sweep } from "./sweep.ts";
import { command as synth } from "./synth.ts";
import { command as tokens } from "./tokens.ts";
import { command as train } from "./train.ts";
import { argumentIssues, usageIssues } from "./usage-issues.ts";
import { VERSION } from "./version.ts";
import { command as why } from "./why.ts";

const args = hideBin(process.argv);
const json = args.includes("--json");
const VERBS = [
  quickstart,
  datasets,
  importTrace,
  describe,
  synth,
  simulate,
  compare,
  sweep,
  report,
  place,
  train,
  refine,
  backtest,
  models,
  promote,
  retrain,
  policies,
  share,
  doctor,
  journal,
  why,
  live,
  tokens,
  replay,
];

for (const [signal, exitCode] of [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => {
    if (handInterrupt(exitCode)) return;
    removeTemporaries();
    process.stderr.write("\nprae: interrupted; nothing half-written was left\n");
    process.exit(exitCode);
  });
}

/** The command line is not one: said by yargs, in a sentence. */
class UsageError extends Error {}

// A reader that closes early (`prae journal cat … | head`) is not a failure; a full disk under a redirection is.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  removeTemporaries();
  process.exit(error.code === "EPIPE" ? EXIT.done : reportFailure(error, false));
});
// Nobody reads the progress: no reason to stop.
process.stderr.on("error", () => {});

const parser = yargs(args)
  .scriptName("prae")
  .locale("en")
  .alias("h", "help")
  .usage("$0 <verb>\n\nSimulates, compares and runs predictive resource allocators on real traces.")
  .version(VERSION)
  .option("json", {
    type: "boolean",
    default: false,
    describe: "Print one JSON document on stdout, everything else on stderr",
    global: true,
  })
  .strict()
  .demandCommand(1, "Name a verb.")
  .recommendCommands()
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .exitProcess(false)
  .fail((message, error) => {
    throw error === undefined || error.name === "YError" ? new UsageError(message) : error;
  });
for (const verb of VERBS) parser.command(verb as CommandModule);

try {
  const issues = argumentIssues(args);
  if (issues.length > 0) throw new InputError(issues);
  await parser.parseAsync();
} catch (error) {
  removeTemporaries();
  const usages = VERBS.map(({ command }) => String(command));
  const failure = error instanceof UsageError ? new InputError(usageIssues(error.message, args, usages)) : error;
  process.exitCode = reportFailure(failure, json);
}
