import { START_PATHS, type StartPath } from "../../sim/run-record.ts";
import type { Instance, Request, Tier } from "./entities.ts";
import { ValueCounts } from "./value-counts.ts";

/** What happened to the requests of one tier that arrived in the window. */
export class RequestTally {
  requests = 0;
  /** By the path of the first bind. */
  readonly bound: Record<StartPath, number> = { warm: 0, shadow: 0, late: 0, resumed: 0, cold: 0 };
  rejected = 0;
  cancelled = 0;
  unfinished = 0;
  violations = 0;
  preemptions = 0;
  lostWorkMs = 0;
  readonly latencyMs: Readonly<Record<StartPath, ValueCounts>>;
  readonly queueMs = new ValueCounts();
  readonly nodeMs = new ValueCounts();
  readonly startupMs = new ValueCounts();

  constructor() {
    const entries = START_PATHS.map((path) => [path, new ValueCounts()] as const);
    this.latencyMs = Object.fromEntries(entries) as Record<StartPath, ValueCounts>;
  }
}

/** Follows each request from its arrival to its first start, with the parts of that wait. */
export class RequestLedger {
  readonly tallies: RequestTally[] = [];
  readonly #tiers: readonly Tier[];
  readonly #fromMs: number;

  constructor(tiers: readonly Tier[], fromMs: number) {
    this.#tiers = tiers;
    this.#fromMs = fromMs;
  }

  addTier(tier: number): void {
    this.tallies[tier] ??= new RequestTally();
  }

  arrive(request: Request): void {
    if (!request.counted) return;
    this.#tally(request).requests += 1;
    request.cells.count("requests", request.arrivedMs);
    request.user.track?.count("requests", request.arrivedMs);
  }

  bind(request: Request, path: StartPath, atMs: number): void {
    if (request.path === null) {
      request.path = path;
      if (request.counted) {
        this.#tally(request).bound[path] += 1;
        request.cells.count(path, request.arrivedMs);
      }
    }
    request.queueMs += atMs - request.sinceMs;
    request.sinceMs = atMs;
  }

  start(request: Request, instance: Instance, atMs: number): void {
    request.executingSinceMs = atMs;
    if (request.startedMs !== null) return;
    request.startedMs = atMs;
    if (!request.counted) return;
    const tally = this.#tally(request);
    const latencyMs = atMs - request.arrivedMs;
    const nodeMs = request.nodeMs + nodeWaitMs(request, instance, atMs);
    tally.latencyMs[request.path!].add(latencyMs);
    tally.queueMs.add(request.queueMs);
    tally.nodeMs.add(nodeMs);
    tally.startupMs.add(latencyMs - request.queueMs - nodeMs);
    const { user, cells, arrivedMs, queueMs } = request;
    cells.count("started", arrivedMs);
    if (latencyMs > 0) {
      user.track?.count("waitMs", arrivedMs, latencyMs);
      cells.countValue("waits", arrivedMs, latencyMs);
      if (queueMs > 0) cells.countValue("queueWaits", arrivedMs, queueMs);
      cells.count("latencyMs", arrivedMs, latencyMs);
      cells.count("queueMs", arrivedMs, queueMs);
      cells.count("nodeMs", arrivedMs, nodeMs);
    }
    this.#checkTarget(request, latencyMs);
  }

  /** Its instance is taken away: it waits again, and what it has executed is lost. */
  waitAgain(request: Request, instance: Instance, atMs: number): void {
    if (instance.phase !== "ready") request.nodeMs += nodeWaitMs(request, instance, atMs);
    else if (atMs > this.#fromMs) {
      const lostMs = atMs - Math.max(this.#fromMs, request.executingSinceMs);
      this.#tally(request).lostWorkMs += lostMs;
      request.cells.count("lostWorkMs", atMs, lostMs);
    }
    request.sinceMs = atMs;
  }

  preempt(request: Request, atMs: number): void {
    if (atMs < this.#fromMs) return;
    this.#tally(request).preemptions += 1;
    request.cells.count("preemptions", atMs);
  }

  reject(request: Request): void {
    if (!request.counted) return;
    this.#tally(request).rejected += 1;
    request.cells.count("rejected", request.arrivedMs);
    this.#violate(request);
  }

  cancel(request: Request, atMs: number): void {
    if (!request.counted) return;
    this.#tally(request).cancelled += 1;
    request.cells.count("cancelled", request.arrivedMs);
    if (request.startedMs === null) this.#checkTarget(request, atMs - request.arrivedMs);
  }

  /** The run ends at `atMs` and the request is still here. */
  cut(request: Request, atMs: number): void {
    if (!request.counted || request.startedMs !== null) return;
    this.#tally(request).unfinished += 1;
    request.cells.count("unfinished", request.arrivedMs);
    this.#checkTarget(request, atMs - request.arrivedMs);
  }

  #checkTarget(request: Request, waitedMs: number): void {
    if (waitedMs > this.#tiers[request.tier]!.targetStartMs) this.#violate(request);
  }

  /** A request violates at most once. */
  #violate(request: Request): void {
    if (request.violated) return;
    request.violated = true;
    this.#tally(request).violations += 1;
    request.cells.count("violations", request.arrivedMs);
    request.user.track?.count("violations", request.arrivedMs);
  }

  #tally(request: Request): RequestTally {
    return this.tallies[request.tier]!;
  }
}

/** Since it was bound, how long its instance had no place; 0 where the place came before. */
function nodeWaitMs(request: Request, instance: Instance, atMs: number): number {
  return Math.max(0, Math.min(atMs, instance.placedMs) - request.sinceMs);
}
