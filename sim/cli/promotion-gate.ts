import type { Policy } from "../../allocator/core/policy.ts";
import { canonicalJson, digestOf } from "../../allocator/promotion/canonical-json.ts";
import type {
  Evidence,
  EvidenceRun,
  Gates,
  PromotedModel,
  PromotedPolicy,
  Promotion,
} from "../../allocator/promotion/promotion.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import { isReference } from "../../reports/comparison.ts";
import { defaultGates } from "../../reports/promotion/gates.ts";
import { judge, questionsOf } from "../../reports/promotion/judge.ts";
import { isUsageTrace } from "../measured-use.ts";
import type { RunRecord } from "../run-record.ts";
import { isArchitecture } from "./forecasts/feed-model.ts";
import { type NamedPolicy, policyOn } from "./inputs.ts";
import { refuseUnfit } from "./policy-fit.ts";
import { type OpenedStore, refusals } from "./promotion-store.ts";
import { replayEach } from "./replay-each.ts";
import type { PolicyRun, Scenario } from "./run-policy.ts";
import { codeRevision } from "./version.ts";

/** Who wants to take whose place, and where that is decided. */
export interface Challenge {
  readonly candidate: NamedPolicy;
  readonly incumbent: NamedPolicy;
  /** The gates have to be passed on each; what comes from `evaluateFromMs` on is held out. */
  readonly scenarios: readonly Scenario[];
  /** `null`: the default ones. */
  readonly gates: Gates | null;
  readonly registry: string | undefined;
  readonly note: string | null;
}

export interface Verdict {
  /** What was measured: the body of the promotion, if it is one. */
  readonly body: Promotion;
  /** `null`: it did not pass, and nothing was written. */
  readonly kept: Kept | null;
}

export interface Kept {
  readonly id: string;
  readonly sequence: number;
  readonly path: string;
}

/** Candidate and incumbent on one trace. */
interface Bout {
  readonly scenario: Scenario;
  readonly gates: Gates;
  readonly candidate: PolicyRun;
  readonly incumbent: PolicyRun;
}

/**
 * Measures both on what is held out. Where the candidate passes, the promotion is signed, kept and in force.
 * @throws InputError for what can be no candidate, or cannot be signed.
 */
export async function passGate(challenge: Challenge, opened: OpenedStore): Promise<Verdict> {
  const { candidate, incumbent, scenarios, registry, note } = challenge;
  refuseReferences({ "--candidate": candidate, "--incumbent": incumbent });
  const policies = {
    candidate: policyOnAll(scenarios, candidate, "--candidate"),
    incumbent: policyOnAll(scenarios, incumbent, "--incumbent"),
  };
  refuseEqual(policies.candidate, policies.incumbent);
  if (scenarios.length > 1) refuseSeveralModels(policies.candidate);
  opened.checkKey();

  const bouts: Bout[] = [];
  for (const scenario of scenarios) {
    const [own, other] = (await replayEach(scenario, [candidate, incumbent], registry, false)) as [PolicyRun, PolicyRun];
    for (const { record } of [own, other]) refuseSeen(record);
    const gates = challenge.gates ?? defaultGates(isUsageTrace(scenario.trace));
    bouts.push({ scenario, gates, candidate: own, incumbent: other });
  }
  const intervals = bouts.reduce((sum, { gates, candidate: own }) => sum + questionsOf(gates, own).length, 0);
  const evidence = bouts.map((bout) => evidenceOf(bout, intervals));
  const passed = evidence.every(({ results }) => results.every((result) => result.passed));
  const body: Promotion = {
    format: "prae-promotion",
    version: 1,
    policy: promoted(candidate.text, policies.candidate),
    incumbent: promoted(incumbent.text, policies.incumbent),
    models: modelsOf(bouts),
    evidence,
    code: codeRevision(),
    made: { by: opened.by, at: new Date().toISOString(), note },
  };
  return { body, kept: passed ? keep(body, opened) : null };
}

function keep(body: Promotion, { store, trusted, signingKey, by }: OpenedStore): Kept {
  const key = signingKey();
  return refusals(() => {
    const id = store.put(body, key);
    const { at, note: reason } = body.made;
    const entry = store.activate({ promotion: id, action: "promote", by, at, reason }, key, trusted());
    return { id, sequence: entry.body.sequence, path: store.path(id) };
  });
}

/** What reads the trace's future can neither run, nor be what runs. */
function refuseReferences(policies: Readonly<Record<string, NamedPolicy>>): void {
  const issues = Object.entries(policies).flatMap(([where, { text, policy, usagePolicy }]): Issue[] => {
    const isDeployable = [policy, usagePolicy ?? policy].every((one) => !isReference({ policy: one }));
    return isDeployable
      ? []
      : [{ where, expected: "a policy that can run", found: `${text}, which knows the trace's own future` }];
  });
  if (issues.length > 0) throw new InputError(issues);
}

/** A promotion is of one policy: a name that means one thing on requests and another on usage is two. */
function policyOnAll(scenarios: readonly Scenario[], named: NamedPolicy, where: string): Policy {
  for (const scenario of scenarios) refuseUnfit([named], scenario, where);
  const policies = scenarios.map(({ trace }) => policyOn(trace, named));
  const [policy] = policies as [Policy];
  if (policies.every((other) => canonicalJson(other) === canonicalJson(policy))) return policy;
  const found = `${named.text}, which means one thing on requests and another on usage`;
  throw new InputError([{ where, expected: "one policy on every trace", found, hint: "traces of one sort, or a YAML file" }]);
}

function refuseEqual(candidate: Policy, incumbent: Policy): void {
  if (canonicalJson(candidate) !== canonicalJson(incumbent)) return;
  throw new InputError([{ where: "--candidate", expected: "another policy than the incumbent", found: "the same" }]);
}

/** A network would be trained for each trace: another model each time, of which none could be promoted. */
function refuseSeveralModels({ feed }: Policy): void {
  if (feed?.fitted === undefined || !isArchitecture(feed.model)) return;
  const hint = "prae train, then predictive:model=ID";
  throw new InputError([
    { where: "--candidate", expected: "one trained model on all traces, by its id", found: feed.model, hint },
  ]);
}

/** Another copy of the trace, grown or cut since, has another digest: its name says that it is the same. */
function refuseSeen({ forecasts = [], trace, window, policyText }: RunRecord): void {
  const issues = forecasts.flatMap(({ trainedOn, model }): Issue[] => {
    const isSame = trainedOn.digest === trace.digest || trainedOn.trace === trace.name;
    if (!isSame || trainedOn.validationEndMs <= window.fromMs) return [];
    const expected = `a model that has seen ${trace.name} until ${window.fromMs} ms at most, when what is held out begins`;
    const found = `${model}, which has seen it until ${trainedOn.validationEndMs} ms`;
    return [
      { where: policyText, path: "feed.model", expected, found, hint: "--evaluate-from later, or prae train --train-until" },
    ];
  });
  if (issues.length > 0) throw new InputError(issues);
}

function promoted(text: string, document: Policy): PromotedPolicy {
  return { text, document, digest: digestOf(document) };
}

function modelsOf(bouts: readonly Bout[]): PromotedModel[] {
  const models = bouts.flatMap(({ candidate }) =>
    (candidate.record.forecasts ?? []).map(
      ({ target, model, kind, modelDigest }): PromotedModel => ({
        target,
        model,
        kind,
        digest: modelDigest,
        trained: isArchitecture(kind),
      }),
    ),
  );
  return models.filter((model, index) => models.findIndex(({ digest }) => digest === model.digest) === index);
}

function evidenceOf({ scenario, gates, candidate, incumbent }: Bout, intervals: number): Evidence {
  const { record } = candidate;
  const { name, digest, synthetic, composite } = record.trace;
  const { description, digest: clusterDigest } = record.cluster;
  const origins = [candidate, incumbent].flatMap((run) => run.record.forecasts ?? []);
  return {
    trace: { name, digest, synthetic, composite },
    cluster: { description, digest: clusterDigest },
    window: record.window,
    prices: { ...record.prices },
    usage: record.usage ?? null,
    seed: scenario.seed,
    gates,
    backends: [...new Set(origins.flatMap(({ backend }) => backend ?? []))],
    candidate: evidenceRun(candidate),
    incumbent: evidenceRun(incumbent),
    ...judge(gates, candidate, incumbent, intervals),
  };
}

function evidenceRun({ record }: PolicyRun): EvidenceRun {
  const { id: run, journal, forecastSets, metrics } = record;
  return { run, journal: journal.digest, forecastSets, metrics: metrics.overall };
}
