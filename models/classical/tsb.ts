import type { PointMethod } from "./point-method.ts";

/**
 * The method of Teunter, Syntetos and Babai for demand that comes now and then and may cease (European Journal of Operational
 * Research 214, 2011). The size z of demands is smoothed by α when there is one; the chance p of a demand is smoothed by β at every
 * step, towards 1 or 0; the forecast is p·z at every step ahead. So it falls while nothing comes, which Croston's does not.
 *
 * It starts from the first demand, with one over the steps until it as its chance. Before any demand the forecast is 0. Steps that
 * were not observed change nothing.
 */
export function tsb(alpha: number, beta: number): PointMethod {
  return {
    name: "tsb",
    points(values, origins, steps, out) {
      let size = 0;
      let chance = 0;
      let until = 0;
      let seen = false;
      let read = 0;
      for (const [row, origin] of origins.entries()) {
        for (; read < origin; read += 1) {
          const value = values[read] as number;
          if (Number.isNaN(value)) continue;
          if (!seen) {
            until += 1;
            if (value === 0) continue;
            seen = true;
            size = value;
            chance = 1 / until;
            continue;
          }
          chance += beta * ((value === 0 ? 0 : 1) - chance);
          if (value !== 0) size += alpha * (value - size);
        }
        out.fill(chance * size, row * steps, (row + 1) * steps);
      }
    },
  };
}
