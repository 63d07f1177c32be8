import { withForecasts } from "./forecasts/with-forecasts.ts";
import type { NamedPolicy } from "./inputs.ts";
import { Progress } from "./progress.ts";
import { type PolicyRun, PolicyRunner, type Scenario } from "./run-policy.ts";

/**
 * Replays a scenario under each of the policies, in order.
 * @param keepUsers whether to keep the series of each user.
 */
export async function replayEach(
  scenario: Scenario,
  policies: readonly NamedPolicy[],
  registry: string | undefined,
  keepUsers = true,
): Promise<PolicyRun[]> {
  const runner = new PolicyRunner(await withForecasts(scenario, policies, registry));
  const progress = new Progress("replaying");
  const runs: PolicyRun[] = [];
  for (const [done, policy] of policies.entries()) {
    runs.push(await runner.run(policy, null, (share) => progress.update(done + share, policies.length), keepUsers));
  }
  progress.end();
  return runs;
}
