import type { CommandModule } from "yargs";
import { SYNTHETIC_DEFAULTS } from "../../datasets/synthetic/options.ts";
import { printJson, say } from "./output.ts";

interface SynthArguments {
  readonly out: string;
  readonly users: number;
  readonly days: number;
  readonly seed: number;
  readonly nodes: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

/** Generates the synthetic workload and writes it as a trace directory. */
export const command: CommandModule<object, SynthArguments> = {
  command: "synth",
  describe: "Generate a synthetic multi-tenant workload, seeded",
  builder: (yargs) =>
    yargs
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "Trace directory to write" })
      .option("users", { type: "number", default: SYNTHETIC_DEFAULTS.users, requiresArg: true, describe: "How many users" })
      .option("days", { type: "number", default: SYNTHETIC_DEFAULTS.days, requiresArg: true, describe: "Length, from a Monday" })
      .option("seed", {
        type: "number",
        default: SYNTHETIC_DEFAULTS.seed,
        requiresArg: true,
        describe: "Another seed, another workload",
      })
      .option("nodes", {
        type: "boolean",
        default: true,
        describe: "Write a cluster sized to the demand; --no-nodes: none, so that capacity is unlimited",
      })
      .option("force", { type: "boolean", default: false, describe: "Replace the trace directory that is there" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .example("$0 synth --out traces/synthetic", "the default: 240 users, 28 days, seed 1")
      .example("$0 synth --out traces/large --users 1000 --days 56 --seed 7", "another, larger one")
      .example("$0 synth --out traces/open --no-nodes --json", "without a cluster; the summary as JSON"),
  handler: run,
};

async function run({ out, users, days, seed, nodes, force, json }: SynthArguments): Promise<void> {
  const { synthesize } = await import("../../datasets/synthetic/synthesize.ts");
  const { writeTrace } = await import("../../datasets/store.ts");
  const trace = synthesize({ users, days, seed, nodes: nodes ? "sized" : "none" });
  await writeTrace(trace, out, { replace: force });
  const { name, digest, synthetic, window } = trace.manifest;
  const counts = {
    users: trace.users.length,
    apps: trace.apps.length,
    requests: trace.requests.count,
    nodes: trace.nodes?.length ?? null,
  };
  if (json) {
    printJson({ trace: out, name, synthetic, digest, window, ...counts });
    return;
  }
  const cluster = counts.nodes === null ? "no nodes: unlimited capacity" : `${counts.nodes} nodes`;
  say(`${out}: ${name} (synthetic), digest ${digest.slice(0, 12)}`);
  say(`${counts.users} users, ${counts.apps} apps, ${counts.requests} requests in ${days} days; ${cluster}`);
}
