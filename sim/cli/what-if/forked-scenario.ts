import { InputError, type Issue } from "../../../datasets/issues.ts";
import { loadTrace } from "../../../datasets/store.ts";
import type { WorldChange } from "../../world-change.ts";
import { Gathered } from "../gathered.ts";
import { type NamedPolicy, readCluster, readEvaluateFrom, readPrices, readSeed } from "../inputs.ts";
import type { Scenario } from "../run-policy.ts";
import type { ScenarioArguments } from "../scenario-arguments.ts";
import { type Fork, type ForkedRun, forkAt, readForkedRun, recordedBefore, worldOfRun } from "./fork.ts";
import { refuseUnknownTiers } from "./known-tiers.ts";
import { readWhatIfs } from "./read-what-if.ts";
import { readSettings, type Setting } from "./settings.ts";
import { worldOf } from "./world-of.ts";

/**
 * The scenario of a fork: the world of a run, and from an instant on another. What is not said is as in the run; it is scored from
 * the fork on, unless told otherwise.
 * @throws InputError with all that can be found at once.
 */
export async function readForkedScenario(args: ScenarioArguments & { readonly fork: string }): Promise<Scenario> {
  const asked = new Gathered();
  const seed = (await asked.read(() => readSeed(args.seed))) as number;
  const whatIfs = (await asked.read(() => readWhatIfs(args.whatIf ?? []))) ?? [];
  const settings = (await asked.read(() => readSettings(args.set ?? []))) ?? [];
  await asked.read(() => refuseStanding(args, settings));
  const run = (await asked.read(() => readForkedRun(args.fork))) as ForkedRun;
  asked.throwIfAny();
  const { record } = run;
  const prices = await readPrices(args.prices, settings, record.prices);
  const read = await loadTrace(args.trace);
  refuseUnknownTiers(settings, prices, read);
  const before = await worldOfRun(run, read, await readCluster(args.cluster, read));
  const { trace, cluster } = before;
  const atMs = forkAt(args.at, run, trace);
  const after = worldOf(whatIfs, { trace, cluster, seed }, atMs, `fork at ${atMs} `);
  const texts = [...(record.whatIf ?? []), `from ${args.at} of run ${record.id} (${record.policyText})`];
  const fork: Fork = {
    run: record.id,
    atMs,
    policy: record.policy,
    policyText: record.policyText,
    trace,
    fittedBeforeMs: record.window.fromMs,
    before: await recordedBefore(run, atMs),
    codeRevision: record.codeRevision,
  };
  return {
    trace: after.trace,
    cluster,
    evaluateFromMs: args.evaluateFrom === undefined ? atMs : readEvaluateFrom(args.evaluateFrom, trace),
    seed,
    prices,
    ...(record.usage === undefined ? {} : { usage: record.usage }),
    otherwise: {
      texts: [...texts, ...whatIfs.map(({ text }) => text), ...settings.map(({ text }) => text)],
      changes: inOrder([...before.changes, ...after.changes]),
      notes: [...before.notes, ...after.notes],
    },
    fork,
  };
}

/** What a run was made with stays: it could not have been otherwise from some time on. */
function refuseStanding({ limit, grace, faults }: ScenarioArguments, settings: readonly Setting[]): void {
  const issues: Issue[] = [];
  for (const [where, given] of Object.entries({ "--limit": limit, "--grace": grace, "--faults": faults })) {
    if (given !== undefined) issues.push({ where, expected: "nothing with --fork: it is as in the run", found: given });
  }
  for (const { scope, text } of settings) {
    if (scope !== "cluster") continue;
    const expected = "a cluster as in the run, which goes on";
    issues.push({
      where: "--set",
      path: text,
      expected,
      found: "another",
      hint: "--what-if fail=…, or an elastic pool from the start",
    });
  }
  if (issues.length > 0) throw new InputError(issues);
}

function inOrder(changes: readonly WorldChange[]): WorldChange[] {
  const sorted = [...changes].sort((a, b) => a.atMs - b.atMs);
  const joins = sorted.filter((change) => change.kind === "users_join");
  if (joins.every((join, index) => index === 0 || join.firstUser > (joins[index - 1]?.firstUser ?? 0))) return sorted;
  const expected = "no more users in a fork that comes before those whom the run's own what-ifs bring";
  throw new InputError([{ where: "--what-if", expected, found: "users" }]);
}

/**
 * The policy of a run that is forked, to go on with where no other is named.
 * @throws InputError when fields are to be set of it that were set before.
 */
export function ofRun({ fork }: Scenario, set: readonly string[] | undefined): readonly NamedPolicy[] {
  if (fork === undefined) return [];
  const { policy, policyText: text } = fork;
  if (text.includes(" with ") && set?.some((one) => one.includes("policy.")) === true) {
    const expected = "--policy, because fields of the run's own were set already";
    throw new InputError([{ where: "--set", expected, found: JSON.stringify(text) }]);
  }
  return [{ text, policy }];
}
