import { InputError } from "../../datasets/issues.ts";

/** Regular steps of time from `startMs` on. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

/** What one panel may take in memory: 1 GiB, so that a model beside it fits an ordinary machine. */
const MOST_BYTES = 2 ** 30;

/**
 * The whole steps of `[startMs, untilMs)`: a step that is cut short would look like a quiet one.
 * @throws InputError when there is none.
 */
export function gridOf(startMs: number, untilMs: number, stepMs: number): Grid {
  const steps = Math.floor((untilMs - startMs) / stepMs);
  if (steps >= 1) return { startMs, stepMs, steps };
  const found = `${untilMs - startMs} ms of history`;
  throw new InputError([{ where: "panel", expected: `at least one step of ${stepMs} ms`, found, hint: "choose shorter steps" }]);
}

/**
 * Values for `series` × `steps`, none observed yet.
 * @throws InputError when they would take more than `MOST_BYTES`.
 */
export function emptyValues(series: number, grid: Grid): Float32Array {
  const bytes = series * grid.steps * Float32Array.BYTES_PER_ELEMENT;
  if (bytes <= MOST_BYTES) return new Float32Array(series * grid.steps).fill(Number.NaN);
  throw new InputError([
    {
      where: "panel",
      expected: `at most ${MOST_BYTES} bytes of values`,
      found: `${bytes}: ${series} series of ${grid.steps} steps of ${grid.stepMs} ms`,
      hint: "choose longer steps, a shorter history, or forecast users instead of users × apps",
    },
  ]);
}
