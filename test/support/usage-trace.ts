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

/** Ten days, by the hour, of three users with working hours of their own. `from` an hour on they use `factor` times as much. */
export function workingDays({ from = 240, factor = 1 }: { readonly from?: number; readonly factor?: number } = {}): Trace {
  const days = (peakHour: number): Sample[] =>
    Array.from({ length: 240 }, (_, hour) => {
      const busy = ((hour + peakHour) % 24 < 8 ? 900 : 100) + ((hour * 7919) % 83);
      return [hour + 1, { cpuMillis: hour < from ? busy : busy * factor }] as const;
    });
  return hourly({ ana: days(0), bob: days(5), cem: days(11) });
}
