import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RESOURCE_NAMES } from "../../../allocator/core/resources.ts";
import { HELD_PARTS } from "../../../reports/metrics/capacity-ledger.ts";
import { measure } from "../../support/measure.ts";
import { type Holder, NaiveCapacity } from "../../support/naive-capacity.ts";
import { randomStream } from "../../support/random-stream.ts";
import type { Stream } from "../../support/stream.ts";

/** A power of two, so that mean × length is the integral, exactly. */
const BIN_MS = 256;
const BINS = 24;
const HOUR_MS = 3_600_000;
const UNITS = { cpuMillis: 1000, memoryMiB: 1024, gpuMillis: 1000, networkKbps: 1000 };
const SUFFIX = {
  cpuMillis: "cpu_core_hours",
  memoryMiB: "memory_gib_hours",
  gpuMillis: "gpu_hours",
  networkKbps: "network_mbps_hours",
};

const streams = fc
  .array(fc.tuple(fc.oneof(fc.constant(0), fc.nat(160)), fc.nat(10_000), fc.nat(100_000_000)), {
    minLength: 20,
    maxLength: 120,
    size: "max",
  })
  .map(randomStream);

/** The integral of `levelOf` over each bin, by looking at every instant at which something happened. */
function naively(stream: Stream, fromMs: number, levelOf: (naive: NaiveCapacity) => number): number[] {
  const sums = new Array<number>(BINS).fill(0);
  const naive = new NaiveCapacity();
  const toMs = fromMs + BINS * BIN_MS;
  for (const [i, step] of stream.steps.entries()) {
    if (step.event.atMs >= toMs) break;
    naive.take(step);
    const level = levelOf(naive);
    const untilMs = Math.min(toMs, stream.steps[i + 1]?.event.atMs ?? toMs);
    for (let ms = Math.max(fromMs, step.event.atMs); ms < untilMs; ) {
      const bin = Math.floor((ms - fromMs) / BIN_MS);
      const endMs = Math.min(untilMs, fromMs + (bin + 1) * BIN_MS);
      sums[bin]! += level * (endMs - ms);
      ms = endMs;
    }
  }
  return sums;
}

const total = (sums: readonly number[]) => sums.reduce((sum, one) => sum + one, 0);

for (const fromMs of [0, 700]) {
  const toMs = fromMs + BINS * BIN_MS;

  test(`from ${fromMs} ms: the parts are what a naive account finds, and sum to the capacity, bin by bin`, async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(streams, async (stream) => {
        const { timeline } = measure(stream, { fromMs, toMs, bins: BINS });
        assert.equal([timeline.bins, timeline.binMs], [BINS, BIN_MS]);
        for (const resource of RESOURCE_NAMES) {
          const integrals = (means: readonly number[] | undefined) => (means ?? []).map((mean) => mean * BIN_MS);
          const sums = new Array<number>(BINS).fill(0);
          for (const part of HELD_PARTS) {
            const found = integrals(timeline.parts[part]?.[resource]);
            const everybody = (naive: NaiveCapacity): Holder[] => [...naive.users, "unbound"];
            const expected = naively(stream, fromMs, (naive) =>
              everybody(naive).reduce<number>((sum, holder) => sum + naive.levels(holder, resource)[part], 0),
            );
            assert.equal(found, expected, `${part} ${resource}`);
            for (const [bin, sum] of found.entries()) sums[bin]! += sum;
            seen.set(part, (seen.get(part) ?? 0) + total(found));
          }
          const held = naively(stream, fromMs, (naive) => naive.held(resource));
          assert.equal(sums, held, `held ${resource}`);
          const capacity = naively(stream, fromMs, (naive) => naive.capacity(resource));
          const free = integrals(timeline.parts.free?.[resource]);
          assert.equal(
            sums.map((sum, bin) => sum + free[bin]!),
            capacity,
            `capacity ${resource}`,
          );
        }
      }),
      { seed: fromMs + 1, numRuns: 120 },
    );
    for (const part of HELD_PARTS) assert.ok((seen.get(part) ?? 0) > 0, `no stream has any ${part}`);
  });

  test(`from ${fromMs} ms: lazily kept totals by tier are what a naive account finds`, async () => {
    await fc.assert(
      fc.asyncProperty(streams, async (stream) => {
        const { byTier } = measure(stream, { fromMs, toMs, bins: 7 });
        for (const [tier, metrics] of Object.values(byTier).entries()) {
          for (const resource of RESOURCE_NAMES) {
            const sum = (parts: readonly (typeof HELD_PARTS)[number][]) =>
              total(
                naively(stream, fromMs, (naive) =>
                  naive.users
                    .filter((user) => user % 2 === tier)
                    .reduce((all, user) => all + parts.reduce((one, part) => one + naive.levels(user, resource)[part], 0), 0),
                ),
              ) /
              (UNITS[resource] * HOUR_MS);
            const suffix = SUFFIX[resource];
            assert.is(metrics[`reserved_${suffix}`], sum(HELD_PARTS), `reserved ${resource}`);
            assert.is(metrics[`used_${suffix}`], sum(["used"]), `used ${resource}`);
            assert.is(metrics[`headroom_${suffix}`], sum(["headroom"]), `headroom ${resource}`);
            assert.is(metrics[`wasted_${suffix}`], sum(HELD_PARTS.filter((part) => part !== "used")), `wasted ${resource}`);
          }
        }
      }),
      { seed: fromMs + 2, numRuns: 80 },
    );
  });
}

test.run();
