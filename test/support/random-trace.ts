import { RandomStream } from "../../allocator/core/random.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";

/** A busy quarter of an hour of four users, apps of each kind and three small nodes: something of everything happens. */
export function randomTrace(seed: number, requests = 600): Trace {
  const random = new RandomStream(seed, "trace");
  const endMs = 900_000;
  const builder = new TraceBuilder({
    name: "random",
    source: { importer: "test", options: { seed }, files: [] },
    license: "none",
    citation: "none",
  });
  for (const [i, tier] of ["premium", "standard", "standard", "best-effort"].entries()) {
    builder.user({ name: `user-${i}`, tier });
  }
  for (const [name, cores, options] of [
    ["own", 1, {}],
    ["shared", 1, { shared: true }],
    ["pair", 2, { concurrency: 2 }],
    ["large", 3, { coldStartMs: 5_000 }],
  ] as const) {
    const shape = { cpuMillis: cores * 1000, memoryMiB: cores * 512, gpuMillis: 0, networkKbps: 0 };
    builder.app({ name, shape, coldStartMs: 800, ...options });
  }
  for (let i = 0; i < 3; i += 1) {
    const capacity = { cpuMillis: 4000, memoryMiB: 2048, gpuMillis: 0, networkKbps: 0 };
    builder.node({ name: `node-${i}`, pool: "default", capacity });
  }
  for (let i = 0; i < requests; i += 1) {
    builder.request({
      name: `request-${i}`,
      user: `user-${random.below(4)}`,
      app: ["own", "shared", "pair", "large"][random.below(4)]!,
      submitMs: random.below(endMs),
      runMs: Math.round(random.exponential(6_000)),
    });
  }
  return builder.build({ startMs: 0, endMs });
}
