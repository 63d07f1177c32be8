import fc from "fast-check";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";

/** Small lawful traces with every table, in every combination. */
export function arbitraryTrace(): fc.Arbitrary<Trace> {
  const name = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom("a", "b", "é", "😀", '"', "'", ",", "\n", "\\") });
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 4 });
  const amount = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  const time = fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 2 ** 52 }));
  const plain = { noNullPrototype: true };
  const resources = fc.record({ cpuMillis: amount, memoryMiB: amount, gpuMillis: amount, networkKbps: amount }, plain);
  const tier = fc.record({
    targetStartMs: amount,
    priority: amount,
    levelPpm: fc.integer({ min: 1, max: 1_000_000 }),
    mayPreempt: fc.boolean(),
  });
  return fc
    .record({
      users: names,
      apps: names,
      tiers: fc.array(tier, { maxLength: 3 }),
      named: fc.boolean(),
      nodes: fc.array(resources, { maxLength: 2 }),
      epochMs: fc.option(fc.maxSafeInteger()),
      shapes: fc.array(resources, { minLength: 1, maxLength: 3 }),
      requests: fc.array(fc.record({ user: fc.nat(3), app: fc.nat(3), submitMs: time, runMs: time, shape: fc.nat(2) }), {
        minLength: 1,
        maxLength: 20,
      }),
      usage: fc.uniqueArray(
        fc.record({ user: fc.nat(3), atMs: time, windowMs: fc.integer({ min: 1, max: 99 }), used: resources }),
        {
          maxLength: 5,
          selector: (row) => row.atMs,
        },
      ),
      context: fc.array(fc.record({ atMs: time, kind: name, label: fc.string(), everybody: fc.boolean() }), { maxLength: 3 }),
      shared: fc.boolean(),
      permitted: fc.option(fc.array(fc.nat(3), { maxLength: 3 })),
    })
    .map((drawn) => {
      const source = { importer: "arbitrary", options: { a: null, b: 1, c: true, d: "x" }, files: [] };
      const builder = new TraceBuilder({ name: "arbitrary", source, license: "none", citation: "none", epochMs: drawn.epochMs });
      const user = (index: number) => drawn.users[index % drawn.users.length] as string;
      const app = (index: number) => drawn.apps[index % drawn.apps.length] as string;
      for (const [index, row] of drawn.tiers.entries()) builder.tier({ name: `tier ${index}`, ...row });
      const tierName = drawn.tiers.length > 0 ? "tier 0" : "premium";
      for (const each of drawn.users) {
        builder.user({ name: each, tier: tierName, role: each, timeZone: "Asia/Tokyo", permissions: drawn.permitted?.map(app) });
      }
      for (const each of drawn.apps) builder.app({ name: each, shared: drawn.shared, concurrency: 2, coldStartMs: 0 });
      for (const [index, capacity] of drawn.nodes.entries()) builder.node({ name: `node ${index}`, pool: "pool", capacity });
      for (const [index, row] of drawn.requests.entries()) {
        const requested = drawn.shapes[row.shape % drawn.shapes.length] ?? {};
        const named = drawn.named ? { name: `request ${index}` } : {};
        builder.request({
          ...named,
          user: user(row.user),
          app: app(row.app),
          submitMs: row.submitMs,
          runMs: row.runMs,
          requested,
        });
      }
      for (const row of drawn.usage) builder.usage({ ...row, user: user(row.user) });
      for (const { atMs, kind, label, everybody } of drawn.context) {
        builder.context({ atMs, endMs: atMs, kind, label, user: everybody ? null : user(0) });
      }
      return builder.build();
    });
}
