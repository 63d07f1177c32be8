import { loadTrace } from "../../datasets/store.ts";
import type { Prices } from "../run-record.ts";
import { Gathered } from "./gathered.ts";
import { readCluster, readEvaluateFrom, readPrices, readSeed, readUsage } from "./inputs.ts";
import type { Scenario } from "./run-policy.ts";
import type { ScenarioArguments } from "./scenario-arguments.ts";
import { refuseUnknownTiers } from "./what-if/known-tiers.ts";
import { type ReadFaults, readFaults } from "./what-if/read-faults.ts";
import { readWhatIfs } from "./what-if/read-what-if.ts";
import { setCluster } from "./what-if/set-cluster.ts";
import { readSettings, type Setting } from "./what-if/settings.ts";
import { withFaults, worldOf } from "./what-if/world-of.ts";

/** What the verbs that replay have in common: trace, cluster, window, seed and prices, read, checked and made otherwise. */
export async function readScenario(args: ScenarioArguments): Promise<Scenario> {
  if (args.fork !== undefined) {
    const { readForkedScenario } = await import("./what-if/forked-scenario.ts");
    return readForkedScenario({ ...args, fork: args.fork });
  }
  const asked = new Gathered();
  const seed = await asked.read(() => readSeed(args.seed));
  const usage = await asked.read(() => readUsage(args.limit, args.grace));
  const whatIfs = await asked.read(() => readWhatIfs(args.whatIf ?? []));
  const settings = await asked.read(() => readSettings(args.set ?? []));
  const faults = await asked.read(() => readFaults(args.faults));
  const prices = await asked.read(() => readPrices(args.prices, settings ?? []));
  asked.throwIfAny();
  const trace = await loadTrace(args.trace);
  const found = new Gathered();
  const evaluateFromMs = await found.read(() => readEvaluateFrom(args.evaluateFrom, trace));
  const cluster = await found.read(async () => setCluster(await readCluster(args.cluster, trace), settings as Setting[]));
  await found.read(() => refuseUnknownTiers(settings as Setting[], prices as Prices, trace));
  found.throwIfAny();
  const before = { trace, cluster, evaluateFromMs, seed, prices, usage } as Scenario;
  const others = faults === null ? [] : [faults as ReadFaults];
  const texts = [...(whatIfs ?? []), ...(settings ?? []), ...others].map(({ text }) => text);
  if (texts.length === 0) return before;
  const world = withFaults(worldOf(whatIfs ?? [], before), faults as ReadFaults | null, before.cluster);
  return { ...before, trace: world.trace, otherwise: { texts, changes: world.changes, notes: world.notes } };
}
