import { RandomStream } from "../allocator/core/random.ts";
import { InputError } from "./issues.ts";

/** How the requests of a step of time are placed inside it, where the source gives only their number. */
export type Arrivals = { readonly kind: "even" } | { readonly kind: "uniform"; readonly seed: number };

/** The ways of writing them, for who reads a wrong one. */
export const ARRIVALS_EXPECTED = "even, or uniform:SEED with a whole number as seed";

/** `even`, or `uniform:SEED`; `null`: neither. */
export function readArrivals(text: string): Arrivals | null {
  if (text === "even") return { kind: "even" };
  const seed = /^uniform:(\d{1,15})$/.exec(text)?.[1];
  return seed === undefined ? null : { kind: "uniform", seed: Number(seed) };
}

/** @throws InputError for what `readArrivals` does not know. */
export function parseArrivals(text: string): Arrivals {
  const arrivals = readArrivals(text);
  if (arrivals !== null) return arrivals;
  throw new InputError([{ where: "--arrivals", expected: ARRIVALS_EXPECTED, found: JSON.stringify(text) }]);
}

export function formatArrivals(arrivals: Arrivals): string {
  return arrivals.kind === "even" ? "even" : `uniform:${arrivals.seed}`;
}

/** Calls `place` with the time of each of `count` requests of the step that begins at `startMs`. */
export type PlaceStep = (startMs: number, count: number, place: (atMs: number) => void) => void;

/**
 * Even: the k-th of n arrives at start + ⌊k · step ⁄ n⌋, k = 0…n − 1. Uniform: each anywhere in the step, drawn from a stream of the
 * cause's own, so that other causes do not change it.
 */
export function arrivalPlacer(arrivals: Arrivals, cause: string, stepMs: number): PlaceStep {
  if (arrivals.kind === "even") {
    return (startMs, count, place) => {
      for (let k = 0; k < count; k += 1) place(startMs + Math.floor((k * stepMs) / count));
    };
  }
  const stream = new RandomStream(arrivals.seed, cause);
  return (startMs, count, place) => {
    for (let k = 0; k < count; k += 1) place(startMs + stream.below(stepMs));
  };
}
