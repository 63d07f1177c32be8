import type { ResourceName } from "../../allocator/core/resources.ts";
import type { Panel } from "../../models/panel/panel.ts";

/** A panel of these rows, one user each, in hourly steps; NaN: not observed. */
export function valuePanel(
  rows: readonly (readonly number[])[],
  frame: Partial<Omit<Panel, "values" | "series">> & { readonly resource?: (row: number) => ResourceName | null } = {},
): Panel {
  const { resource = () => "cpuMillis" as const, ...rest } = frame;
  return {
    target: "demand",
    startMs: 0,
    stepMs: 3_600_000,
    steps: rows[0]?.length ?? 0,
    epochMs: null,
    signed: false,
    context: [],
    ...rest,
    series: rows.map((_, row) => ({
      name: `series-${row}`,
      user: row,
      app: null,
      resource: resource(row),
      traits: { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: null },
    })),
    values: Float32Array.from(rows.flat()),
  };
}
