import type { ResourceName } from "../../allocator/core/resources.ts";

/** How much of its recent past a series was at zero: the three differ in what a quantile can mean for them. */
export type Activity = "busy" | "sparse" | "idle";

/** Forecast values that are corrected alike. */
export interface Group {
  readonly resource: ResourceName | null;
  readonly activity: Activity;
  /** `b` for the steps 2^b … 2^(b+1) − 1 after the origin, counted from 1. */
  readonly bucket: number;
}

/** Under this share of zeros a series is busy, above its complement idle. */
const FEW_PPM = 50_000;

export function activityOf(values: Float32Array, lookBack: number): Activity {
  let seen = 0;
  let zeros = 0;
  for (let i = Math.max(0, values.length - lookBack); i < values.length; i += 1) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    seen += 1;
    if (value === 0) zeros += 1;
  }
  if (seen === 0 || zeros * 1_000_000 > seen * (1_000_000 - FEW_PPM)) return "idle";
  return zeros * 1_000_000 < seen * FEW_PPM ? "busy" : "sparse";
}

/** The bucket of a step, 0-based from the origin. Buckets double, because a forecast ages by factors. */
export function bucketOf(step: number): number {
  return 31 - Math.clz32(step + 1);
}

export function groupKey({ resource, activity, bucket }: Group): string {
  return `${resource ?? "-"}/${activity}/${bucket}`;
}

/** Long enough for working days and weekends. */
const VARIATION_MS = 7 * 86_400_000;
/** More values tell no more, and every forecast reads them. */
const MOST_READ = 512;

/**
 * Mean absolute deviation of a series' last week, or of `lookBack` steps if that is longer, from its mean; 0 where nothing was
 * observed. Of many steps every n-th is read.
 */
export function variationOf(values: Float32Array, stepMs: number, lookBack: number): number {
  const steps = Math.min(values.length, Math.max(lookBack, Math.ceil(VARIATION_MS / stepMs)));
  const stride = Math.ceil(steps / MOST_READ);
  const first = values.length - steps;
  let sum = 0;
  let seen = 0;
  for (let i = first; i < values.length; i += stride) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    sum += value;
    seen += 1;
  }
  if (seen === 0) return 0;
  let deviation = 0;
  for (let i = first; i < values.length; i += stride) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) deviation += Math.abs(value - sum / seen);
  }
  return deviation / seen;
}
