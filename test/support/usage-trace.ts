import { NO_RESOURCES, type Resources } from "../../allocator/core/resources.ts";
import { TraceBuilder } from "../../datasets/build-trace.ts";
import type { Trace } from "../../datasets/trace.ts";
import type { Window } from "../../datasets/trace-input.ts";

export const HOUR_MS = 3_600_000;

/** A sample of one user: when it is stamped, in hours, and what it shows. */
export type Sample = readonly [atHour: number, used: Partial<Resources>];

/** Samples by user, each of a window of one hour. */
export function hourly(samples: Readonly<Record<string, readonly Sample[]>>, window: Window | null = null): Trace {
  const builder = new TraceBuilder({
    name: "measured",
    source: { importer: "test", options: {}, files: [] },
    license: "none",
    citation: "none",
  });
  for (const [user, rows] of Object.entries(samples)) {
    for (const [atHour, used] of rows) {
      builder.usage({ user, atMs: atHour * HOUR_MS, windowMs: HOUR_MS, used: { ...NO_RESOURCES, ...used } });
    }
  }
  return builder.build(window);
}
