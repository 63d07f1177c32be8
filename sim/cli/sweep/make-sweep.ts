import { type Sweep, type SweepRun, sweepOf } from "../../../reports/sweep/points.ts";
import type { RunRecord } from "../../run-record.ts";
import { withForecasts } from "../forecasts/with-forecasts.ts";
import type { NamedPolicy } from "../inputs.ts";
import { refuseUnfit } from "../policy-fit.ts";
import { Progress } from "../progress.ts";
import type { Scenario } from "../run-policy.ts";
import { readScenario } from "../scenario.ts";
import type { ScenarioArguments } from "../scenario-arguments.ts";
import { readWhatIfs } from "../what-if/read-what-if.ts";
import { setPolicies } from "../what-if/set-policies.ts";
import { isDrawn } from "../what-if/world-of.ts";
import { type Job, runPool } from "./pool.ts";
import { keysOf, Results } from "./results.ts";

export interface SweepOptions extends Omit<ScenarioArguments, "seed"> {
  readonly registry: string | undefined;
  /** May hold `{seed}`. */
  readonly trace: string;
  readonly policies: readonly NamedPolicy[];
  readonly seeds: readonly number[];
  readonly workers: number;
  readonly out: string;
  readonly workerUrl: URL;
}

export interface MadeSweep {
  readonly sweep: Sweep;
  /** What `--json` prints and `sweep.json` keeps: the same whatever the number of workers. */
  readonly document: object;
  /** The first run. */
  readonly run: RunRecord;
  /** How many runs were not there yet. */
  readonly made: number;
}

/** Makes the runs that are not in the folder yet, and sums up all of them. */
export async function makeSweep(options: SweepOptions): Promise<MadeSweep> {
  const { seeds, workers, workerUrl } = options;
  const { scenarios, policies } = await readScenarios(options);
  const results = await Results.open(options.out);
  const jobs = policies.flatMap((policy) => seeds.map((_, scenario): Job => ({ policy, scenario })));
  const keys = keysOf(jobs, scenarios);
  const found = await Promise.all(keys.map((key) => results.read(key)));
  const missing = jobs.flatMap((job, index) => (found[index] === null ? [{ job, index }] : []));
  await makeMissing(missing, { results, keys, scenarios, workers, workerUrl, total: jobs.length });
  const runs: SweepRun[] = [];
  for (const [index, key] of keys.entries()) {
    const result = found[index] ?? (await results.read(key));
    if (result === null) throw new Error(`the run ${key}, just written, cannot be read`);
    runs.push(result);
  }
  const sweep = await sweepOf(runs);
  const document = {
    traces: [...new Set(scenarios.map(({ trace }) => trace.manifest.digest))],
    whatIf: scenarios[0]?.otherwise?.texts ?? [],
    seeds,
    seedsMatter: sweep.seedsMatter,
    intervalMethod: sweep.method,
    points: sweep.points,
    runs: runs.map(({ record }, index) => ({ policy: record.policyText, seed: record.seed, key: keys[index], id: record.id })),
  };
  await results.writeSummary(document);
  return { sweep, document, run: (runs[0] as SweepRun).record, made: missing.length };
}

/** One a seed; those of one trace share it, unless something in it is drawn. */
async function readScenarios(
  options: SweepOptions,
): Promise<Pick<SweepOptions, "policies"> & { readonly scenarios: Scenario[] }> {
  const { trace, seeds } = options;
  let { policies } = options;
  const scenarios: Scenario[] = [];
  const isDrawnBySeed = readWhatIfs(options.whatIf ?? []).some(isDrawn);
  for (const seed of seeds) {
    const first = scenarios[0];
    const isOwn = isDrawnBySeed || trace.includes("{seed}") || first === undefined;
    if (!isOwn) {
      scenarios.push({ ...first, seed });
      continue;
    }
    const scenario = await readScenario({ ...options, trace: trace.replaceAll("{seed}", String(seed)), seed });
    if (first === undefined) policies = await setPolicies(policies, options.set, scenario.trace);
    refuseUnfit(policies, scenario, "--policies");
    scenarios.push(await withForecasts(scenario, policies, options.registry));
  }
  return { scenarios, policies };
}

async function makeMissing(
  missing: readonly { readonly job: Job; readonly index: number }[],
  { results, keys, scenarios, workers, workerUrl, total }: Making,
): Promise<void> {
  if (missing.length === 0) return;
  const progress = new Progress(`${missing.length} of ${total} runs to make`);
  await runPool({
    scenarios,
    jobs: missing.map(({ job }) => job),
    workers,
    workerUrl,
    onDone: (job, record, cells) => results.write(keys[missing[job]!.index]!, record, cells),
    onProgress: (done) => progress.update(done, missing.length),
  });
  progress.end();
}

interface Making {
  readonly results: Results;
  readonly keys: readonly string[];
  readonly scenarios: readonly Scenario[];
  readonly workers: number;
  readonly workerUrl: URL;
  readonly total: number;
}
