import { InputError } from "../../datasets/issues.ts";
import { loadTrace } from "../../datasets/store.ts";
import { readCluster, readEvaluateFrom, readPrices, readSeed } from "./inputs.ts";
import type { Scenario } from "./run-policy.ts";

export interface ScenarioArguments {
  readonly trace: string;
  readonly cluster: string | undefined;
  readonly seed: number;
  readonly evaluateFrom: string | undefined;
  readonly prices: string | undefined;
}

/** What the verbs that replay have in common: trace, cluster, window, seed and prices, read and checked. */
export async function readScenario(args: ScenarioArguments): Promise<Scenario> {
  const seed = readSeed(args.seed);
  const prices = await readPrices(args.prices);
  const trace = await loadTrace(args.trace);
  if (trace.requests.count === 0) {
    const found = `${trace.usage?.count ?? 0} usage samples, which are not replayed yet`;
    throw new InputError([{ where: args.trace, expected: "a trace with requests", found }]);
  }
  return {
    trace,
    cluster: await readCluster(args.cluster, trace),
    evaluateFromMs: readEvaluateFrom(args.evaluateFrom, trace),
    seed,
    prices,
  };
}
