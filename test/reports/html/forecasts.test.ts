import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRuns } from "../../../reports/comparison.ts";
import { forecastsSection } from "../../../reports/html/forecasts.ts";
import type { ForecastOrigin, RunRecord } from "../../../sim/run-record.ts";
import { exampleRuns } from "../../support/run-records.ts";

const DAY_MS = 86_400_000;
const [first, ...others] = exampleRuns() as [RunRecord, ...RunRecord[]];

const ORIGIN: ForecastOrigin = {
  set: "ab".repeat(32),
  batches: 9,
  target: "demand",
  model: "3fa4c0",
  kind: "rnn",
  modelDigest: "3fa4c0".repeat(10),
  backend: "wasm 4.22.0",
  seed: 1,
  trainedOn: {
    trace: "another <month>",
    digest: "cd".repeat(32),
    fromMs: 0,
    trainEndMs: 12 * DAY_MS,
    validationEndMs: 15 * DAY_MS,
  },
  features: ["time", "recent"],
  metrics: { sql: 0.4321, mase: null },
  issuedFromMs: 15 * DAY_MS,
  everyMs: 300_000,
  stepMs: 300_000,
  steps: 2,
  levelsPpm: [800_000, 990_000],
  latencyMs: 1_000,
};

function sectionWith(forecasts: readonly ForecastOrigin[]): string | null {
  return (
    forecastsSection(compareRuns([{ ...first, forecasts }, ...others], "prae compare").runs)?.text.replace(
      /[\u00a0\u202f]/g,
      " ",
    ) ?? null
  );
}

test("says of each model what it is, what it was trained on, and that it is not clairvoyant", () => {
  const text = sectionWith([ORIGIN])!;
  const parts = [
    "None of these models is clairvoyant",
    "rnn <small>3fa4c0</small>",
    "12 days, chosen by the 3 days after of another &#60;month&#62;",
  ];
  const more = [
    "demand, 2 steps of 5 min every 5 min",
    "p80, p99",
    "wasm 4.22.0",
    "sql 0.432",
    "time, recent",
    "3fa4c03fa4c0",
    "abababababab",
  ];
  for (const part of [...parts, ...more]) assert.ok(text.includes(part), `${part} in ${text}`);
  const own = sectionWith([{ ...ORIGIN, model: "rnn", trainedOn: { ...ORIGIN.trainedOn, digest: first.trace.digest } }])!;
  assert.not.match(own, "another &#60;month");
});

test("where no model spoke there is no section", () => {
  assert.is(forecastsSection(compareRuns([first, ...others], "prae compare").runs), null);
});

test.run();
