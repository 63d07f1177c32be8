/**
 * How long a step of the core takes, with 10,000 users and 1,000 nodes, with room for all and without: the 99th percentile of what
 * comes one by one, and the longest tick and forecast, each of which speaks of every user. Only the step is timed, not the world.
 */
import { AllocatorCore } from "../../allocator/core/core.ts";
import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent } from "../../allocator/core/events.ts";
import type { ForecastBatch } from "../../allocator/core/forecast.ts";
import type { Policy } from "../../allocator/core/policy.ts";
import { add, maximum, NO_RESOURCES, RESOURCE_NAMES, type Resources } from "../../allocator/core/resources.ts";
import { Drive } from "../../allocator/drive.ts";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import type { ForecastFeed } from "../../allocator/ports.ts";
import { synthesize } from "../../datasets/synthetic/synthesize.ts";
import { SimulatedCluster } from "../../sim/cluster.ts";
import type { ClusterSpec } from "../../sim/cluster-spec.ts";
import { definitions } from "../../sim/workload.ts";
import { type Benchmark, record } from "./record.ts";

const USERS = 10_000;
const NODES = 1_000;
const STEPS_AHEAD = 12;
const FEED_EVERY_MS = 3_600_000;
const MOST_MICROS = 50;
const MOST_BATCH_MS = 100;

const trace = synthesize({ seed: 1, users: USERS, days: 1 });
const { window } = trace.manifest;

/** Every `every`-th node holds the largest shape twice, the others an eighth of it. */
function cluster(every: number): ClusterSpec {
  const largest = trace.apps.reduce((most, { shape }) => maximum(most, shape as Resources), NO_RESOURCES);
  const large = add(largest, largest);
  const small = { ...largest, cpuMillis: largest.cpuMillis / 8, memoryMiB: largest.memoryMiB / 8, gpuMillis: 0 };
  const nodes = Array.from({ length: NODES }, (_, n) => ({ name: `n${n}`, capacity: n % every === 0 ? large : small }));
  return { pools: [{ name: "general", nodes }] };
}

/** What is demanded at each hour by every user: one core and 2 GiB in every other hour. */
const feed: ForecastFeed = {
  digest: "0".repeat(64),
  count: Math.floor((window.endMs - window.startMs) / FEED_EVERY_MS),
  availableAtMs: (index) => window.startMs + index * FEED_EVERY_MS,
  batchDigest: () => "0".repeat(64),
  batch(index): ForecastBatch {
    const firstStepMs = window.startMs + index * FEED_EVERY_MS;
    const values = new Uint32Array(USERS * RESOURCE_NAMES.length * STEPS_AHEAD);
    for (let user = 0; user < USERS; user += 1) {
      for (let step = 0; step < STEPS_AHEAD; step += 1) {
        const isBusy = (user + index + step) % 2 === 0;
        values[(user * RESOURCE_NAMES.length + 0) * STEPS_AHEAD + step] = isBusy ? 100 : 0;
        values[(user * RESOURCE_NAMES.length + 1) * STEPS_AHEAD + step] = isBusy ? 256 : 0;
      }
    }
    return {
      target: "demand",
      entity: "user",
      issuedAtMs: firstStepMs,
      availableAtMs: firstStepMs,
      firstStepMs,
      stepMs: 600_000,
      steps: STEPS_AHEAD,
      ids: Uint32Array.from({ length: USERS }, (_, id) => id),
      levelsPpm: Uint32Array.of(950_000),
      values,
    };
  },
};

/** The core, with a clock beside it. */
class TimedCore {
  readonly #core = new AllocatorCore();
  readonly #micros: number[] = [];
  readonly longestMs = { tick: 0, forecast_issued: 0 };
  /** Requests that found no room. */
  queued = 0;

  step(event: AllocatorEvent): readonly Decision[] {
    const fromMs = performance.now();
    const decisions = this.#core.step(event);
    const tookMs = performance.now() - fromMs;
    if (event.kind === "tick" || event.kind === "forecast_issued") {
      this.longestMs[event.kind] = Math.max(this.longestMs[event.kind], tookMs);
    } else this.#micros.push(tookMs * 1000);
    for (const { kind } of decisions) if (kind === "queue") this.queued += 1;
    return decisions;
  }

  snapshot = () => this.#core.snapshot();
  restore = (snapshot: Uint8Array) => this.#core.restore(snapshot);
  digest = () => this.#core.digest();

  get p99Micros(): number {
    const sorted = Float64Array.from(this.#micros).sort();
    return sorted[Math.floor(0.99 * sorted.length)] as number;
  }
}

const REACTIVE = policyFromDocument({
  controlEvery: "1m",
  reserve: { strategy: "last-value", margin: 1.2 },
  warm: { strategy: "ttl", ttl: "10m" },
});
const PREDICTIVE = policyFromDocument({
  controlEvery: "1m",
  feed: { model: "rnn", every: "1h", step: "10m", targets: ["demand"] },
  reserve: { strategy: "forecast", level: 0.95, lead: "10m" },
  warm: { strategy: "ttl", ttl: "10m" },
});

function replay(policy: Policy, forecasts: readonly ForecastFeed[], every: number): TimedCore {
  const core = new TimedCore();
  const spec = cluster(every);
  const world = new SimulatedCluster({
    trace,
    cluster: spec,
    definitions: definitions(trace, spec, policy, window.startMs),
    controlEveryMs: policy.controlEveryMs,
    forecasts,
  });
  const drive = new Drive({ core, source: world, actuator: world, observers: [] });
  while (drive.run(100_000)) {
    // to the end of the day
  }
  if (every > 1 && core.queued === 0) throw new Error("the cluster was never full: this measures too easy a day");
  return core;
}

/** Nodes of which enough are large: nobody waits. */
const AMPLE = 1;
/** So few that 46,681 of the day's requests have to wait under `REACTIVE`. */
const SCARCE = 3;

/** The figures of one replay; the first of them makes it. */
function figures(name: string, policy: Policy, forecasts: readonly ForecastFeed[], every: number): Benchmark[] {
  let core: TimedCore | null = null;
  const made = () => core as TimedCore;
  const single: Benchmark = {
    name: `step, ${name}: the 99th percentile of events that come one by one`,
    unit: "steps/s",
    floor: 1e6 / MOST_MICROS,
    run: () => {
      core = replay(policy, forecasts, every);
      return 1e6 / core.p99Micros;
    },
  };
  const batches = (["tick", "forecast_issued"] as const).filter((kind) => kind === "tick" || forecasts.length > 0);
  return [
    single,
    ...batches.map((kind) => ({
      name: `step, ${name}: the longest ${kind}`,
      unit: `${kind}/s`,
      floor: 1000 / MOST_BATCH_MS,
      run: () => 1000 / made().longestMs[kind],
    })),
  ];
}

await record([
  ...figures("reactive", REACTIVE, [], AMPLE),
  ...figures("by forecasts", PREDICTIVE, [feed], AMPLE),
  ...figures("reactive, requests wait", REACTIVE, [], SCARCE),
  ...figures("by forecasts, requests wait", PREDICTIVE, [feed], SCARCE),
]);
