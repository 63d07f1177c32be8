import fc from "fast-check";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";

/** A trace of a few milliseconds, so that ties, boundaries and overlaps are common. */
export interface SmallTrace {
  readonly endMs: number;
  readonly apps: readonly { readonly coldStartMs: number; readonly shared: boolean; readonly concurrency: number }[];
  readonly requests: readonly SmallRequest[];
}

export interface SmallRequest {
  readonly submitMs: number;
  readonly runMs: number;
  readonly user: number;
  readonly app: number;
  readonly memoryMiB: number;
}

export interface SmallTraceOptions {
  /** No request arrives earlier. */
  readonly fromMs?: number;
  readonly mostConcurrency?: number;
  readonly leastRunMs?: number;
  readonly leastStartMs?: number;
}

const USERS = 3;
const LONGEST_MS = 80;
export const LONGEST_START_MS = 9;

export function arbitrarySmallTrace(options: SmallTraceOptions = {}): fc.Arbitrary<SmallTrace> {
  const { fromMs = 0, mostConcurrency = 3, leastRunMs = 0, leastStartMs = 0 } = options;
  const app = fc.record({
    coldStartMs: fc.integer({ min: leastStartMs, max: LONGEST_START_MS }),
    shared: fc.boolean(),
    concurrency: fc.integer({ min: 1, max: mostConcurrency }),
  });
  return fc
    .tuple(fc.integer({ min: fromMs + 1, max: LONGEST_MS }), fc.array(app, { minLength: 1, maxLength: 3 }))
    .chain(([endMs, apps]) =>
      fc.record({
        endMs: fc.constant(endMs),
        apps: fc.constant(apps),
        requests: fc.array(
          fc.record({
            submitMs: fc.integer({ min: fromMs, max: endMs - 1 }),
            runMs: fc.integer({ min: leastRunMs, max: 12 }),
            user: fc.nat(USERS - 1),
            app: fc.nat(apps.length - 1),
            memoryMiB: fc.integer({ min: 1, max: 3 }),
          }),
          { minLength: 1, maxLength: 25, size: "max" },
        ),
      }),
    );
}

/** Users and apps are declared, so that their ids do not depend on the requests. */
export function smallTraceOf({ endMs, apps, requests }: SmallTrace): Trace {
  const source = { importer: "test", options: {}, files: [] };
  const builder = new TraceBuilder({ name: "small", source, license: "none", citation: "none" });
  for (let user = 0; user < USERS; user += 1) builder.user({ name: `user-${user}` });
  apps.forEach((app, index) => void builder.app({ name: `app-${index}`, shape: { memoryMiB: 3 }, ...app }));
  for (const { user, app, memoryMiB, ...times } of requests) {
    builder.request({ user: `user-${user}`, app: `app-${app}`, requested: { memoryMiB }, ...times });
  }
  return builder.build({ startMs: 0, endMs });
}
