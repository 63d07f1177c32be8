import type { CommandModule } from "yargs";
import { printJson, sayMeanwhile } from "./output.ts";

interface QuickstartArguments {
  readonly out: string;
  readonly seed: number;
  readonly json: boolean;
}

const POLICIES = "keep-alive:ttl=10m,keep-alive:ttl=1h,reactive,clairvoyant";
const EVALUATE_FROM = "14d";

/** The main job on an embedded default: a synthetic workload, the policies of today, one report. */
export const command: CommandModule<object, QuickstartArguments> = {
  command: "quickstart",
  describe: "Generate a workload, replay it under today's policies, write a report",
  builder: (yargs) =>
    yargs
      .option("out", { type: "string", default: "prae-quickstart", requiresArg: true, describe: "Directory to write" })
      .option("seed", { type: "number", default: 1, requiresArg: true, describe: "Another seed, another workload" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 quickstart", "240 users over 4 weeks, scored on the last 2")
      .example("$0 quickstart --seed 7 --out seven --json", "another workload; the result as JSON"),
  handler: run,
};

async function run({ out, seed, json }: QuickstartArguments): Promise<void> {
  const [{ checkOutputPlaces }, { readEvaluateFrom, readPolicies, readPrices, readSeed }, { synthesize }] = await Promise.all([
    import("./output-places.ts"),
    import("./inputs.ts"),
    import("../../datasets/synthetic/synthesize.ts"),
  ]);
  const { clusterOf } = await import("../cluster-spec.ts");
  checkOutputPlaces([{ path: out, kind: "quickstart" }], true);
  readSeed(seed);
  const policies = await readPolicies(POLICIES);
  sayMeanwhile(`Generating a synthetic workload (seed ${seed}) …`);
  const trace = synthesize({ seed });
  const scenario = {
    trace,
    cluster: clusterOf(trace),
    evaluateFromMs: readEvaluateFrom(EVALUATE_FROM, trace),
    seed,
    prices: await readPrices(undefined),
  };
  const counts = `${trace.requests.count} requests of ${trace.users.length} users under ${policies.length} policies`;
  sayMeanwhile(`Replaying ${counts} …`);
  const { compareOn, comparisonDocument, sayVerdict, writeReport, writeRuns } = await import("./compare.ts");
  const { commandLine } = await import("./command-line.ts");
  const compared = await compareOn(scenario, policies, commandLine(["prae", ...process.argv.slice(2)]));
  const { writeTrace } = await import("../../datasets/store.ts");
  const { writeAtomically } = await import("../../datasets/atomic.ts");
  const { mkdir } = await import("node:fs/promises");
  await writeAtomically(out, { replace: true }, async (temporary) => {
    await mkdir(temporary);
    await writeTrace(trace, `${temporary}/trace`, { replace: false });
    await writeRuns(compared, `${temporary}/runs`, false);
    await writeReport(compared, `${temporary}/report.html`, false);
  });
  const report = `${out}/report.html`;
  if (json) printJson(comparisonDocument(compared, report));
  else sayVerdict(compared, report);
}
