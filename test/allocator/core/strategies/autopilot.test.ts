import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UserId } from "../../../../allocator/core/ids.ts";
import { Ledger } from "../../../../allocator/core/ledger.ts";
import type { AutopilotSpec, ReserveSpec } from "../../../../allocator/core/policy.ts";
import { NO_RESOURCES, type Resources } from "../../../../allocator/core/resources.ts";
import { Autopilot } from "../../../../allocator/core/strategies/autopilot.ts";
import { GrowingBuckets } from "../../../../allocator/core/strategies/decaying-histogram.ts";
import { policyFromText } from "../../../../allocator/policy-text.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const VM = 0 as UserId;
const isAutopilot = (spec: ReserveSpec): spec is AutopilotSpec => spec.strategy === "autopilot";

function spec(text: string): AutopilotSpec {
  const { reserve } = policyFromText(text, "usage");
  if (!isAutopilot(reserve)) throw new Error(reserve.strategy);
  return reserve;
}

const BUCKETS = new GrowingBuckets(10, 0.05, 5e9);
const endOf = (value: number) => BUCKETS.start(BUCKETS.find(value) + 1);

/** What is wanted after these samples, one every 5 minutes from `fromMs` on, with a tick after each. */
function wanted(text: string, samples: readonly Partial<Resources>[], everyMs = 5 * MINUTE_MS): (Resources | null)[] {
  const autopilot = new Autopilot(spec(text));
  const ledger = new Ledger();
  ledger.open(VM, 0 as never, null);
  return samples.map((used, i) => {
    const atMs = (i + 1) * everyMs;
    const account = ledger.observe(VM, { ...NO_RESOURCES, ...used }, atMs, everyMs);
    autopilot.onUsage(account, false, atMs);
    return autopilot.want(account, atMs);
  });
}

const last = <T>(all: readonly T[]): T => all[all.length - 1] as T;
const cpu = (millis: number) => ({ cpuMillis: millis });
const memory = (mib: number) => ({ memoryMiB: mib });
const repeated = <T>(times: number, one: T): T[] => Array.from({ length: times }, () => one);

test("serving: the percentile of the load, and a margin", () => {
  // Nine of 1000 and one of 10,000 within 50 minutes: of a load of 19,000 more than half is at 10,000.
  const samples = [...repeated(9, cpu(1000)), cpu(10_000)];
  assert.is(last(wanted("autopilot:cpu=p90,margin=0.1", samples))?.cpuMillis, Math.ceil(Math.ceil(endOf(10_000)) * 1.1));
  assert.is(wanted("autopilot:cpu=p90,margin=0.1", samples)[8]?.cpuMillis, Math.ceil(Math.ceil(endOf(1000)) * 1.1));
});

test("batch: the mean by weight, which a half-life of 12 h decays", () => {
  // Twelve hours apart: the older sample weighs half of the newer.
  const samples = [cpu(1000), cpu(4000)];
  const mean = (endOf(1000) + 2 * endOf(4000)) / 3;
  assert.is(last(wanted("autopilot:cpu=mean,margin=0", samples, 12 * HOUR_MS))?.cpuMillis, Math.ceil(mean));
});

test("memory: the peak, and half the peak", () => {
  const samples = [memory(8000), ...repeated(100, memory(1000))];
  assert.is(last(wanted("autopilot:memory=max,margin=0", samples))?.memoryMiB, 8000);
  assert.is(last(wanted("autopilot:memory=half-max,margin=0", samples))?.memoryMiB, 4000);
});

test("the largest recommendation of the last hour holds", () => {
  // After 48 h at 100 the mean is back near 100; the peak of the mean falls out of sight an hour after it.
  const samples = [...repeated(12, cpu(10_000)), ...repeated(2000, cpu(100))];
  const found = wanted("autopilot:cpu=mean,margin=0", samples).map((one) => one?.cpuMillis ?? 0);
  assert.is(found[12], found[11]);
  assert.is(found[22], found[11]);
  assert.ok((found[24] as number) < (found[11] as number));
  assert.ok((last(found) as number) < 120);
});

test("what was never used gets nothing; of a silent user nothing is known", () => {
  assert.equal(last(wanted("autopilot", [cpu(100), cpu(100)]))?.gpuMillis, 0);
  const autopilot = new Autopilot(spec("autopilot"));
  const ledger = new Ledger();
  ledger.open(VM, 0 as never, null);
  assert.is(autopilot.want(ledger.account(VM), 0), null);
  const account = ledger.observe(VM, NO_RESOURCES, 1000, 1000);
  autopilot.onUsage(account, false, 1000);
  ledger.beginInterval(account);
  assert.is(autopilot.want(account, 5000), null);
});

test.run();
