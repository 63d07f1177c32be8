import { DryRunPlatform } from "../../../allocator/live/dry-run.ts";
import { KubernetesPlatform } from "../../../allocator/live/kubernetes/kubernetes-platform.ts";
import { runIdIn } from "../../../allocator/live/kubernetes/run-id.ts";
import type { Clock, Names, Platform } from "../../../allocator/live/ports.ts";
import type { LiveSettings } from "./settings.ts";

/** As the server logs: JSON lines on stderr. */
const WARNING = 40;

/** What a run acts on, as it was told to. */
export function platformOf({ fleet, kubernetes }: LiveSettings, state: string, clock: Clock): (names: Names) => Platform {
  const log = (msg: string) => {
    process.stderr.write(`${JSON.stringify({ level: WARNING, time: clock.nowMs(), name: "kubernetes", msg })}\n`);
  };
  if (kubernetes === null) return (names) => new DryRunPlatform(fleet, names, clock);
  return (names) => new KubernetesPlatform({ ...kubernetes, pools: fleet.pools, runId: runIdIn(state), names, log });
}
