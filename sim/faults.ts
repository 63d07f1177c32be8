import type { EventKind } from "../allocator/core/events.ts";
import { RandomStream } from "../allocator/core/random.ts";
import type { ClusterSpec } from "./cluster-spec.ts";
import type { WorldChange } from "./world-change.ts";

/** What goes wrong by chance in a world, and how often. Chances are in parts per million, rates in millionths an hour. */
export interface FaultSpec {
  readonly seed: number;
  /** Of each launch: it is refused when its start-up should be over. */
  readonly launchFailurePpm?: number;
  /** Of each node. */
  readonly nodeLoss?: { readonly microsPerHour: number; readonly backMs: number };
  /** Of each node of a spot pool: it drains, and is lost after the notice. */
  readonly spotReclaim?: { readonly microsPerHour: number; readonly noticeMs: number };
  /** Of each report of what became of an instance or a request: it is late by up to so much. */
  readonly late?: { readonly ppm: number; readonly mostMs: number };
  /** Of each such report that is final: it comes again, up to so much later. */
  readonly duplicate?: { readonly ppm: number; readonly mostMs: number };
  /** Of the world: for up to so long nothing is told, and then all at once. */
  readonly clockJump?: { readonly microsPerHour: number; readonly mostMs: number };
  /** Of each forecast batch: it never comes, and the one before it has to do. */
  readonly staleForecastPpm?: number;
}

/** What may be told late. What becomes of nodes is not: a node that is lost and back again must not be lost twice. */
const LATE: ReadonlySet<EventKind> = new Set([
  "request_ended",
  "decision_failed",
  "instance_placed",
  "instance_ready",
  "instance_stopped",
  "instance_suspended",
  "instance_resized",
]);
/** What may be told twice: what is so once and for all. */
const FINAL: ReadonlySet<EventKind> = new Set(["request_ended", "decision_failed", "instance_placed", "instance_stopped"]);

const HOUR_MS = 3_600_000;
const WHOLE = 1_000_000;

/** Draws what goes wrong as it happens, each kind from a stream of its own: one of them more or less leaves the others as they were. */
export class Faults {
  readonly #spec: FaultSpec;
  readonly #launches: RandomStream;
  readonly #late: RandomStream;
  readonly #duplicates: RandomStream;
  readonly #forecasts: RandomStream;

  constructor(spec: FaultSpec) {
    this.#spec = spec;
    this.#launches = new RandomStream(spec.seed, "launch failures");
    this.#late = new RandomStream(spec.seed, "late reports");
    this.#duplicates = new RandomStream(spec.seed, "duplicate reports");
    this.#forecasts = new RandomStream(spec.seed, "stale forecasts");
  }

  failsLaunch(): boolean {
    return isDrawn(this.#spec.launchFailurePpm, this.#launches);
  }

  losesForecast(): boolean {
    return isDrawn(this.#spec.staleForecastPpm, this.#forecasts);
  }

  /** How much later a report of this kind comes; 0: in time. */
  lateMs(kind: EventKind): number {
    return LATE.has(kind) ? delayMs(this.#spec.late, this.#late) : 0;
  }

  /** How much later it comes again; 0: it does not. */
  againMs(kind: EventKind): number {
    return FINAL.has(kind) ? delayMs(this.#spec.duplicate, this.#duplicates) : 0;
  }
}

function isDrawn(ppm: number | undefined, random: RandomStream): boolean {
  return ppm !== undefined && random.below(WHOLE) < ppm;
}

function delayMs(chance: { readonly ppm: number; readonly mostMs: number } | undefined, random: RandomStream): number {
  return isDrawn(chance?.ppm, random) ? 1 + random.below((chance as { readonly mostMs: number }).mostMs) : 0;
}

/**
 * What the world does from `fromMs` on, in order of time: what can be drawn beforehand, and the beginning of what cannot. Nodes are lost at the
 * rate of as many as there may be, and one that is not there is not lost: so each that is has the rate (Lewis and Shedler's thinning, Naval Research
 * Logistics Quarterly 26(3), 1979).
 */
export function faultChanges(spec: FaultSpec, { pools }: ClusterSpec, fromMs: number, endMs: number): WorldChange[] {
  const changes: WorldChange[] = [{ kind: "faults", atMs: fromMs, spec }];
  const ids = [...pools.keys()];
  const spot = ids.filter((pool) => pools[pool]?.spot === true);
  const mostOf = (chosen: readonly number[]) =>
    chosen.reduce((sum, id) => sum + (pools[id]?.elastic?.most ?? pools[id]?.nodes?.length ?? 0), 0);
  const losses = [
    {
      name: "node losses",
      of: ids,
      rate: spec.nodeLoss?.microsPerHour ?? 0,
      rest: { durationMs: spec.nodeLoss?.backMs ?? null },
    },
    {
      name: "spot reclaims",
      of: spot,
      rate: spec.spotReclaim?.microsPerHour ?? 0,
      rest: { durationMs: null, noticeMs: spec.spotReclaim?.noticeMs ?? 0 },
    },
  ];
  for (const { name, of, rate, rest } of losses) {
    const random = new RandomStream(spec.seed, name);
    const most = mostOf(of);
    for (const atMs of instants(random, rate * most, fromMs, endMs)) {
      changes.push({ kind: "node_failure", atMs, ...rest, choice: { kind: "nth", index: random.below(most), pools: of } });
    }
  }
  const { microsPerHour = 0, mostMs = 1 } = spec.clockJump ?? {};
  const random = new RandomStream(spec.seed, "clock jumps");
  for (const atMs of instants(random, microsPerHour, fromMs, endMs)) {
    const durationMs = Math.min(1 + random.below(mostMs), endMs - 1 - atMs);
    if (durationMs > 0) changes.push({ kind: "clock_jump", atMs, durationMs });
  }
  return changes.sort((a, b) => a.atMs - b.atMs);
}

/** The expected number of changes drawn beforehand. */
export function expectedChanges(spec: FaultSpec, cluster: ClusterSpec, spanMs: number): number {
  const nodes = cluster.pools.reduce((sum, { elastic, nodes }) => sum + (elastic?.most ?? nodes?.length ?? 0), 0);
  const micros =
    nodes * ((spec.nodeLoss?.microsPerHour ?? 0) + (spec.spotReclaim?.microsPerHour ?? 0)) + (spec.clockJump?.microsPerHour ?? 0);
  return (micros / WHOLE) * (spanMs / HOUR_MS);
}

/** Of a Poisson process, in whole milliseconds. */
function* instants(random: RandomStream, microsPerHour: number, fromMs: number, endMs: number): Generator<number> {
  if (microsPerHour <= 0) return;
  const meanMs = (HOUR_MS * WHOLE) / microsPerHour;
  for (let atMs = fromMs; ; ) {
    atMs += Math.max(1, Math.round(random.exponential(meanMs)));
    if (atMs >= endMs) return;
    yield atMs;
  }
}
