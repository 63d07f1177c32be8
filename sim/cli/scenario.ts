import { InputError, type Issue } from "../../datasets/issues.ts";
import { loadTrace } from "../../datasets/store.ts";
import type { Trace } from "../../datasets/trace.ts";
import type { Prices } from "../run-record.ts";
import { readCluster, readEvaluateFrom, readPrices, readSeed, readUsage } from "./inputs.ts";
import type { Scenario } from "./run-policy.ts";
import { readWhatIfs } from "./what-if/read-what-if.ts";
import { setCluster } from "./what-if/set-cluster.ts";
import { readSettings, type Setting } from "./what-if/settings.ts";
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
  readonly set: readonly string[] | undefined;
}

/** What the verbs that replay have in common: trace, cluster, window, seed and prices, read, checked and made otherwise. */
export async function readScenario(args: ScenarioArguments): Promise<Scenario> {
  const asked = new Gathered();
  const seed = await asked.read(() => readSeed(args.seed));
  const usage = await asked.read(() => readUsage(args.limit, args.grace));
  const whatIfs = await asked.read(() => readWhatIfs(args.whatIf ?? []));
  const settings = await asked.read(() => readSettings(args.set ?? []));
  const prices = await asked.read(() => readPrices(args.prices, settings ?? []));
  asked.throwIfAny();
  const trace = await loadTrace(args.trace);
  const found = new Gathered();
  const evaluateFromMs = await found.read(() => readEvaluateFrom(args.evaluateFrom, trace));
  const cluster = await found.read(async () => setCluster(await readCluster(args.cluster, trace), settings as Setting[]));
  await found.read(() => refuseUnknownTiers(settings as Setting[], prices as Prices, trace));
  found.throwIfAny();
  const before = { trace, cluster, evaluateFromMs, seed, prices, usage } as Scenario;
  const texts = [...(whatIfs ?? []), ...(settings ?? [])].map(({ text }) => text);
  if (texts.length === 0) return before;
  const { trace: changed, changes, notes } = worldOf(whatIfs ?? [], before);
  return { ...before, trace: changed, otherwise: { texts, changes, notes } };
}

/** A price of a tier that no request has would change nothing. */
function refuseUnknownTiers(settings: readonly Setting[], prices: Prices, { tiers }: Trace): void {
  const names = tiers.map(({ name }) => name);
  const issues = settings.flatMap(({ scope, path, text }): Issue[] => {
    const tier = scope === "prices" && path[0] === "violation" ? path[1] : undefined;
    // "standard" stands in for tiers without a price.
    if (
      tier === undefined ||
      names.includes(String(tier)) ||
      (tier === "standard" && names.some((name) => !(name in prices.violation)))
    )
      return [];
    return [{ where: "--set", path: text, expected: `a tier of the trace: ${names.join(", ")}`, found: JSON.stringify(tier) }];
  });
  if (issues.length > 0) throw new InputError(issues);
}

/** What is wrong with several inputs, so that it can be said at once. */
class Gathered {
  readonly #issues: Issue[] = [];

  /** `undefined`: it was refused, as `throwIfAny` will say. */
  async read<T>(action: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#issues.push(...error.issues);
      return undefined;
    }
  }

  throwIfAny(): void {
    if (this.#issues.length > 0) throw new InputError(this.#issues);
  }
}
