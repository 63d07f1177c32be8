/** How the values of a window are brought to one scale before a network sees them, and its forecasts back. JSON. */
export interface Normalisation {
  /** `log1p`: ln(1 + y), for counts of arrivals. */
  readonly transform: "identity" | "log1p";
  /** What is subtracted from a window: the mean or the last of its observed values, or nothing. */
  readonly centre: "mean" | "last" | "none";
  /** Is a window divided by its standard deviation? */
  readonly scaled: boolean;
  /** The least that a window is divided by: constant and all-zero windows are. */
  readonly floor: number;
  /** Nor is it divided by less than this share of its root mean square, so that what hardly varies is not blown up. */
  readonly relativeFloor: number;
}

/** What a window was normalised by. */
export interface WindowScale {
  readonly centre: number;
  readonly scale: number;
  /** Shares of the look-back that were observed, and that were observed to be 0. */
  readonly observedShare: number;
  readonly zeroShare: number;
}

export function transformed({ transform }: Normalisation, value: number): number {
  return transform === "identity" ? value : Math.log1p(value);
}

/**
 * Writes the normalised window of the steps before `origin` to `into`. A step that was not observed takes the last value observed
 * before it, one before the first observation takes that; without any observation the window is all 0, as is its centre.
 *
 * @param values of one series from step 0; `NaN`: not observed. Nothing at or after `origin` is read.
 */
export function normaliseWindow(
  normalisation: Normalisation,
  values: Float32Array,
  origin: number,
  into: Float32Array,
): WindowScale {
  const steps = into.length;
  const begin = origin - steps;
  const logarithmic = normalisation.transform === "log1p";
  let first = -1;
  let last = 0;
  let observed = 0;
  let zeros = 0;
  let sum = 0;
  let squares = 0;
  const beforeAll = Math.min(steps, Math.max(0, -begin));
  if (beforeAll > 0) into.fill(0, 0, beforeAll);
  for (let i = beforeAll; i < steps; i += 1) {
    const value = values[begin + i] as number;
    if (!Number.isNaN(value)) {
      if (value === 0) zeros += 1;
      last = logarithmic ? Math.log1p(value) : value;
      if (first < 0) first = i;
      observed += 1;
      sum += last;
      squares += last * last;
    }
    into[i] = last;
  }
  if (observed === 0) return { centre: 0, scale: Math.max(1, normalisation.floor), observedShare: 0, zeroShare: 0 };
  if (first > 0) into.fill(into[first] as number, 0, first);
  const mean = sum / observed;
  const centre = normalisation.centre === "mean" ? mean : normalisation.centre === "last" ? last : 0;
  const scale = normalisation.scaled ? spread(normalisation, mean, squares / observed) : 1;
  for (let i = 0; i < steps; i += 1) into[i] = ((into[i] as number) - centre) / scale;
  return { centre, scale, observedShare: observed / steps, zeroShare: zeros / steps };
}

function spread({ floor, relativeFloor }: Normalisation, mean: number, meanSquare: number): number {
  const deviation = Math.sqrt(Math.max(0, meanSquare - mean * mean));
  return Math.max(floor, relativeFloor * Math.sqrt(meanSquare), deviation);
}
