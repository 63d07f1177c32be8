import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ForecastBatch } from "../../../allocator/core/forecast.ts";
import type { UserId } from "../../../allocator/core/ids.ts";
import { State } from "../../../allocator/core/state.ts";
import { ForecastBook } from "../../../allocator/live/forecast-book.ts";

const state = new State();
for (const cpuMillis of [1000, 500]) {
  const shape = { cpuMillis, memoryMiB: 10, gpuMillis: 0, networkKbps: 0 };
  state.apps.push({ shape, coldStartMs: 0, shared: false, concurrency: 1 });
}
const [ANA, BOB, CEM] = [0, 1, 2] as UserId[] as [UserId, UserId, UserId];

function issue(book: ForecastBook, batch: Partial<ForecastBatch> & Pick<ForecastBatch, "target" | "entity">): void {
  const whole = {
    issuedAtMs: 100,
    availableAtMs: 101,
    firstStepMs: 100,
    stepMs: 60,
    steps: 2,
    levelsPpm: Uint32Array.of(500_000, 900_000),
    ids: Uint32Array.of(0, 1),
    values: new Uint32Array(0),
    ...batch,
  };
  book.onStep({ seq: 0, atMs: 101, kind: "forecast_issued", setDigest: "", batchIndex: 0, batchDigest: "", batch: whole });
}

test("demand, by user and summed at each level", () => {
  const book = new ForecastBook();
  assert.is(book.ofFleet(state), null);
  // Of each user: four resources, two steps, two levels.
  const ana = [1, 2, 3, 4, 10, 20, 30, 40, 0, 0, 0, 0, 5, 5, 5, 5];
  const bob = [100, 200, 300, 400, 0, 0, 0, 0, 7, 8, 9, 10, 0, 0, 0, 0];
  issue(book, { target: "demand", entity: "user", values: Uint32Array.from([...ana, ...bob]) });
  const view = book.ofUser(BOB, state);
  assert.equal(view?.amounts.cpuMillis, [
    [100, 200],
    [300, 400],
  ]);
  assert.equal(view?.amounts.gpuMillis, [
    [7, 8],
    [9, 10],
  ]);
  assert.equal(view?.levelsPpm, [500_000, 900_000]);
  assert.equal([view?.target, view?.issuedAtMs, view?.firstStepMs, view?.stepMs], ["demand", 100, 100, 60]);
  assert.is(book.ofUser(CEM, state), null);
  assert.equal(book.ofFleet(state)?.amounts, {
    cpuMillis: [
      [101, 202],
      [303, 404],
    ],
    memoryMiB: [
      [10, 20],
      [30, 40],
    ],
    gpuMillis: [
      [7, 8],
      [9, 10],
    ],
    networkKbps: [
      [5, 5],
      [5, 5],
    ],
  });
});

test("the last forecast counts, and the sum follows it", () => {
  const book = new ForecastBook();
  const say = (value: number) =>
    issue(book, { target: "demand", entity: "user", ids: Uint32Array.of(0), values: new Uint32Array(16).fill(value) });
  say(1);
  assert.is(book.ofFleet(state)?.amounts.cpuMillis[0]?.[0], 1);
  say(2);
  assert.is(book.ofFleet(state)?.amounts.cpuMillis[0]?.[0], 2);
});

test("instances are so many times their app's shape; shared ones are nobody's; an older forecast is not mixed in", () => {
  const book = new ForecastBook();
  const ids = Uint32Array.of(ANA, 0, ANA, 1, BOB, 1); // user, app
  issue(book, { target: "concurrency", entity: "user_app", ids, values: Uint32Array.from([1, 2, 1, 2, 0, 1, 0, 1, 3, 3, 3, 3]) });
  assert.equal(book.ofUser(ANA, state)?.amounts.cpuMillis, [
    [1000, 2500],
    [1000, 2500],
  ]);
  assert.equal(book.ofUser(BOB, state)?.amounts.memoryMiB, [
    [30, 30],
    [30, 30],
  ]);
  issue(book, { target: "concurrency", entity: "app", ids: Uint32Array.of(1), values: Uint32Array.from([2, 2, 2, 2]) });
  assert.equal(book.ofFleet(state)?.amounts.cpuMillis, [
    [3500, 5000],
    [3500, 5000],
  ]);
  assert.equal(book.ofUser(CEM, state), null);
  const later = { target: "concurrency", entity: "app", issuedAtMs: 160, ids: Uint32Array.of(1) } as const;
  issue(book, { ...later, values: Uint32Array.from([1, 1, 1, 1]) });
  assert.equal(book.ofFleet(state)?.amounts.cpuMillis, [
    [500, 500],
    [500, 500],
  ]);
});

test("a forecast of arrivals says no amount", () => {
  const book = new ForecastBook();
  issue(book, { target: "arrival", entity: "user_app", levelsPpm: new Uint32Array(0), values: Uint32Array.from([5, 5]) });
  assert.is(book.ofFleet(state), null);
});

test.run();
