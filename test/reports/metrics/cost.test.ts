import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Prices } from "../../../sim/run-record.ts";
import { measure } from "../../support/measure.ts";
import { amounts, Stream } from "../../support/stream.ts";

const HOUR = 3_600_000;
/** Powers of two, so that sums in the comments are exact in binary too. */
const PRICES: Prices = {
  currency: "EUR",
  cpuCoreHour: 1,
  memoryGiBHour: 0.5,
  gpuHour: 8,
  networkMbpsHour: 0.25,
  violation: { standard: 16 },
};

test("J = waste cost + violation cost, at the printed prices", () => {
  // For 2 h ana holds 4 cores, 2 GiB, 1 GPU, 8 Mbps and uses 1 core and 1 GiB of it, by a request that starts after 1 h with an
  // instance of just that size. Wasted: 0–1 h all of it, 1–2 h 3 cores, 1 GiB, 1 GPU, 8 Mbps.
  // Core hours 7 → 7; GiB hours 3 → 1.5; GPU hours 2 → 16; Mbps hours 16 → 4. Waste cost 28.5.
  // One violation (1 h over 1 s): 16. J = 44.5. Capacity: one node of 10 cores, 4 GiB, 2 GPU, 16 Mbps for 2 h:
  // 20 + 8 × 0.5 + 4 × 8 + 32 × 0.25 = 64.
  const node = { cpuMillis: 10_000, memoryMiB: 4096, gpuMillis: 2000, networkKbps: 16_000 };
  const held = { cpuMillis: 4000, memoryMiB: 2048, gpuMillis: 1000, networkKbps: 8000 };
  const size = amounts({ cpuMillis: 1000, memoryMiB: 1024 });
  const stream = new Stream()
    .tier()
    .pool()
    .user("ana")
    .app("web")
    .node(0, "n1", node)
    .tick(0)
    .reserve("ana", held)
    .arrive(0, "r1", "ana", "web", size)
    .launch("i1", "web", { request: "r1", size })
    .placed(0, "i1", "n1")
    .ready(HOUR, "i1");
  const { overall, byTier } = measure(stream, { toMs: 2 * HOUR, prices: PRICES });
  assert.equal([overall.waste_cost, overall.violation_cost, overall.cost, overall.capacity_cost], [28.5, 16, 44.5, 64]);
  assert.equal([byTier.standard?.cost, byTier.standard?.capacity_cost], [44.5, null]);
});

test("a node of an elastic pool that has a price costs that an hour; others what their resources do", () => {
  // n1: 4 cores and 2 GiB for 3 h, 12 + 6 × 0.5 = 15. n2, at 2.5 an hour, is there for 2 h: 5. n3's pool has no price: 1 core for 1 h.
  const elastic = { capacity: amounts({ cpuMillis: 8000 }), nodes: 0, least: 0, most: 4, priceMicrosPerHour: 2_500_000 };
  const stream = new Stream()
    .tier()
    .pool()
    .pool("spare", { elastic })
    .pool("gift", { elastic: { ...elastic, priceMicrosPerHour: 0 } })
    .node(0, "n1", amounts({ cpuMillis: 4000, memoryMiB: 2048 }))
    .node(0, "n2", elastic.capacity, "spare")
    .nodeLost(2 * HOUR, "n2")
    .node(2 * HOUR, "n3", amounts({ cpuMillis: 1000 }), "gift");
  const { overall } = measure(stream, { toMs: 3 * HOUR, prices: PRICES });
  assert.equal([overall.capacity_cost, overall.node_hours], [15 + 5 + 1, 3 + 2 + 1]);
});

test("a shadow costs, though it is nobody's: it is in the overall waste cost only", () => {
  // 2 h of a core and a GiB: 2 + 1 = 3.
  const stream = new Stream().tier().pool().user("ana").app("web").tick(0).launch("i1", "web");
  const { overall, byTier } = measure(stream, { toMs: 2 * HOUR, prices: PRICES });
  assert.equal([overall.waste_cost, byTier.standard?.waste_cost], [3, 0]);
});

test("a tier without a price pays what standard does", () => {
  const stream = new Stream().tier("gold", { targetStartMs: 0 }).pool().user("ana", "gold").app("web");
  stream.arrive(0, "r1", "ana", "web").reject("r1");
  assert.is(measure(stream, { toMs: HOUR, prices: PRICES }).overall.violation_cost, 16);
});

test.run();
