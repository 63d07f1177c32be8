import type { CommandModule } from "yargs";
import type { PlacementName } from "../../allocator/core/placement/strategies.ts";
import type { OpenbLists } from "../../datasets/openb/files.ts";
import type { PolicySummary, SeedRun, Spread } from "../../reports/placement/summary.ts";
import { printJson, say } from "./output.ts";

interface PlaceArguments {
  readonly trace: string;
  readonly variant: string | undefined;
  readonly pods: string | undefined;
  readonly policies: string;
  readonly load: number;
  readonly seeds: number;
  readonly seed: number;
  readonly out: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Places the pods of a GPU trace under several policies and compares what they allocate. */
export const command: CommandModule<object, PlaceArguments> = {
  command: "place",
  describe: "Place the pods of the openb GPU trace under several policies and compare GPU allocation",
  builder: (yargs) =>
    yargs
      .option("trace", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "Folder of the original openb files (openb_node_list_*.csv, openb_pod_list_*.csv, or .csv.gz)",
      })
      .option("variant", { type: "string", requiresArg: true, describe: "Which openb_pod_list_NAME [default: default]" })
      .option("pods", { type: "string", requiresArg: true, describe: "Another pod list, by path" })
      .conflicts("pods", "variant")
      .option("policies", {
        type: "string",
        default: "random,dot-product,gpu-clustering,gpu-packing,best-fit,fgd",
        requiresArg: true,
        describe: "Of random, first-fit, best-fit, dot-product, gpu-packing, gpu-clustering, fgd, or all",
      })
      .option("load", { type: "number", default: 1.3, requiresArg: true, describe: "GPU asked for ÷ GPU there is" })
      .option("seeds", { type: "number", default: 10, requiresArg: true, describe: "How many orders of arrivals" })
      .option("seed", { type: "number", default: 42, requiresArg: true, describe: "The first seed; the others follow it" })
      .option("out", { type: "string", requiresArg: true, describe: "HTML page to write" })
      .option("force", { type: "boolean", default: false, describe: "Replace what is there" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 place --trace alibaba-openb-2023 --policies fgd,best-fit,random --load 1.3 --seeds 10", "means over ten seeds")
      .example(
        "$0 place --trace alibaba-openb-2023 --policies all --variant gpushare40 --out place.html",
        "with curves, as a page",
      )
      .example("$0 place --trace alibaba-openb-2023 --seeds 1 --json", "one seed; the results and curves as JSON") as never,
  handler: run,
};

async function run(args: PlaceArguments): Promise<void> {
  const { readOpenb } = await import("../../datasets/openb/files.ts");
  const { checkOutputPlaces } = await import("./output-places.ts");
  const { policies, loadPpm, seeds } = await readOptions(args);
  checkOutputPlaces(args.out === undefined ? [] : [{ path: args.out, kind: "file" }], args.force);
  const lists = await readOpenb(
    args.trace,
    args.pods === undefined ? { variant: args.variant ?? "default" } : { file: args.pods },
  );
  const summaries = await placeAll(lists, policies, loadPpm, seeds);
  if (args.out !== undefined) await writePage(args, args.out, lists, loadPpm, seeds, summaries);
  if (args.json) printJson(await documentOf(args, lists, loadPpm, seeds, summaries));
  else await sayResults(summaries, args.out);
}

async function readOptions(args: PlaceArguments) {
  const { InputError } = await import("../../datasets/issues.ts");
  const { IssueList, quote } = await import("../../datasets/issue-list.ts");
  const { PLACEMENT_NAMES } = await import("../../allocator/core/placement/strategies.ts");
  const issues = new IssueList();
  const names = args.policies === "all" ? PLACEMENT_NAMES : args.policies.split(",").map((name) => name.trim());
  const isKnown = (name: string): name is PlacementName => (PLACEMENT_NAMES as readonly string[]).includes(name);
  for (const [at, name] of names.entries()) {
    if (!isKnown(name)) issues.add({ where: "--policies", expected: [...PLACEMENT_NAMES, "all"].join(", "), found: quote(name) });
    else if (names.indexOf(name) < at)
      issues.add({ where: "--policies", expected: "each policy once", found: `${quote(name)} twice` });
  }
  const loadPpm = Math.round(args.load * 1_000_000);
  if (!(loadPpm >= 10_000 && loadPpm <= 100_000_000)) {
    issues.add({ where: "--load", expected: "a number from 0.01 to 100", found: `${args.load}` });
  }
  if (!(Number.isInteger(args.seeds) && args.seeds >= 1 && args.seeds <= 10_000)) {
    issues.add({ where: "--seeds", expected: "a whole number from 1 to 10000", found: `${args.seeds}` });
  }
  if (!(Number.isSafeInteger(args.seed) && args.seed >= 0 && args.seed <= 2 ** 32)) {
    issues.add({ where: "--seed", expected: "a whole number from 0 to 2^32", found: `${args.seed}` });
  }
  if (issues.total > 0) throw new InputError(issues.issues, issues.total);
  return { policies: names.filter(isKnown), loadPpm, seeds: Array.from({ length: args.seeds }, (_, at) => args.seed + at) };
}

async function placeAll(
  { nodes, pods }: OpenbLists,
  policies: readonly PlacementName[],
  loadPpm: number,
  seeds: readonly number[],
): Promise<readonly PolicySummary[]> {
  const { runPlacement } = await import("../../sim/placement/experiment.ts");
  const { summarize } = await import("../../reports/placement/summary.ts");
  const { Progress } = await import("./progress.ts");
  const progress = new Progress("placing");
  const runs: SeedRun[] = [];
  for (const policy of policies) {
    for (const seed of seeds) {
      runs.push(runPlacement({ nodes, shapes: pods, loadPpm }, policy, seed));
      progress.update(runs.length, policies.length * seeds.length);
    }
  }
  progress.end();
  return summarize(runs);
}

async function writePage(
  args: PlaceArguments,
  path: string,
  lists: OpenbLists,
  loadPpm: number,
  seeds: readonly number[],
  policies: readonly PolicySummary[],
): Promise<void> {
  const { renderPlacementPage } = await import("../../reports/placement/page.ts");
  const { writeAtomically } = await import("../../datasets/atomic.ts");
  const { writeFile } = await import("node:fs/promises");
  const { commandLine } = await import("./command-line.ts");
  const page = await renderPlacementPage({
    ...describe(lists),
    loadPct: loadPpm / 10_000,
    seeds,
    policies,
    command: commandLine(["prae", ...process.argv.slice(2)]),
  });
  await writeAtomically(path, { replace: args.force }, (temporary) => writeFile(temporary, page));
}

function describe({ nodes, pods, files }: OpenbLists) {
  const gpus = nodes.reduce((sum, node) => sum + node.gpus, 0);
  return { workload: files[1]?.name.replace(/\.csv(\.gz)?$/, "") ?? "", nodes: nodes.length, gpus, pods: pods.length, files };
}

async function documentOf(
  args: PlaceArguments,
  lists: OpenbLists,
  loadPpm: number,
  seeds: readonly number[],
  policies: readonly PolicySummary[],
) {
  const { differences } = await import("../../reports/placement/summary.ts");
  return {
    trace: describe(lists),
    load: loadPpm / 1_000_000,
    seeds,
    results: policies.map((summary) => ({
      policy: summary.policy,
      ...spreadOf("gpu_allocation_pct", summary.gpuAllocationPct),
      ...spreadOf("fragmentation_pct", summary.fragmentationPct),
      ...spreadOf("pods_arrived", summary.arrived),
      ...spreadOf("pods_placed", summary.placed),
      by_seed: summary.runs.map(({ seed, gpuAllocationPct, fragmentationPct }) => ({
        seed,
        gpu_allocation_pct: gpuAllocationPct,
        fragmentation_pct: fragmentationPct,
      })),
      curve: summary.curve.map(({ loadPct, gpuAllocationPct, fragmentationPct }) => ({
        load_pct: loadPct,
        gpu_allocation_pct_mean: gpuAllocationPct,
        fragmentation_pct_mean: fragmentationPct,
      })),
    })),
    differences: differences(policies).map(({ more, less, meanPct, interval, shown }) => ({
      more,
      less,
      gpu_allocation_pct_mean: meanPct,
      interval,
      shown,
    })),
    page: args.out ?? null,
  };
}

function spreadOf(name: string, { mean, sd, interval }: Spread): Record<string, unknown> {
  return { [`${name}_mean`]: mean, [`${name}_sd`]: sd, [`${name}_interval`]: interval };
}

async function sayResults(policies: readonly PolicySummary[], page: string | undefined): Promise<void> {
  const { differences, ranked } = await import("../../reports/placement/summary.ts");
  const { differenceText } = await import("../../reports/placement/page.ts");
  const two = (value: number | null) => (value === null ? "–" : value.toFixed(2)).padStart(6);
  say("policy           GPU allocated, %     sd   free GPU fragmented, %");
  for (const { policy, gpuAllocationPct, fragmentationPct } of ranked(policies)) {
    const figures = [two(gpuAllocationPct.mean).padStart(16), two(gpuAllocationPct.sd), two(fragmentationPct.mean).padStart(24)];
    say([policy.padEnd(16), ...figures].join(" "));
  }
  for (const difference of differences(policies)) say(`  ${differenceText(difference)}`);
  if (page !== undefined) say(`\nPage: ${page}`);
}
