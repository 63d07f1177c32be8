import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UserId } from "../../../../allocator/core/ids.ts";
import { Ledger } from "../../../../allocator/core/ledger.ts";
import { NO_RESOURCES } from "../../../../allocator/core/resources.ts";
import { VerticalPodAutoscaler } from "../../../../allocator/core/strategies/vpa.ts";
import { VpaRecommender } from "../../../../allocator/core/strategies/vpa-recommender.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MIB = 1_048_576;

/**
 * [sample, lower, target, upper], each [cpu in thousandths, memory in bytes], from the recommender's own code:
 * k8s.io/autoscaler/vertical-pod-autoscaler v1.7.0, `go run .` on a program that feeds the samples below to
 * `model.NewContainerState(…).AddSample` and `RecordOOM`, and prints what `logic.CreatePodResourceRecommender(…)
 * .GetRecommendedPodResources` gives with the default configuration (margin 0.15, least 25m and 250 MiB, shares 0.5, 0.9, 0.95).
 */
const GOLDEN: readonly (readonly [number, readonly [number, number], readonly [number, number], readonly [number, number]])[] = [
  [0, [25, 262144000], [126, 628694953], [100000000000000, 100000000000000]],
  [11, [279, 779870879], [511, 978270031], [66308, 118370673751]],
  [287, [505, 968560214], [1038, 978270031], [6606, 5869620186]],
  [499, [407, 1095796832], [977, 1102117711], [4271, 4276216718]],
  [500, [407, 1381245895], [977, 1389197403], [4265, 5382100118]],
  [863, [509, 1234541208], [1038, 1389197403], [2936, 3704526408]],
  [2015, [510, 1735664157], [1038, 1738144563], [1887, 2979676393]],
];

test("the recommendations are those of the recommender's own code, to the byte", () => {
  const recommender = new VpaRecommender();
  const found: unknown[] = [];
  for (let i = 0; i < 2016; i += 1) {
    const atMs = 1_375_307_876_000 + i * 5 * MINUTE_MS;
    recommender.addCpu(100 + ((i * 37) % 400) + (i % 288 > 200 ? 500 : 0), atMs);
    recommender.addMemory((500 + ((i * 53) % 300) + Math.floor(i / 288) * 100) * MIB, atMs);
    if (i === 500) recommender.recordOom(950 * MIB, atMs);
    if (!GOLDEN.some(([sample]) => sample === i)) continue;
    const bounds = (["lower", "target", "upper"] as const).map((bound) => recommender.recommend(bound));
    found.push([i, ...bounds.map(({ cpuMillis, memoryBytes }) => [cpuMillis, memoryBytes])]);
  }
  assert.equal(found, GOLDEN);
});

const VM = 0 as UserId;

/** A user whose use is measured every five minutes and who gets what is wanted. */
class Measured {
  readonly #vpa = new VerticalPodAutoscaler();
  readonly #ledger = new Ledger();
  #atMs = 0;

  constructor() {
    this.#ledger.open(VM, 0 as never, null);
  }

  get memoryMiB(): number {
    return this.#ledger.account(VM).reserved.memoryMiB;
  }

  /** @returns whether what is reserved changed. */
  sample(cpuMillis: number, memoryMiB: number, everyMs = 5 * MINUTE_MS, saturated = false): boolean {
    this.#atMs += everyMs;
    const account = this.#ledger.observe(VM, { ...NO_RESOURCES, cpuMillis, memoryMiB }, this.#atMs, 5 * MINUTE_MS);
    this.#vpa.onUsage(account, saturated, this.#atMs);
    const wanted = this.#vpa.want(account, this.#atMs);
    if (wanted !== null) this.#ledger.reserve(VM, wanted);
    return wanted !== null;
  }
}

test("the updater leaves be what is within bounds, for 12 hours", () => {
  const vm = new Measured();
  assert.ok(vm.sample(1000, 1000), "nothing is reserved yet");
  let changes = 0;
  // Twice the use is far over the target, but within an upper bound that little history keeps wide.
  for (let i = 0; i < 140; i += 1) changes += vm.sample(2000, 1000) ? 1 : 0;
  const early = changes;
  for (let i = 0; i < 6; i += 1) changes += vm.sample(2000, 1000) ? 1 : 0;
  assert.ok(changes > 0 && early <= 1, `${early} changes before 12 h, ${changes} after`);
});

test("an out-of-memory kill within 10 minutes of a change raises at once to 1.2 × the limit or 100 MiB more", () => {
  const vm = new Measured();
  vm.sample(100, 1000);
  const limit = vm.memoryMiB;
  assert.ok(vm.sample(100, limit, 5 * MINUTE_MS, true));
  // max(limit + 100 MiB, 1.2 × limit), up to the end of its 5 % bucket, and a margin of 15 %.
  const least = limit * 1.2 * 1.15;
  assert.ok(vm.memoryMiB >= least && vm.memoryMiB <= least * 1.06, `${limit} → ${vm.memoryMiB}`);
});

test("a use above the limit that nothing cut is no kill", () => {
  const vm = new Measured();
  vm.sample(100, 1000);
  assert.not(vm.sample(100, 1010, HOUR_MS));
});

test.run();
