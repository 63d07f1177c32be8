/**
 * `RunMetricsObserver.onStep` on a synthetic stream: keep-alive over 400 (user, app) pairs in three tiers, four starts in five
 * warm, a reservation changed about once a second. Making the stream is not timed.
 */
import { RunMetricsObserver } from "../../reports/metrics/run-metrics.ts";
import { DEFAULT_PRICES } from "../../reports/prices.ts";
import { amounts, type Step, Stream } from "../support/stream.ts";
import { perSecond, record } from "./record.ts";

const STEPS = 1_000_000;
const CHUNK = 20_000;
const USERS = 200;
const APPS_PER_USER = 2;
const RUN_MS = 300;
const START_UP_MS = 800;
const KEEP_MS = 2_000;

interface Due {
  readonly atMs: number;
  readonly request: string;
  readonly pair: number;
  readonly instance: string;
}

/** Runs, start-ups and keep-alives each last equally long, so each kind ends in the order in which it began. */
class Workload {
  stream = new Stream();
  #nowMs = 0;
  #random = 42;
  #requests = 0;
  #instances = 0;
  readonly #idle = new Map<number, { instance: string; stopAtMs: number }[]>();
  readonly #ready: Due[] = [];
  readonly #ends: Due[] = [];
  readonly #stops: Due[] = [];

  constructor() {
    this.stream.pool("default", { unlimited: true });
    for (const tier of ["premium", "standard", "best-effort"]) this.stream.tier(tier);
    for (let user = 0; user < USERS; user++) this.stream.user(`u${user}`, ["premium", "standard", "best-effort"][user % 3]);
    for (let app = 0; app < APPS_PER_USER; app++) this.stream.app(`a${app}`);
  }

  /** The next steps, at least `count`. */
  take(count: number): Step[] {
    while (this.stream.steps.length < count) this.#arrive();
    return this.stream.steps.splice(0);
  }

  #arrive(): void {
    this.#nowMs += this.#below(4);
    this.#settle();
    const pair = Math.min(this.#below(USERS * APPS_PER_USER), this.#below(USERS * APPS_PER_USER));
    const user = `u${Math.floor(pair / APPS_PER_USER)}`;
    const app = `a${pair % APPS_PER_USER}`;
    const request = `r${this.#requests++}`;
    this.stream.arrive(this.#nowMs, request, user, app);
    const warm = this.#idle.get(pair)?.pop();
    if (warm !== undefined) {
      this.stream.bind(warm.instance, request);
      this.#ends.push({ atMs: this.#nowMs + RUN_MS, request, pair, instance: warm.instance });
    } else {
      const instance = `i${this.#instances++}`;
      this.stream.launch(instance, app, { request }).placed(this.#nowMs, instance);
      this.#ready.push({ atMs: this.#nowMs + START_UP_MS, request, pair, instance });
    }
    if (this.#requests % 500 === 0) {
      this.stream
        .tick(this.#nowMs)
        .reserve(`u${this.#below(USERS)}`, amounts({ cpuMillis: 1000 * this.#below(3), memoryMiB: 2048 }));
    }
  }

  #settle(): void {
    for (;;) {
      const queues = [this.#ends, this.#stops, this.#ready].filter((queue) => queue.length > 0);
      const next = queues.reduce<Due[] | undefined>((a, b) => (a !== undefined && a[0]!.atMs <= b[0]!.atMs ? a : b), undefined);
      if (next === undefined || next[0]!.atMs > this.#nowMs) return;
      const due = next.shift()!;
      if (next === this.#ready) {
        this.stream.ready(due.atMs, due.instance);
        this.#ends.push({ ...due, atMs: due.atMs + RUN_MS });
      } else if (next === this.#ends) {
        this.stream.end(due.atMs, due.request);
        const idle = this.#idle.get(due.pair) ?? [];
        this.#idle.set(due.pair, idle);
        idle.push({ instance: due.instance, stopAtMs: due.atMs + KEEP_MS });
        this.#stops.push({ ...due, atMs: due.atMs + KEEP_MS });
      } else {
        const idle = this.#idle.get(due.pair)!;
        const at = idle.findIndex((one) => one.instance === due.instance && one.stopAtMs === due.atMs);
        if (at === -1) continue;
        idle.splice(at, 1);
        this.stream.stopped(due.atMs, due.instance);
      }
    }
  }

  /** A linear congruential generator: the stream is the same every time. */
  #below(bound: number): number {
    this.#random = (this.#random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((this.#random / 2_147_483_648) * bound);
  }
}

/** Steps a second through a new observer. Fed in chunks, so that the stream never is in memory as a whole. */
function playStream(): number {
  const workload = new Workload();
  const observer = new RunMetricsObserver({ fromMs: 0, toMs: 3_600_000, prices: DEFAULT_PRICES });
  let steps = 0;
  let elapsedMs = 0;
  while (steps < STEPS) {
    const chunk = workload.take(CHUNK);
    const startedMs = performance.now();
    for (const { event, decisions } of chunk) observer.onStep(event, decisions);
    elapsedMs += performance.now() - startedMs;
    steps += chunk.length;
  }
  const coldFraction = observer.finish().overall["cold_fraction"]!;
  if (coldFraction < 0.1 || coldFraction > 0.4) throw new Error(`${coldFraction} of the starts are cold: not the stream meant`);
  return perSecond(steps, elapsedMs);
}

await record([{ name: "metrics of a run, one event with its decisions", unit: "steps/s", floor: 1_000_000, run: playStream }]);
