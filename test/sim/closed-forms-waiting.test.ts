import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Trace } from "../../datasets/trace.ts";
import { assertMeets, estimate } from "../support/batch-means.ts";
import { batchesOf, type QueueModel, queueTrace, SERVICE_MS, startsOf } from "../support/queue-run.ts";

/**
 * Waiting times against queueing theory, through the whole core in the simulated cluster, which is told of nothing but arrivals and
 * ends. Random numbers are fixed, so a green test stays green; a fresh seed puts a true value outside its 95 % interval one time in
 * twenty. What no chance excuses, every single start, is checked against a recursion too.
 *
 * Times are rounded to whole milliseconds of a mean service of 100,000, a bias below 0.001 % of a mean service.
 */
const SEED = 1;

type Service = Pick<QueueModel, "service" | "serviceVariance">;
const DETERMINISTIC: Service = { service: () => 1, serviceVariance: 0 };
const EXPONENTIAL: Service = { service: (random) => random.exponential(1), serviceVariance: 1 };
/** Two exponential phases of balanced means; p from the squared coefficient of variation 4: p = (1 + √((4 − 1) ⁄ (4 + 1))) ⁄ 2. */
const PHASE = (1 + Math.sqrt(0.6)) / 2;
const HYPEREXPONENTIAL: Service = {
  service: (random) => random.exponential(random.float() < PHASE ? 1 / (2 * PHASE) : 1 / (2 * (1 - PHASE))),
  serviceVariance: 4,
};

/** Wq in mean services: the mean time from arrival to execution. */
const WAITS: readonly (readonly [
  name: string,
  exact: number,
  precision: number,
  servers: number,
  load: number,
  service: Service,
  batchSize: number,
])[] = [
  ["M/M/1 (M/G/1 with cv² 1), ρ = 0.9", 9, 0.02, 1, 0.9, EXPONENTIAL, 35_000],
  ["M/G/1 with cv² 0, ρ = 0.9", 4.5, 0.02, 1, 0.9, DETERMINISTIC, 20_000],
  ["M/G/1 with cv² 4, ρ = 0.9", 22.5, 0.02, 1, 0.9, HYPEREXPONENTIAL, 85_000],
  ["M/M/2, λ = 1.6", 1.777778, 0.02, 2, 1.6, EXPONENTIAL, 20_000],
  ["M/M/10, λ = 9", 0.668732, 0.02, 10, 9, EXPONENTIAL, 55_000],
  ["M/M/100, λ = 90", 0.021694, 0.1, 100, 90, EXPONENTIAL, 25_000],
];

for (const [name, exact, precision, servers, load, service, batchSize] of WAITS) {
  test(`${name}: Wq = ${exact}`, () => {
    const model: QueueModel = { servers, load, ...service, batches: 40, batchSize, warmUp: 20_000, seed: SEED };
    const trace = queueTrace(model);
    const startMs = startsOf(trace, servers, "patient");
    const waitMs = (request: number) => startMs[request]! - trace.requests.submitMs[request]!;
    assertMeets(estimate(batchesOf(model, trace, (request) => waitMs(request) / SERVICE_MS)), exact, precision);
    assertFirstComeFirstServed(trace, servers, startMs);
  });
}

/** Every start is what the recursion of Kiefer and Wolfowitz (1955) says: at arrival, or when the first server is free. */
function assertFirstComeFirstServed({ requests }: Trace, servers: number, startMs: Float64Array): void {
  const freeMs = new Float64Array(servers);
  for (let request = 0; request < 50_000; request += 1) {
    let first = 0;
    for (let server = 1; server < servers; server += 1) if (freeMs[server]! < freeMs[first]!) first = server;
    const expectedMs = Math.max(requests.submitMs[request]!, freeMs[first]!);
    if (startMs[request] !== expectedMs) assert.is(startMs[request], expectedMs, `start of request ${request}`);
    freeMs[first] = expectedMs + requests.runMs[request]!;
  }
}

test.run();
