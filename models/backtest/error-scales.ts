import { seasonSteps } from "../classical/season.ts";
import { History, type Panel } from "../panel/panel.ts";
import { errorScale } from "../scoring/scale.ts";

/** `[series][origin]`: the error scale of what was known at each origin, of a season of 24 h. */
export function errorScales(panel: Panel, origins: readonly number[]): Float64Array {
  const season = seasonSteps(panel, "day");
  const scales = new Float64Array(panel.series.length * origins.length);
  for (const [column, origin] of origins.entries()) {
    const history = new History(panel, origin);
    for (let series = 0; series < panel.series.length; series += 1) {
      scales[series * origins.length + column] = errorScale(history.values(series), season);
    }
  }
  return scales;
}
