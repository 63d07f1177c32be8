import { AllocatorCore } from "../allocator/core/core.ts";
import type { Policy } from "../allocator/core/policy.ts";
import { Drive } from "../allocator/drive.ts";
import type { ForecastFeed, StepObserver } from "../allocator/ports.ts";
import type { Trace } from "../datasets/trace.ts";
import { SimulatedCluster } from "./cluster.ts";
import type { ClusterSpec } from "./cluster-spec.ts";
import type { UsageLimit } from "./measured-use.ts";
import { definitions } from "./workload.ts";
import type { Turn, WorldChange } from "./world-change.ts";

export interface Simulation {
  readonly trace: Trace;
  readonly cluster: ClusterSpec;
  readonly policy: Policy;
  /** What the policy's feed asks for. */
  readonly forecasts?: readonly ForecastFeed[];
  /** Of a usage trace: whether a reservation limits what its user can use. Default `none`. */
  readonly limit?: UsageLimit;
  /** What the world does of its own accord, in order of time. */
  readonly changes?: readonly WorldChange[];
  /** Where the run goes on otherwise than it began. */
  readonly turn?: Turn | null;
  /** Called in order for every event, before its decisions are acted on. */
  readonly observers?: readonly StepObserver[];
  /** Called between slices with the simulated time. */
  readonly onProgress?: (nowMs: number) => void;
}

export interface SimulationResult {
  readonly events: number;
  readonly decisions: number;
  /** Of the core's state at the end. */
  readonly stateDigest: string;
}

const SLICE_EVENTS = 20_000;

/**
 * Replays the trace through the allocator core in a simulated cluster, from the start of the trace's window to its end. Yields to
 * the event loop between slices, so that the process stays interruptible.
 */
export async function simulate(simulation: Simulation): Promise<SimulationResult> {
  const {
    trace,
    cluster,
    policy,
    forecasts = [],
    limit = "none",
    changes = [],
    turn = null,
    observers = [],
    onProgress,
  } = simulation;
  const join = changes.find((change) => change.kind === "users_join");
  const core = new AllocatorCore();
  const world = new SimulatedCluster({
    trace,
    cluster,
    definitions: definitions(trace, cluster, policy, trace.manifest.window.startMs, join?.firstUser),
    controlEveryMs: policy.controlEveryMs,
    forecasts,
    limit,
    changes,
    turn,
  });
  const drive = new Drive({ core, source: world, actuator: world, observers });
  while (drive.run(SLICE_EVENTS)) {
    onProgress?.(world.nowMs);
    await new Promise((resume) => setImmediate(resume));
  }
  return { events: drive.events, decisions: drive.decisions, stateDigest: core.digest() };
}
