import { type NamedPolicy, policyOn } from "../inputs.ts";
import type { Scenario } from "../run-policy.ts";

/**
 * The scenario with the forecasts of fitted models that these policies, and that of a run that is forked, ask for; as it is, where none
 * does. A fork's forecasters learn from what those of the run did: from nothing later.
 */
export async function withForecasts(
  scenario: Scenario,
  policies: readonly NamedPolicy[],
  registry: string | undefined,
): Promise<Scenario> {
  const { fork } = scenario;
  const asks = (named: NamedPolicy) => policyOn(scenario.trace, named).feed?.fitted !== undefined;
  const ofRun = fork === undefined ? [] : [{ text: fork.policyText, policy: fork.policy }].filter(asks);
  if (!policies.some(asks) && ofRun.length === 0) return scenario;
  const { prepareForecasts } = await import("./prepare.ts");
  if (fork === undefined) return { ...scenario, prepared: await prepareForecasts(scenario, policies, registry) };
  const learned = { ...scenario, evaluateFromMs: fork.fittedBeforeMs };
  return {
    ...scenario,
    prepared: await prepareForecasts(learned, policies, registry),
    fork: { ...fork, prepared: await prepareForecasts({ ...learned, trace: fork.trace }, ofRun, registry) },
  };
}
