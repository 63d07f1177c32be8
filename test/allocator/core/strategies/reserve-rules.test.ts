import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import { RandomStream } from "../../../../allocator/core/random.ts";
import { RecentValues } from "../../../../allocator/core/strategies/recent-values.ts";
import { policyFromDocument } from "../../../../allocator/policy-document.ts";
import type { PolicyError } from "../../../../allocator/policy-issue.ts";
import { story } from "../../../support/story.ts";

test("moving-quantile: the smallest value with enough of the last intervals at or below it", () => {
  // Of the last four, level 0.75: the third smallest. 3 | 3 1 | 3 1 2 | 3 1 2 5 → 1 2 3 5 | 1 2 5 4 → 1 2 4 5
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy {"controlEvery": "10ms", "reserve": {"strategy": "moving-quantile", "window": "40ms", "level": 0.75}}
    10 usage ana 3
    10 tick -> reserve 3 for ana (moving_quantile)
    20 usage ana 1
    20 tick
    30 usage ana 2
    30 tick
    40 usage ana 5
    40 tick
    50 usage ana 4
    50 tick -> reserve 4 for ana (moving_quantile)
  `);
});

test("moving-quantile: intervals in which requests demand nothing count as 0, also those that nobody looked at", () => {
  // Level 0.5 of four: the second smallest. 1 | 1 0 | 1 0 0 | 1 0 0 0 | then out of sight, until 1 comes back after six more zeros.
  story(`
    tier standard 1
    user ana standard
    app web start 0
    pool default unlimited
    policy {"controlEvery": "10ms", "reserve": {"strategy": "moving-quantile", "window": "40ms", "level": 0.5}}
    5 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    5 ready i0
    6 end r0 -> stop i0 (nothing_kept)
    6 stopped i0
    10 tick -> reserve 1 for ana (moving_quantile)
    20 tick -> release ana (moving_quantile)
    30 tick
    40 tick
    50 tick
    105 arrive r1 ana web -> launch i1 of web for ana, r1 waits for it
    105 ready i1
    110 tick
    120 tick
    130 tick -> reserve 1 for ana (moving_quantile)
  `);
});

test("the values of a moving window are those that sorting gives, and survive a snapshot", () => {
  const random = new RandomStream(7, "window");
  for (const size of [1, 2, 3, 12]) {
    let window = new RecentValues(size);
    const all: number[] = [];
    for (let i = 0; i < 200; i += 1) {
      const value = random.below(4) === 0 ? 0 : random.below(6);
      window.push(value);
      all.push(value);
      const sorted = all.slice(-size).sort((a, b) => a - b);
      for (const levelPpm of [0, 1, 250_000, 500_000, 950_000, 1_000_000]) {
        const rank = Math.max(1, Math.ceil((levelPpm / 1e6) * sorted.length));
        assert.is(window.quantile(levelPpm), sorted[rank - 1], `size ${size}, value ${i}, level ${levelPpm}`);
      }
      assert.is(window.largest, sorted[sorted.length - 1]);
      const out = new ByteWriter();
      window.write(out);
      window = new RecentValues(size);
      window.read(new ByteReader(out.written()));
    }
  }
});

test("seasonal-naive: like the last interval until a season is over, then as it was one season ago", () => {
  // A season of three intervals. 1 2 3 | 4 5: at 30 a season is known, and the coming interval (30, 40] is like (0, 10].
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy {"controlEvery": "10ms", "reserve": {"strategy": "seasonal-naive", "season": "30ms", "margin": 1}}
    10 usage ana 1
    10 tick -> reserve 1 for ana (last_value)
    20 usage ana 2
    20 tick -> reserve 2 for ana (last_value)
    30 usage ana 3
    30 tick -> reserve 1 for ana (seasonal_naive)
    40 usage ana 4
    40 tick -> reserve 2 for ana (seasonal_naive)
    50 usage ana 5
    50 tick -> reserve 3 for ana (seasonal_naive)
    60 tick -> reserve 4 for ana (seasonal_naive)
    80 tick
  `);
});

test("seasonal-naive: what comes round again is reserved for though nothing happens", () => {
  story(`
    tier standard 1
    user ana standard
    app web start 0
    pool default unlimited
    policy {"controlEvery": "10ms", "reserve": {"strategy": "seasonal-naive", "season": "30ms", "margin": 1}}
    5 arrive r0 ana web -> launch i0 of web for ana, r0 waits for it
    5 ready i0
    6 end r0 -> stop i0 (nothing_kept)
    6 stopped i0
    10 tick -> reserve 1 for ana (last_value)
    20 tick -> release ana (last_value)
    30 tick -> reserve 1 for ana (seasonal_naive)
    40 tick -> release ana (seasonal_naive)
    50 tick
    60 tick
  `);
});

test("static-peak: looks until the evaluation, then holds on", () => {
  story(`
    tier standard 1
    user ana standard
    pool default unlimited
    policy {"controlEvery": "10ms", "reserve": {"strategy": "static-peak", "until": 30}}
    10 usage ana 2
    10 tick -> reserve 2 for ana (static_peak)
    20 usage ana 1
    20 tick
    30 usage ana 3
    30 tick -> reserve 3 for ana (static_peak)
    40 usage ana 9
    40 tick
  `);
});

test("a document that makes no sense is refused with where and why", () => {
  const refused = (reserve: object) => {
    try {
      policyFromDocument({ controlEvery: "5m", reserve });
      return [];
    } catch (error) {
      return (error as PolicyError).issues.map(({ path, found }) => `${path} ${found}`);
    }
  };
  assert.equal(refused({ strategy: "moving-quantile", window: "7m" }), ['reserve.window "7m"']);
  assert.equal(refused({ strategy: "moving-quantile", season: "1h" }), ['reserve.season "season"']);
  assert.equal(refused({ strategy: "seasonal-naive", season: "soon", margin: -1 }), [
    'reserve.season "soon"',
    "reserve.margin -1",
  ]);
  assert.equal(refused({ strategy: "static-peak", until: "noon" }), ['reserve.until "noon"']);
  assert.equal(refused({ strategy: "static-peak", until: 1000 }), []);
});

test.run();
