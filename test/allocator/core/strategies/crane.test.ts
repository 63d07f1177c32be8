import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../../allocator/core/bytes.ts";
import type { UserId } from "../../../../allocator/core/ids.ts";
import { Ledger } from "../../../../allocator/core/ledger.ts";
import type { CraneSpec } from "../../../../allocator/core/policy.ts";
import { NO_RESOURCES, type Resources } from "../../../../allocator/core/resources.ts";
import { CranePercentile } from "../../../../allocator/core/strategies/crane.ts";
import { CraneContainer } from "../../../../allocator/core/strategies/crane-container.ts";
import { SlidingHistogram } from "../../../../allocator/core/strategies/sliding-histogram.ts";
import { policyFromText } from "../../../../allocator/policy-text.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function spec(text: string): CraneSpec {
  const { reserve } = policyFromText(text, "usage");
  if (reserve.strategy !== "crane") throw new Error(reserve.strategy);
  return reserve;
}

const used = (some: Partial<Resources>): Resources => ({ ...NO_RESOURCES, ...some });

/** Recommended after these, a sample a minute. */
function recommended(text: string, samples: readonly Partial<Resources>[], everyMs = MINUTE_MS): Resources {
  const container = new CraneContainer(spec(text));
  samples.forEach((one, i) => {
    container.sample(used(one), i * everyMs);
  });
  return container.recommend();
}

const repeated = <T>(times: number, one: T): T[] => Array.from({ length: times }, () => one);

test("the constants are those of Crane's resource recommender", () => {
  assert.equal(spec("crane"), {
    strategy: "crane",
    levelPpm: 990_000,
    marginPpm: 150_000,
    utilizationPpm: 1_000_000,
    historyMs: 7 * DAY_MS,
    decays: true,
  });
});

test("the end of the percentile's bucket of 0.1 cores and 100 MiB, and a margin of 15 %", () => {
  assert.equal(recommended("crane", [{ cpuMillis: 250, memoryMiB: 512 }]), used({ cpuMillis: 345, memoryMiB: 690 }));
  // Whatever is used, no less than a bucket: in Crane's documents 114m and 120586239 bytes are the least that it recommends.
  assert.equal(recommended("crane", [{}]), used({ cpuMillis: 114, memoryMiB: Math.ceil(120_586_239 / 1_048_576) }));
  assert.equal(recommended("crane:utilization=0.5,margin=0", [{ cpuMillis: 250 }]), used({ cpuMillis: 600, memoryMiB: 200 }));
});

test("a sample weighs what it measures: one of ten cores is as much as a hundred of 0.1", () => {
  const samples = [...repeated(100, { cpuMillis: 100 }), { cpuMillis: 10_000 }];
  assert.is(recommended("crane:level=0.51,margin=0,decay=none", samples).cpuMillis, 10_100);
  assert.is(recommended("crane:level=0.49,margin=0,decay=none", samples).cpuMillis, 200);
});

test("beyond the last bucket its start stands for it: 100 cores", () => {
  assert.is(recommended("crane:margin=0", [{ cpuMillis: 250_000 }]).cpuMillis, 100_000);
});

test("half-lives of 24 h for CPU and 48 h for memory, where the configured decay counts", () => {
  // Three days apart: of two samples of 1 and 4 the older weighs 1⁄8 of its value for CPU, 1⁄2^1.5 for memory.
  const samples = [
    { cpuMillis: 4050, memoryMiB: 4050 },
    { cpuMillis: 1050, memoryMiB: 1050 },
  ];
  const at = (level: string, decay: string) => recommended(`crane:level=${level},margin=0,decay=${decay}`, samples, 3 * DAY_MS);
  // The newer's share of the weight: CPU 1.05 ⁄ (1.05 + 4.05 ⁄ 8) = 0.675; memory 1050 ⁄ (1050 + 4050 ⁄ 2.83) = 0.423; undecayed 0.206.
  assert.equal(at("0.67", "configured"), used({ cpuMillis: 1100, memoryMiB: 4100 }));
  assert.equal(at("0.68", "configured"), used({ cpuMillis: 4100, memoryMiB: 4100 }));
  assert.equal(at("0.42", "configured"), used({ cpuMillis: 1100, memoryMiB: 1100 }));
  assert.equal(at("0.2", "none"), used({ cpuMillis: 1100, memoryMiB: 1100 }));
  assert.equal(at("0.21", "none"), used({ cpuMillis: 4100, memoryMiB: 4100 }));
});

test("what is older than seven days is forgotten, a day at a time", () => {
  const histogram = new SlidingHistogram({ size: 100, largest: 1000 }, 7 * DAY_MS, null);
  histogram.add(900, 1, 0);
  histogram.add(100, 1, 8 * DAY_MS - 1);
  assert.is(histogram.percentile(1), 1000);
  histogram.add(100, 1, 8 * DAY_MS);
  assert.is(histogram.percentile(1), 200);
});

test("for seven days after memory ran out: 100 MiB or a fifth more than there was", () => {
  for (const [limitMiB, least] of [
    [200, 300],
    [1000, 1200],
  ] as const) {
    const container = new CraneContainer(spec("crane"));
    container.sample(used({ memoryMiB: 50 }), 0);
    container.recordOom(limitMiB, 0);
    assert.is(container.recommend().memoryMiB, least);
    container.sample(used({ memoryMiB: 50 }), 7 * DAY_MS);
    assert.is(container.recommend().memoryMiB, least);
    container.sample(used({ memoryMiB: 50 }), 7 * DAY_MS + 1);
    assert.is(container.recommend().memoryMiB, 115);
  }
});

test("in the slot reserve: a limit that was met is an end of memory; a restored copy wants the same", () => {
  const ledger = new Ledger();
  ledger.open(0 as UserId, 0 as never, null);
  const crane = new CranePercentile(spec("crane"));
  let account = ledger.observe(0 as UserId, used({ cpuMillis: 100, memoryMiB: 500, networkKbps: 10 }), MINUTE_MS, MINUTE_MS);
  assert.is(crane.want(ledger.account(0 as UserId), 0)?.memoryMiB, 0);
  crane.onUsage(account, true, MINUTE_MS);
  assert.is(crane.want(account, MINUTE_MS)?.memoryMiB, 690, "nothing was held that could have been met");
  ledger.reserve(0 as UserId, used({ cpuMillis: 1000, memoryMiB: 1000 }));
  account = ledger.observe(0 as UserId, used({ cpuMillis: 100, memoryMiB: 1000 }), 2 * MINUTE_MS, MINUTE_MS);
  crane.onUsage(account, true, 2 * MINUTE_MS);
  const wanted = crane.want(account, 2 * MINUTE_MS);
  assert.equal(wanted, { cpuMillis: 229, memoryMiB: 1265, gpuMillis: 0, networkKbps: 1150 });
  const out = new ByteWriter();
  crane.write(out);
  const copy = new CranePercentile(spec("crane"));
  copy.read(new ByteReader(out.written()));
  assert.equal(copy.want(account, 2 * MINUTE_MS), wanted);
});

test.run();
