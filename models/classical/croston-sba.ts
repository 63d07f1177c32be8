import type { PointMethod } from "./point-method.ts";

/**
 * Croston's method for demand that comes now and then (Operational Research Quarterly 23, 1972), corrected for its bias by
 * Syntetos and Boylan (International Journal of Forecasting 21, 2005). Sizes z of demands and intervals p between them are smoothed
 * apart, each time that there is a demand; the forecast is (1 − α ⁄ 2)·z ⁄ p at every step ahead.
 *
 * It starts from the first demand and the steps until it. Before any demand the forecast is 0. Steps that were not observed do not
 * count in intervals.
 */
export function crostonSba(alpha: number): PointMethod {
  return {
    name: "croston-sba",
    points(values, origins, steps, out) {
      let size = 0;
      let interval = 1;
      let since = 0;
      let seen = false;
      let read = 0;
      for (const [row, origin] of origins.entries()) {
        for (; read < origin; read += 1) {
          const value = values[read] as number;
          if (Number.isNaN(value)) continue;
          since += 1;
          if (value === 0) continue;
          size = seen ? size + alpha * (value - size) : value;
          interval = seen ? interval + alpha * (since - interval) : since;
          seen = true;
          since = 0;
        }
        out.fill(((1 - alpha / 2) * size) / interval, row * steps, (row + 1) * steps);
      }
    },
  };
}
