import type { CommandModule } from "yargs";
import { InputError } from "../../datasets/issues.ts";
import type { NamedPolicy } from "./inputs.ts";
import { printJson, say } from "./output.ts";
import { policyHelp } from "./policy-help.ts";
import { FORK_OPTIONS, isForking, SCENARIO_OPTIONS, SEED_OPTION } from "./scenario-options.ts";

interface SimulateArguments {
  readonly trace: string;
  readonly policy: string | undefined;
  readonly out: string;
  readonly cluster: string | undefined;
  readonly seed: number;
  readonly evaluateFrom: string | undefined;
  readonly prices: string | undefined;
  readonly limit: string | undefined;
  readonly grace: string | undefined;
  readonly whatIf: readonly string[] | undefined;
  readonly faults: string | undefined;
  readonly set: readonly string[] | undefined;
  readonly fork: string | undefined;
  readonly at: string | undefined;
  readonly registry: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/** Replays one trace under one policy and keeps everything: run record, journal, forecasts. */
export const command: CommandModule<object, SimulateArguments> = {
  command: "simulate",
  describe: "Replay a trace under one policy; keep its run record, journal and forecasts",
  builder: (yargs) =>
    yargs
      .option("trace", { type: "string", demandOption: true, requiresArg: true, describe: "Trace directory" })
      .option("policy", {
        type: "string",
        demandOption: !isForking(),
        requiresArg: true,
        describe: "name, name:key=value,… or file.yaml",
      })
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "Directory to write" })
      .options(SCENARIO_OPTIONS)
      .options(FORK_OPTIONS)
      .options(SEED_OPTION)
      .option("force", { type: "boolean", default: false, describe: "Replace the directory that is there" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON document on stdout" })
      .epilogue(policyHelp())
      .example("$0 simulate --trace traces/azure --policy keep-alive:ttl=10m --out runs/ttl10", "")
      .example("$0 simulate --trace traces/x --policy mine.yaml --out runs/mine --evaluate-from 14d --json", "")
      .example("$0 simulate --trace traces/x --policy keep-alive --what-if fail=20%@14:00+1h --out runs/outage", "")
      .example(
        "$0 simulate --trace traces/x --policy keep-alive --faults seed=7,launch-failure=2%,node-loss=0.1/h --out runs/faulty",
        "",
      )
      .example("$0 simulate --trace traces/x --policy keep-alive --set policy.warm.ttl=5m,cluster.nodes=8 --out runs/small", "")
      .example("$0 simulate --trace traces/x --fork runs/ttl10 --at 14:05 --what-if demand=1.2 --out runs/more", "") as never,
  handler: run,
};

async function run(args: SimulateArguments): Promise<void> {
  const [{ readScenario }, { readPolicies }, { PolicyRunner }, { Progress }, { checkOutputPlaces }, { writeAtomically }] =
    await Promise.all([
      import("./scenario.ts"),
      import("./inputs.ts"),
      import("./run-policy.ts"),
      import("./progress.ts"),
      import("./output-places.ts"),
      import("../../datasets/atomic.ts"),
    ]);
  const { setPolicies } = await import("./what-if/set-policies.ts");
  const { ofRun } = await import("./what-if/forked-scenario.ts");
  const { refuseUnfit } = await import("./policy-fit.ts");
  const { StoredForecastSet, writeForecastSet } = await import("../../models/forecast-store.ts");
  const { withForecasts } = await import("./forecasts/with-forecasts.ts");
  const { writeCells } = await import("./cells-beside.ts");
  const { writeUsers } = await import("./users-beside.ts");
  const { copyFile, mkdir, writeFile } = await import("node:fs/promises");
  const named = args.policy === undefined ? [] : await readPolicies(args.policy, "--policy");
  if (named.length > 1) {
    throw new InputError([
      { where: "--policy", expected: "one policy", found: `${named.length}`, hint: "prae compare takes several" },
    ]);
  }
  checkOutputPlaces([{ path: args.out, kind: "run" }], args.force);
  const read = await readScenario(args);
  const policies = await setPolicies(named.length > 0 ? named : ofRun(read, args.set), args.set, read.trace);
  const policy = policies[0] as NamedPolicy;
  refuseUnfit(policies, read, "--policy");
  const scenario = await withForecasts(read, policies, args.registry);
  const record = await writeAtomically(args.out, { replace: args.force }, async (temporary) => {
    await mkdir(temporary);
    await mkdir(`${temporary}/forecasts`);
    const progress = new Progress(`replaying ${policy.text}`);
    const { record, cells, users, forecastSets } = await new PolicyRunner(scenario).run(
      policy,
      `${temporary}/journal.prae.gz`,
      (share) => progress.update(share, 1),
    );
    progress.end();
    for (const set of forecastSets) {
      const path = `${temporary}/forecasts/${set.digest}.arrow.gz`;
      if (set instanceof StoredForecastSet) await copyFile(set.path, path);
      else await writeForecastSet(set, path);
    }
    await writeFile(`${temporary}/run.json`, `${JSON.stringify(record, null, 1)}\n`);
    await writeCells(cells, `${temporary}/run.json`);
    if (users !== null) await writeUsers(users, `${temporary}/run.json`);
    return record;
  });
  const { id, journal, metrics } = record;
  const { overall, byTier } = metrics;
  if (args.json) {
    printJson({
      trace: record.trace,
      whatIf: record.whatIf ?? [],
      run: { id, policy: policy.text, metrics: { ...overall, by_tier: byTier }, journalDigest: journal.digest },
      out: args.out,
    });
    return;
  }
  say(`${args.out}: run ${id}, ${journal.events} events, ${journal.decisions} decisions`);
  say(`journal digest ${journal.digest}`);
  for (const text of record.whatIf ?? []) say(`what if ${text}`);
  for (const name of SUMMARY) if (overall[name] !== null) say(`  ${name} ${overall[name]}`);
}

/** What a person wants to see at once, as far as it applies; the rest is in the run record. */
const SUMMARY = [
  "requests",
  "cold_starts",
  "cold_fraction",
  "start_latency_ms_p50",
  "start_latency_ms_p99",
  "idle_instance_hours",
  "wasted_cpu_core_hours",
  "missing_cpu_core_hours",
  "shortage_time_fraction",
  "sla_violations",
  "sla_violation_fraction",
  "cost",
] as const;
