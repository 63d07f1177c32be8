import type { Panel, Series } from "../../models/panel/panel.ts";

/** Counts by step of series of users with one app, steps of `stepMs`. */
export function arrivalPanel(
  rows: readonly (readonly number[])[],
  frame: Partial<Omit<Panel, "values" | "series">> & { readonly traits?: (i: number) => Partial<Series["traits"]> } = {},
): Panel {
  const { traits = () => ({}), ...rest } = frame;
  return {
    target: "arrival",
    startMs: 0,
    stepMs: 60_000,
    steps: rows[0]?.length ?? 0,
    epochMs: null,
    signed: false,
    context: [],
    ...rest,
    series: rows.map((_, i) => ({
      name: `user-${i} app`,
      user: i,
      app: 0,
      resource: null,
      traits: { tier: null, role: null, timeZone: "UTC", permittedApps: null, appName: "app", ...traits(i) },
    })),
    values: Float32Array.from(rows.flat()),
  };
}
