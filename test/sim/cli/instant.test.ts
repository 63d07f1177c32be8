import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Trace } from "../../../datasets/trace.ts";
import { instantForms, instantOf } from "../../../sim/cli/instant.ts";
import { randomTrace } from "../../support/random-trace.ts";

const HOUR_MS = 3_600_000;

function traceOf(startHour: number, endHour: number, epochMs: number | null): Trace {
  const { manifest, ...tables } = randomTrace(1);
  return { ...tables, manifest: { ...manifest, window: { startMs: startHour * HOUR_MS, endMs: endHour * HOUR_MS }, epochMs } };
}

test("a duration, a time of day, a time in ms", () => {
  const trace = traceOf(8, 40, null);
  const hours = (text: string) => {
    const atMs = instantOf(text, trace);
    return atMs === null ? null : atMs / HOUR_MS;
  };
  assert.equal(["0s", "90m", "1d", "32h", "40h"].map(hours), [8, 9.5, 32, null, null]);
  assert.equal(["08:00", "8:15", "14:30", "07:30", "23:59"].map(hours), [8, 8.25, 14.5, 31.5, 23 + 59 / 60]);
  assert.equal(["36000000", "0", "144000000"].map(hours), [10, null, null]);
  assert.equal(["24:00", "8:60", "8", "", "soon", "2019-07-01"].map(hours), [null, null, null, null, null, null]);
});

test("where the epoch is known: dates, and times of day in UTC, whatever the machine's time zone", () => {
  const trace = traceOf(0, 48, Date.UTC(2019, 6, 1, 5));
  const hours = (text: string) => (instantOf(text, trace) ?? Number.NaN) / HOUR_MS;
  assert.is(hours("2019-07-01T14:05"), 9 + 5 / 60);
  assert.is(hours("2019-07-01T14:05:00Z"), 9 + 5 / 60);
  assert.is(hours("2019-07-01T14:05+02:00"), 7 + 5 / 60);
  assert.is(hours("2019-07-02"), 19);
  assert.is(hours("14:05"), 9 + 5 / 60);
  assert.is(hours("04:00"), 23);
  assert.is(instantOf("2019-06-30", trace), null);
});

test("a day that ends before the clock shows it has no such time", () => {
  assert.is(instantOf("14:05", traceOf(15, 24, null)), null);
  assert.match(instantForms(traceOf(15, 24, null)), /14:05.*\[54000000, 86400000\)/);
});

test.run();
