import type { TopLevelSpec } from "vega-lite";

/** Columns of equal length, by name. */
export type Table = Readonly<Record<string, readonly (number | string)[]>>;

/** One view that the reader may have of a chart: the rows of its data set `table`, and values of its signals. */
export interface ChartView {
  readonly table: Table;
  readonly signals: Readonly<Record<string, number | readonly number[]>>;
}

/** A chart as the page gets it: one Vega specification, and a view for each choice of its selector (the first is shown). */
export interface Chart {
  readonly spec: TopLevelSpec;
  readonly views: Readonly<Record<string, ChartView>>;
}

/** No view of a chart has more points than this. */
export const MOST_POINTS = 4000;
