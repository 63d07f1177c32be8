import { test } from "uvu";
import * as assert from "uvu/assert";
import { optimalLevel } from "../../reports/optimal-level.ts";
import { runWith } from "../support/run-records.ts";

const PRICES = { currency: "USD", cpuCoreHour: 0.04, memoryGiBHour: 0.005, gpuHour: 2, networkMbpsHour: 0, violation: {} };

function run(values: Readonly<Record<string, number | null>>, violation: Readonly<Record<string, number>>) {
  return { ...runWith("reactive", {}, { gold: values }), prices: { ...PRICES, violation } };
}

test("worked by hand: the level that a tier's prices make optimal", () => {
  // 600 requests in 50 busy hours: 12 an instance hour, each violation 0.01: c↓ = 0.12 USD an hour.
  // 100 core hours × 0.04 + 200 GiB hours × 0.005 = 5 USD in 50 hours: c↑ = 0.1 USD an hour. 0.12 ÷ 0.22 = 0.5454….
  const values = { requests: 600, busy_instance_hours: 50, used_cpu_core_hours: 100, used_memory_gib_hours: 200 };
  const { level, underPerHour, overPerHour } = optimalLevel(run(values, { gold: 0.01 }), "gold")!;
  assert.ok(Math.abs(underPerHour - 0.12) < 1e-12);
  assert.ok(Math.abs(overPerHour - 0.1) < 1e-12);
  assert.ok(Math.abs(level - 0.12 / 0.22) < 1e-12);
});

test("free capacity is worth holding for every demand, free violations for none; nothing at all has no level", () => {
  const idle = { requests: 10, busy_instance_hours: 1 };
  assert.is(optimalLevel(run(idle, { gold: 1 }), "gold")!.level, 1);
  assert.is(optimalLevel(run({ ...idle, used_gpu_hours: 1 }, { gold: 0 }), "gold")!.level, 0);
  assert.is(optimalLevel(run(idle, { gold: 0 }), "gold"), null);
  assert.is(optimalLevel(run({ requests: 0, busy_instance_hours: 0 }, { gold: 1 }), "gold"), null);
  assert.is(optimalLevel(run({ requests: null, busy_instance_hours: null }, { gold: 1 }), "gold"), null);
});

test.run();
