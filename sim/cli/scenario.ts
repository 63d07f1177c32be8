import { loadTrace } from "../../datasets/store.ts";
import { readCluster, readEvaluateFrom, readPrices, readSeed, readUsage } from "./inputs.ts";
import type { Scenario } from "./run-policy.ts";
import { readWhatIfs } from "./what-if/read-what-if.ts";
import { worldOf } from "./what-if/world-of.ts";

export interface ScenarioArguments {
  readonly trace: string;
  readonly cluster: string | undefined;
  readonly seed: number;
  readonly evaluateFrom: string | undefined;
  readonly prices: string | undefined;
  readonly limit: string | undefined;
  readonly grace: string | undefined;
  readonly whatIf: readonly string[] | undefined;
}

/** What the verbs that replay have in common: trace, cluster, window, seed and prices, read, checked and made otherwise. */
export async function readScenario(args: ScenarioArguments): Promise<Scenario> {
  const seed = readSeed(args.seed);
  const prices = await readPrices(args.prices);
  const whatIfs = readWhatIfs(args.whatIf ?? []);
  const usage = readUsage(args.limit, args.grace);
  const trace = await loadTrace(args.trace);
  const cluster = await readCluster(args.cluster, trace);
  const scenario = { trace, cluster, evaluateFromMs: readEvaluateFrom(args.evaluateFrom, trace), seed, prices, usage };
  if (whatIfs.length === 0) return scenario;
  const { trace: changed, changes, notes } = worldOf(whatIfs, scenario);
  return { ...scenario, trace: changed, otherwise: { texts: whatIfs.map(({ text }) => text), changes, notes } };
}
