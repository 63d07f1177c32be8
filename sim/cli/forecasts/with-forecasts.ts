import { type NamedPolicy, policyOn } from "../inputs.ts";
import type { Scenario } from "../run-policy.ts";

/** The scenario with the forecasts of fitted models that these policies ask for; as it is, where none does. */
export async function withForecasts(
  scenario: Scenario,
  policies: readonly NamedPolicy[],
  registry: string | undefined,
): Promise<Scenario> {
  if (!policies.some((named) => policyOn(scenario.trace, named).feed?.fitted !== undefined)) return scenario;
  const { prepareForecasts } = await import("./prepare.ts");
  return { ...scenario, prepared: await prepareForecasts(scenario, policies, registry) };
}
