import { test } from "uvu";
import * as assert from "uvu/assert";
import { AllocatorCore } from "../../../allocator/core/core.ts";
import type { ForecastBatch } from "../../../allocator/core/forecast.ts";
import type { TierId, UserId } from "../../../allocator/core/ids.ts";
import { policyFromDocument } from "../../../allocator/policy-document.ts";
import { counterfactuals, reserveWant } from "../../../sim/why/reserve-want.ts";

const ANN = 0 as UserId;

/** One step of an hour for Ann: 100, 200 and 400 millicores at the levels .5, .9 and .99. */
const BATCH: ForecastBatch = {
  target: "demand",
  entity: "user",
  issuedAtMs: 0,
  availableAtMs: 0,
  firstStepMs: 0,
  stepMs: 3_600_000,
  steps: 1,
  ids: Uint32Array.of(ANN),
  levelsPpm: Uint32Array.of(500_000, 900_000, 990_000),
  values: Uint32Array.of(100, 200, 400, 0, 0, 0, 0, 0, 0, 0, 0, 0),
};

/** A core that took the forecast in, under the level .9 and a margin of 1.5, at the tick of 5 min: it holds 200 × 1.5 = 300. */
function forecastCore(guard?: object): AllocatorCore {
  const core = new AllocatorCore();
  const policy = policyFromDocument({
    name: "ahead",
    controlEvery: "5m",
    feed: { model: "clairvoyant", every: "1h", step: "1h", targets: ["demand"] },
    reserve: { strategy: "forecast", level: 0.9, margin: 1.5, lead: "5m" },
    warm: { strategy: "none" },
    ...(guard === undefined ? {} : { guard }),
  });
  const tier = { targetStartMs: 0, priority: 0, levelPpm: 900_000, mayPreempt: false };
  const user = { name: "ann", tier: 0 as TierId, role: "", timeZone: "UTC", permissions: null, optOut: [] };
  core.step({ seq: 0, atMs: 0, kind: "tier_defined", tier: 0 as TierId, name: "standard", ...tier });
  core.step({
    seq: 1,
    atMs: 0,
    kind: "pool_defined",
    pool: 0 as never,
    name: "all",
    unlimited: true,
    provisionMs: 0,
    elastic: null,
  });
  core.step({ seq: 2, atMs: 0, kind: "user_defined", user: ANN, ...user });
  core.step({ seq: 3, atMs: 0, kind: "policy_activated", policy });
  const digests = { setDigest: "a", batchIndex: 0, batchDigest: "b" };
  core.step({ seq: 4, atMs: 0, kind: "forecast_issued", ...digests, batch: BATCH });
  core.step({ seq: 5, atMs: 300_000, kind: "tick" });
  return core;
}

test("the want equals what is reserved; each neighbouring level and no margin, worked by hand", () => {
  const { state } = forecastCore();
  assert.is(reserveWant(state, ANN, 300_000).text, "the reserve want equals what is reserved, 300m/0MiB: no change");
  assert.equal(
    counterfactuals(state, ANN, 300_000, BATCH).map(({ text }) => text),
    ["at level 0.5: 150m/0MiB", "at level 0.99: 600m/0MiB", "without a margin: 200m/0MiB"],
  );
});

test("without a forecast there is no level to ask at", () => {
  const { state } = forecastCore();
  assert.equal(
    counterfactuals(state, ANN, 300_000, null).map(({ otherwise }) => otherwise),
    ["without a margin"],
  );
});

test("a guard stands between what is wanted and what the next tick does", () => {
  const { state } = forecastCore({ hold: "1h" });
  assert.is(
    reserveWant(state, ANN, 7_200_000).text,
    "the slot wants 0m/0MiB, which the guard makes 300m/0MiB (hold); so the reserve want equals what is reserved, 300m/0MiB: no change",
  );
  assert.is(
    counterfactuals(state, ANN, 7_200_000, null).find(({ otherwise }) => otherwise === "without the guard")?.text,
    "without the guard: 0m/0MiB",
  );
});

test("asking changes nothing", () => {
  const core = forecastCore();
  const before = core.digest();
  counterfactuals(core.state, ANN, 600_000, BATCH);
  reserveWant(core.state, ANN, 600_000);
  assert.is(core.digest(), before);
});

test("beyond the forecast's horizon the slot wants nothing", () => {
  const { state } = forecastCore();
  assert.match(reserveWant(state, ANN, 7_200_000).text, "the slot wants 0m/0MiB where 300m/0MiB is reserved: the next tick");
});

test.run();
