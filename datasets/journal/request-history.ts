import type { Decision } from "../../allocator/core/decisions.ts";
import type { AllocatorEvent, RequestArrived } from "../../allocator/core/events.ts";
import type { RequestId } from "../../allocator/core/ids.ts";
import { RequestBuffer } from "../row-buffers.ts";
import { ShapeTable } from "../shape-table.ts";
import { type ExecutionListener, Executions } from "./executions.ts";

/** Why nobody knows how long a request would have run. */
export type Unknown = "running" | "waiting" | "cancelled" | "rejected";

interface OpenRequest {
  readonly row: number;
  /** When its present execution began; NaN: it does not execute. */
  startedMs: number;
  /** The longest of its executions that were taken from it. */
  longestMs: number;
}

/** Run time of a request that did not end. */
const NOT_ENDED = -1;

/**
 * When each request of a journal came, and for how long it executed, up to its end. One that was taken from its instance executes from the beginning on another; its last
 * execution is the whole.
 */
export class RequestHistory implements ExecutionListener {
  /** In the order of their arrival. Users, apps and tiers by the journal's ids. */
  readonly rows = new RequestBuffer();
  readonly shapes = new ShapeTable();
  readonly names: (string | null)[] = [];
  /** Requests that are known not to have executed to their end, by reason. */
  readonly unknown: Record<Unknown, number> = { running: 0, waiting: 0, cancelled: 0, rejected: 0 };
  readonly #open = new Map<RequestId, OpenRequest>();
  readonly #executions = new Executions(this);
  /** Rows whose run time is not known, with the least that it must have been, in ms. */
  readonly #leastMs = new Map<number, number>();

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    this.#executions.onStep(event, decisions);
  }

  arrived({ request, name, user, app, tier, requested, atMs }: RequestArrived): void {
    const { cpuMillis, memoryMiB, gpuMillis, networkKbps } = requested;
    const shape = this.shapes.code(cpuMillis, memoryMiB, gpuMillis, networkKbps);
    this.#open.set(request, { row: this.rows.count, startedMs: Number.NaN, longestMs: NOT_ENDED });
    this.rows.push(atMs, NOT_ENDED, user, app, tier, shape);
    this.names.push(name);
  }

  began(id: RequestId, atMs: number): void {
    const request = this.#open.get(id);
    if (request !== undefined) request.startedMs = atMs;
  }

  interrupted(id: RequestId, atMs: number): void {
    const request = this.#open.get(id);
    if (request === undefined || Number.isNaN(request.startedMs)) return;
    request.longestMs = Math.max(request.longestMs, atMs - request.startedMs);
    request.startedMs = Number.NaN;
  }

  over(id: RequestId, atMs: number, rejected: boolean): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    if (Number.isNaN(request.startedMs)) this.#isUnknown(request, rejected ? "rejected" : "cancelled");
    else this.rows.runMs[request.row] = atMs - request.startedMs;
    this.#open.delete(id);
  }

  #isUnknown({ row, longestMs }: OpenRequest, why: Unknown): void {
    this.unknown[why] += 1;
    // It had not ended when it was taken from its instance, so that it runs for a millisecond more.
    this.#leastMs.set(row, longestMs + 1);
  }

  /**
   * Gives those that did not end a run time: one that executes at the end of the journal runs up to `endMs`; one that never executed,
   * or waits again, runs as long as most of its app do (the median of those that ended), and without such to `endMs`. None of them
   * runs less than it is known to have.
   */
  fillIn(endMs: number): void {
    const { submitMs, runMs, app } = this.rows;
    const executing: OpenRequest[] = [];
    for (const request of this.#open.values()) {
      if (Number.isNaN(request.startedMs)) this.#isUnknown(request, "waiting");
      else executing.push(request);
    }
    const ended = this.#runTimesByApp(new Set(Array.from(this.#leastMs.keys(), (row) => app[row] as number)));
    for (const [row, leastMs] of this.#leastMs) {
      const typicalMs = ended.get(app[row] as number) ?? endMs - (submitMs[row] as number);
      runMs[row] = Math.max(typicalMs, leastMs);
    }
    this.unknown.running = executing.length;
    for (const { row, startedMs, longestMs } of executing) runMs[row] = Math.max(endMs - startedMs, longestMs + 1);
  }

  /** The median run time of the requests that ended, of these apps. */
  #runTimesByApp(wanted: ReadonlySet<number>): Map<number, number> {
    const times = new Map<number, number[]>();
    for (let row = 0; row < this.rows.count && wanted.size > 0; row += 1) {
      const app = this.rows.app[row] as number;
      const runMs = this.rows.runMs[row] as number;
      if (runMs === NOT_ENDED || !wanted.has(app)) continue;
      const list = times.get(app) ?? [];
      list.push(runMs);
      times.set(app, list);
    }
    const medianOf = (list: number[]) => list.sort((a, b) => a - b)[(list.length - 1) >> 1] as number;
    return new Map([...times].map(([app, list]) => [app, medianOf(list)]));
  }
}
