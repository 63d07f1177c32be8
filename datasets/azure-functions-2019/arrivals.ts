import { RandomStream } from "../../allocator/core/random.ts";
import { InputError } from "../issues.ts";

const MINUTE_MS = 60_000;

/** How the invocations of a minute are placed inside it; the source gives only their number. */
export type Arrivals = { readonly kind: "even" } | { readonly kind: "uniform"; readonly seed: number };

/**
 * `even`, or `uniform:SEED`.
 * @throws InputError for anything else.
 */
export function parseArrivals(text: string): Arrivals {
  if (text === "even") return { kind: "even" };
  const seed = /^uniform:(\d{1,15})$/.exec(text)?.[1];
  if (seed !== undefined) return { kind: "uniform", seed: Number(seed) };
  throw new InputError([
    { where: "--arrivals", expected: "even, or uniform:SEED with a whole number as seed", found: JSON.stringify(text) },
  ]);
}

export function formatArrivals(arrivals: Arrivals): string {
  return arrivals.kind === "even" ? "even" : `uniform:${arrivals.seed}`;
}

/** Calls `place` with the time of each of `count` invocations in `minute`. */
export type PlaceMinute = (minute: number, count: number, place: (atMs: number) => void) => void;

/**
 * Even: the k-th of n arrives at minute·60000 + ⌊k·60000 ⁄ n⌋, k = 0…n − 1. Uniform: each anywhere in the minute, drawn from a stream of
 * the function and day's own, so that neither other functions nor other days change it.
 */
export function arrivalPlacer(arrivals: Arrivals, functionName: string, day: number): PlaceMinute {
  if (arrivals.kind === "even") {
    return (minute, count, place) => {
      for (let k = 0; k < count; k += 1) place(minute * MINUTE_MS + Math.floor((k * MINUTE_MS) / count));
    };
  }
  const stream = new RandomStream(arrivals.seed, `azure-functions-2019 arrivals ${functionName} day ${day}`);
  return (minute, count, place) => {
    for (let k = 0; k < count; k += 1) place(minute * MINUTE_MS + stream.below(MINUTE_MS));
  };
}
