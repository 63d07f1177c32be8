import type { CommandModule } from "yargs";
import { InputError } from "../../datasets/issues.ts";
import { printJson, say } from "./output.ts";

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
  const [{ synthesize }, { writeTrace }, { writeAtomically }, { readEvaluateFrom, readPolicies, readPrices }, { clusterOf }] =
    await Promise.all([
      import("../../datasets/synthetic/synthesize.ts"),
      import("../../datasets/store.ts"),
      import("../../datasets/atomic.ts"),
      import("./inputs.ts"),
      import("../cluster-spec.ts"),
    ]);
  const { compareOn, comparisonDocument, sayVerdict, writeReport, writeRuns } = await import("./compare.ts");
  const { commandLine } = await import("./command-line.ts");
  const { mkdir } = await import("node:fs/promises");
  await refuseForeign(out);
  say(`Generating a synthetic workload (seed ${seed}) …`, json);
  const trace = synthesize({ seed });
  const scenario = {
    trace,
    cluster: clusterOf(trace),
    evaluateFromMs: readEvaluateFrom(EVALUATE_FROM, trace),
    seed,
    prices: await readPrices(undefined),
  };
  say(
    `Replaying ${trace.requests.count} requests of ${trace.users.length} users under ${POLICIES.split(",").length} policies …`,
    json,
  );
  const compared = await compareOn(scenario, await readPolicies(POLICIES), commandLine(["prae", ...process.argv.slice(2)]));
  await writeAtomically(out, { replace: true }, async (temporary) => {
    await mkdir(temporary, { recursive: true });
    await writeTrace(trace, `${temporary}/trace`, { replace: false });
    await writeRuns(compared, `${temporary}/runs`, false);
    await writeReport(compared, `${temporary}/report.html`, false);
  });
  const report = `${out}/report.html`;
  if (json) printJson(comparisonDocument(compared, report));
  else sayVerdict(compared, report);
}

/** An earlier quickstart may be replaced; anything else that stands there may not. */
async function refuseForeign(out: string): Promise<void> {
  const { existsSync } = await import("node:fs");
  if (!existsSync(out) || (existsSync(`${out}/report.html`) && existsSync(`${out}/trace/manifest.json`))) return;
  throw new InputError([
    { where: out, expected: "nothing there, or an earlier quickstart", found: "something else", hint: "choose another --out" },
  ]);
}
