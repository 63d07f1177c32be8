import type { Config } from "vega-lite";

/**
 * Colours are the page's custom properties: the charts are SVG, so they follow light, dark and print without being drawn again.
 * Policies differ in colour, dash and shape, so that none of the three must be seen.
 */
export interface PolicyMark {
  readonly color: string;
  readonly dash: readonly number[];
  /** An SVG path within [−1, 1]², Vega's own convention for symbols. */
  readonly shape: string;
}

const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 2, 2, 2], [12, 3], [4, 4]];
const SHAPES: readonly string[] = [
  "M.85,0A.85,.85,0,1,1,-.85,0A.85,.85,0,1,1,.85,0Z",
  "M-.78,-.78H.78V.78H-.78Z",
  "M0,-.95L.95,.75H-.95Z",
  "M0,-1.1L1.1,0L0,1.1L-1.1,0Z",
  "M0,.95L.95,-.75H-.95Z",
  "M-.35,-1H.35V-.35H1V.35H.35V1H-.35V.35H-1V-.35H-.35Z",
];
/** How many policy colours the page's style defines: `--policy-0` and on. */
const COLORS = 6;
const REFERENCE: PolicyMark = {
  color: "var(--muted)",
  dash: [1.5, 2.5],
  shape: "M-.9,-.55L-.55,-.9L0,-.35L.55,-.9L.9,-.55L.35,0L.9,.55L.55,.9L0,.35L-.55,.9L-.9,.55L-.35,0Z",
};

/** The marks of policies in their order; a reference is grey and dotted, with a cross. */
export function policyMarks(policies: readonly { readonly reference: boolean }[]): readonly PolicyMark[] {
  let ranked = 0;
  return policies.map(({ reference }) => {
    if (reference) return REFERENCE;
    const turn = Math.floor(ranked / COLORS);
    const index = ranked % COLORS;
    ranked += 1;
    return {
      color: `var(--policy-${index})`,
      dash: DASHES[(index + turn) % DASHES.length] as readonly number[],
      shape: SHAPES[(index + turn) % SHAPES.length] as string,
    };
  });
}

export const CHART_CONFIG: Config = {
  background: "transparent",
  font: "-apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Noto Sans, Helvetica Neue, Arial, sans-serif",
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: "var(--muted)",
    titleColor: "var(--muted)",
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: "normal",
    titlePadding: 8,
    gridColor: "var(--grid)",
    domainColor: "var(--axis)",
    tickColor: "var(--axis)",
    tickSize: 4,
    labelPadding: 4,
  },
  axisY: { domain: false, ticks: false },
  axisX: { grid: false },
  text: { color: "var(--ink)", fontSize: 12 },
};

/** The next round number: an axis that ends there has its last gridline at its end. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  return power * (steps.find((step) => step * power >= value) as number);
}

/** A Vega expression that writes an axis value with thin spaces between thousands. */
export const NUMBER_LABEL = "replace(format(datum.value, ',~r'), regexp(',', 'g'), '\u202f')";
