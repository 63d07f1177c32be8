import type { PoolId } from "../../../allocator/core/ids.ts";
import { DryRunPlatform } from "../../../allocator/live/dry-run.ts";
import type { LiveMetrics } from "../../../allocator/live/http/live-metrics.ts";
import { type KubernetesOptions, KubernetesPlatform } from "../../../allocator/live/kubernetes/kubernetes-platform.ts";
import { runIdIn } from "../../../allocator/live/kubernetes/run-id.ts";
import type { Clock, Fence, Names, Platform } from "../../../allocator/live/ports.ts";
import type { LiveSettings } from "./settings.ts";

/** As the server logs: JSON lines on stderr. */
const WARNING = 40;

/** What a run acts on, as it was told to. What AWS takes is loaded only where that is it. */
export async function platformOf(
  { fleet, kubernetes, aws }: LiveSettings,
  state: string,
  clock: Clock,
  metrics: Pick<LiveMetrics, "heldUnits">,
): Promise<(names: Names, fence: Fence) => Platform> {
  const logAs = (name: string) => (msg: string) => {
    process.stderr.write(`${JSON.stringify({ level: WARNING, time: clock.nowMs(), name, msg })}\n`);
  };
  if (kubernetes !== null) {
    const options = { ...kubernetes, pools: fleet.pools, tiers: fleet.tiers, log: logAs("kubernetes") };
    const onHeldUnits: KubernetesOptions["onHeldUnits"] = (tier, units) => metrics.heldUnits(tier, units);
    return (names, fence) => new KubernetesPlatform({ ...options, runId: runIdIn(state), names, fence, onHeldUnits });
  }
  if (aws !== null) {
    const { AwsPlatform } = await import("../../../allocator/live/aws/aws-platform.ts");
    const options = { settings: aws, pools: fleet.pools.map((_, id) => id as PoolId), clock, log: logAs("aws") };
    return (names, fence) => new AwsPlatform({ ...options, runId: runIdIn(state), names, fence });
  }
  return (names) => new DryRunPlatform(fleet, names, clock);
}
