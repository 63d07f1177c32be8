import type { AdmitSpec, GuardSpec } from "../../allocator/core/policy.ts";
import type { RandomStream } from "../../allocator/core/random.ts";

/** Bounds on what is reserved, any of them. */
export function randomGuard(random: RandomStream): GuardSpec {
  const one = chooser(random);
  return {
    ...one<GuardSpec>([{}, { least: { cpuMillis: 500 }, most: { cpuMillis: 2_000, memoryMiB: 1_500 } }]),
    ...one<GuardSpec>([{}, { margin: { memoryMiB: 100 } }]),
    ...one<GuardSpec>([{}, { raisePpm: 300_000 }]),
    ...one<GuardSpec>([{}, { holdMs: 1 + random.below(400) }]),
    ...one<GuardSpec>([{}, { hysteresisPpm: 200_000 }]),
    ...one<GuardSpec>([{}, { atOnce: true }]),
  };
}

/** What the waiting may take from the running. */
export function randomAdmission(random: RandomStream): AdmitSpec {
  const one = chooser(random);
  const preempt = { graceMs: one([0, 50]), protectMs: one([1, 30, 100]), budget: one([1, 10, 100]) };
  const order = one([
    { strategy: "priority" },
    { strategy: "drf" },
    { strategy: "drf", weightsPpm: { t0: 3_000_000, t1: 500_000 } },
  ] as const);
  const starvation = one([{}, {}, { starvationMs: 60 }, { starvationMs: 400 }]);
  return { ...order, ...starvation, ...(one([true, true, false]) ? { preempt } : {}) };
}

function chooser(random: RandomStream) {
  return <T>(from: readonly T[]) => from[random.below(from.length)] as T;
}
