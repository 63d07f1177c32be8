#!/usr/bin/env node
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { removeTemporaries } from "../../datasets/atomic.ts";
import { command as compare } from "./compare.ts";
import { command as datasets } from "./datasets.ts";
import { command as describe } from "./describe.ts";
import { command as importTrace } from "./import.ts";
import { command as journal } from "./journal.ts";
import { EXIT, reportFailure } from "./output.ts";
import { command as place } from "./place.ts";
import { command as quickstart } from "./quickstart.ts";
import { command as report } from "./report.ts";
import { command as simulate } from "./simulate.ts";
import { command as sweep } from "./sweep.ts";
import { command as synth } from "./synth.ts";
import { VERSION } from "./version.ts";

const args = hideBin(process.argv);
const json = args.includes("--json");

for (const [signal, exitCode] of [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => {
    removeTemporaries();
    process.stderr.write("\nprae: interrupted; nothing half-written was left\n");
    process.exit(exitCode);
  });
}

// A reader that closes early (`prae journal cat … | head`) is not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});

const parser = yargs(args)
  .scriptName("prae")
  .usage("$0 <verb>\n\nSimulates, compares and runs predictive resource allocators on real traces.")
  .version(VERSION)
  .option("json", {
    type: "boolean",
    default: false,
    describe: "Print one JSON document on stdout, everything else on stderr",
    global: true,
  })
  .command(quickstart)
  .command(datasets)
  .command(importTrace)
  .command(describe)
  .command(synth)
  .command(simulate)
  .command(compare)
  .command(sweep)
  .command(report)
  .command(place)
  .command(journal)
  .strict()
  .demandCommand(1, "Name a verb.")
  .recommendCommands()
  .wrap(Math.min(110, process.stdout.columns ?? 110))
  .exitProcess(false)
  .fail((message, error) => {
    throw error ?? new UsageError(message);
  });

class UsageError extends Error {}

try {
  await parser.parseAsync();
} catch (error) {
  removeTemporaries();
  if (error instanceof UsageError) {
    const { InputError } = await import("../../datasets/issues.ts");
    process.exitCode = reportFailure(
      new InputError([
        { where: `prae ${args.join(" ")}`, expected: "a known verb with its options", found: error.message, hint: "prae --help" },
      ]),
      json,
    );
  } else {
    process.exitCode = reportFailure(error, json);
  }
}
