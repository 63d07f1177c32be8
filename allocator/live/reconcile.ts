import type { Decision } from "../core/decisions.ts";
import type { InstanceId } from "../core/ids.ts";
import type { Instance } from "../core/instances.ts";
import type { ObservedInstance, Outcome } from "./ports.ts";

/** How what is there and what the run believes come together again. */
export interface Repair {
  /** What happened unseen, in order of instance. */
  readonly outcomes: readonly Outcome[];
  /** Instances that the run knows nothing of, or has no use for any more. */
  readonly discard: readonly InstanceId[];
  /** Decisions to submit again, by the same tokens. */
  readonly resubmit: readonly Decision[];
}

/**
 * Compares what the run believes with what the platform shows, after a restart or a gap. What the world has and the run does not know
 * of is ended; what the run believes and the world does not have is lost, unless its launch may not have been submitted.
 */
export function reconcile(
  believed: readonly Instance[],
  outstanding: readonly Decision[],
  observed: readonly ObservedInstance[],
): Repair {
  const there = new Map(observed.map((one) => [one.instance, one]));
  const known = new Set(believed.map(({ id }) => id));
  const unlaunched = new Set(outstanding.flatMap((one) => (one.kind === "launch" ? [one.instance] : [])));
  const outcomes = believed.flatMap((instance): Outcome[] => {
    const found = there.get(instance.id);
    if (found !== undefined) return caughtUp(instance, found);
    if (instance.phase === "stopping") return [{ kind: "instance_stopped", instance: instance.id }];
    return unlaunched.has(instance.id) ? [] : [{ kind: "instance_lost", instance: instance.id }];
  });
  const lost = new Set(
    outcomes.flatMap((one) => (one.kind === "instance_lost" || one.kind === "instance_stopped" ? [one.instance] : [])),
  );
  return {
    outcomes,
    discard: observed
      .filter(({ instance, phase }) => (!known.has(instance) || lost.has(instance)) && phase !== "stopping")
      .map(({ instance }) => instance),
    resubmit: outstanding.filter((one) => !("instance" in one) || (known.has(one.instance) && !lost.has(one.instance))),
  };
}

/** What the run has missed of an instance that is there. Put aside under whoever used it, it is as good as gone. */
function caughtUp({ id, phase, requests }: Instance, found: ObservedInstance): Outcome[] {
  if (found.phase === "suspended" && phase === "ready" && requests.length > 0) return [{ kind: "instance_lost", instance: id }];
  if (found.phase === "ready" && (phase === "starting" || phase === "resuming"))
    return [{ kind: "instance_ready", instance: id }];
  if (found.phase === "suspended" && (phase === "suspending" || phase === "ready"))
    return [{ kind: "instance_suspended", instance: id }];
  return [];
}
