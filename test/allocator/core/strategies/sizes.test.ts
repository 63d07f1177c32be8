import { test } from "uvu";
import * as assert from "uvu/assert";
import { GrowingBuckets } from "../../../../allocator/core/strategies/decaying-histogram.ts";
import { story } from "../../../support/story.ts";

const VPA = JSON.stringify({ controlEvery: "1m", size: { strategy: "vpa" }, warm: { strategy: "ttl", ttl: "1h" } });
const AUTOPILOT = JSON.stringify({
  controlEvery: "5m",
  size: { strategy: "autopilot", margin: 0 },
  warm: { strategy: "ttl", ttl: "1h" },
});

test("the sizes of the stories below, by hand from the published buckets: starts at first · (1.05^k − 1) ⁄ 0.05", () => {
  // 1.05^37 = 6.08141: one core is in the bucket that ends at 0.2 · 5.08141 = 1.01628 cores. 1016, and 15 % more, cut off: 1168.
  const cpu = new GrowingBuckets(0.01, 0.05, 1000);
  assert.is(cpu.start(cpu.find(1) + 1).toFixed(5), "1.01628");
  // 1.05^38 = 6.38548: 1 GiB is in the bucket that ends at 2·10⁸ · 5.38548 B. 15 % more are 1,238,659,857 B: 1182 MiB.
  const memory = new GrowingBuckets(1e7, 0.05, 1e12);
  assert.is(Math.ceil((memory.start(memory.find(1024 * 1_048_576) + 1) * 1.15) / 1_048_576), 1182);
  // Autopilot's: 10 units first. 1.05^36 = 5.79182: 1000 ends at 1016.28, 1024 in the same; the margin is 0.
  const units = new GrowingBuckets(10, 0.05, 5e9);
  assert.equal(
    [1000, 1024].map((value) => Math.ceil(units.start(units.find(value) + 1))),
    [1017, 1078],
  );
});

test("VPA: as large as the app says until something is known, then its target; what is there follows when it is 12 h old", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4
    pool default unlimited
    policy ${VPA}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it       # asks for one slot of four
    0 ready i0
    60000 tick
    70000 arrive r1 ana web -> launch i1 of web at 1168m 1182MiB for ana, r1 waits for it
    70000 ready i1
    80000 end r1 -> timer at 3680000
    43199999 tick
    43200000 tick -> resize i0 to 1168m 1182MiB (vpa)                      # within wide bounds, but old, and far from the target
    43200000 resized i0 1
  `);
});

test("what asks for more than an instance has makes it grow, as far as the app's own shape", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4
    pool default unlimited
    policy ${VPA}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    60000 tick
    70000 arrive r1 ana web -> launch i1 of web at 1168m 1182MiB for ana, r1 waits for it
    70000 ready i1
    80000 end r1 -> timer at 3680000
    90000 arrive r2 ana web asks 2 -> resize i1 to 2000m 2048MiB (resized), bind i1 to r2 (warm_hit)
    90000 resized i1 2
    95000 end r2
    99000 arrive r3 ana web asks 9 -> resize i1 to 4000m 4096MiB (resized), bind i1 to r3 (warm_hit)
    99000 resized i1 4
    99500 arrive r4 ana web asks 3 -> launch i2 of web at 3000m 3072MiB for ana, r4 waits for it
  `);
});

test("on a node without room to grow the request looks further, and waits", () => {
  story(`
    tier standard 1
    user ana standard
    user bob standard
    app web slots 4
    app one
    policy ${AUTOPILOT}
    0 node n0 5
    0 arrive r0 ana web -> launch i0 of web for ana on n0, r0 waits for it
    0 ready i0
    300000 tick -> resize i0 to 1017m 1078MiB (autopilot)
    300000 resized i0 2
    300001 arrive r1 bob one -> launch i1 of one for bob on n0, r1 waits for it
    300001 arrive r2 bob one -> launch i2 of one for bob on n0, r2 waits for it
    300001 arrive r3 bob one -> launch i3 of one for bob on n0, r3 waits for it
    300002 end r0 -> timer at 3900002
    300003 arrive r4 ana web asks 3 -> queue r4 (no_fit)                    # without i0 there would be two slots
  `);
});

test("what a control interval did not use says nothing: an idle instance keeps its size", () => {
  story(`
    tier standard 1
    user ana standard
    app web slots 4
    pool default unlimited
    policy ${AUTOPILOT}
    0 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    0 ready i0
    1000 end r0 -> timer at 3601000
    300000 tick -> resize i0 to 1017m 1078MiB (autopilot)      # it ran in this interval
    600000 tick -> resize i0 to 1017m 1078MiB (autopilot)      # not reported yet, so it is told again
    600000 resized i0 2
    900000 tick -> resize i0 to 1017m 1078MiB (autopilot)
  `);
});

test.run();
