import { availableParallelism } from "node:os";
import type { CommandModule } from "yargs";
import { InputError } from "../../datasets/issues.ts";
import { printJson, say } from "./output.ts";
import { SCENARIO_OPTIONS } from "./scenario-options.ts";

interface SweepArguments {
  readonly trace: string;
  readonly policies: string | undefined;
  readonly grid: string | undefined;
  readonly seeds: string | undefined;
  readonly workers: number;
  readonly out: string;
  readonly report: string | undefined;
  readonly cluster: string | undefined;
  readonly evaluateFrom: string | undefined;
  readonly prices: string | undefined;
  readonly limit: string | undefined;
  readonly grace: string | undefined;
  readonly whatIf: readonly string[] | undefined;
  readonly faults: string | undefined;
  readonly set: readonly string[] | undefined;
  readonly registry: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Replays a grid of policies × parameters × seeds in parallel; runs that are there already are not made again. */
export const command: CommandModule<object, SweepArguments> = {
  command: "sweep",
  describe: "Replay a grid of policies and seeds in parallel; find which are not dominated",
  builder: (yargs) =>
    yargs
      .option("trace", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "Trace directory; {seed} in it stands for the seed, where each has a trace of its own",
      })
      .option("policies", {
        type: "string",
        requiresArg: true,
        describe: "As for compare, with braces for several values: keep-alive:ttl={1m,10m}",
      })
      .option("grid", { type: "string", requiresArg: true, describe: "YAML file with policies and seeds, instead of --policies" })
      .option("seeds", { type: "string", requiresArg: true, describe: "1..5, or 1,2,7 [default: 1]" })
      .option("workers", {
        type: "number",
        default: availableParallelism(),
        defaultDescription: "one a core",
        requiresArg: true,
        describe: "Worker threads",
      })
      .option("out", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "Directory of the results; an earlier sweep there is continued",
      })
      .option("report", { type: "string", requiresArg: true, describe: "HTML report to write" })
      .options(SCENARIO_OPTIONS)
      .option("force", { type: "boolean", default: false, describe: "Replace the report that is there" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 sweep --trace traces/x --policies 'keep-alive:ttl={1m,5m,10m,30m,1h},reactive' --out sweeps/x", "")
      .example("$0 sweep --trace 'traces/azure-{seed}' --grid grid.yaml --seeds 1..5 --out sweeps/y --report y.html", "")
      .example(
        "$0 sweep --trace traces/x --policies keep-alive --what-if 'burst=*@14:00+10m×5' --seeds 1..5 --out sweeps/z",
        "",
      ) as never,
  handler: run,
};

async function run(args: SweepArguments): Promise<void> {
  const [{ policiesOfGrid, readGrid, readSeeds }, { makeSweep }, { checkOutputPlaces }, { commandLine }, { workerUrl }] =
    await Promise.all([
      import("./sweep/grid.ts"),
      import("./sweep/make-sweep.ts"),
      import("./output-places.ts"),
      import("./command-line.ts"),
      import("./sweep/worker-url.ts"),
    ]);
  const { paretoTable } = await import("../../reports/sweep/text.ts");
  if ((args.policies === undefined) === (args.grid === undefined)) {
    const found = args.grid === undefined ? "neither" : "both";
    throw new InputError([{ where: "prae sweep", expected: "either --policies or --grid", found }]);
  }
  const workers = readWorkers(args.workers);
  const grid = args.grid === undefined ? { policies: args.policies as string, seeds: undefined } : await readGrid(args.grid);
  const policies = await policiesOfGrid(grid.policies, args.grid ?? "--policies");
  const seeds = readSeeds(args.seeds ?? grid.seeds ?? "1");
  checkOutputPlaces(args.report === undefined ? [] : [{ path: args.report, kind: "file" }], args.force);
  const { document, sweep, run: first, made } = await makeSweep({ ...args, policies, seeds, workers, workerUrl: workerUrl() });
  if (args.report !== undefined) {
    const { renderSweep } = await import("../../reports/sweep/page.ts");
    const { writeAtomically } = await import("../../datasets/atomic.ts");
    const { writeFile } = await import("node:fs/promises");
    const page = await renderSweep({ sweep, run: first, seeds, command: commandLine(["prae", ...process.argv.slice(2)]) });
    await writeAtomically(args.report, { replace: args.force }, (temporary) => writeFile(temporary, page));
  }
  if (args.json) {
    printJson({ ...document, out: args.out, report: args.report ?? null });
    return;
  }
  for (const line of paretoTable(sweep)) say(line);
  say(`\n* not dominated, · dominated, ref knows the future; costs in ${first.prices.currency}`);
  if (seeds.length > 1 && !sweep.seedsMatter) say("The seeds changed nothing: nothing in these runs is random.");
  say(`${args.out}: ${policies.length * seeds.length} runs, ${made} of them made now`);
  if (args.report !== undefined) say(`Report: ${args.report}`);
}

function readWorkers(workers: number): number {
  if (Number.isInteger(workers) && workers >= 1 && workers <= 256) return workers;
  throw new InputError([{ where: "--workers", expected: "a whole number from 1 to 256", found: String(workers) }]);
}
