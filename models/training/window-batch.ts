/** The sides of windows, beside their number. */
export interface BatchShape {
  readonly lookBack: number;
  /** Numbers of each step of the window. */
  readonly inputs: number;
  readonly horizon: number;
  /** Numbers of each step ahead. */
  readonly futures: number;
  /** Numbers of each window. */
  readonly statics: number;
}

/** Normalised windows of several series and origins, as typed arrays: one row each. Filled again for every step of training. */
export class WindowBatch {
  readonly rows: number;
  /** `[rows][lookBack][inputs]` */
  readonly window: Float32Array;
  /** `[rows][horizon][futures]` */
  readonly futures: Float32Array;
  /** `[rows][statics]` */
  readonly statics: Float32Array;
  /** By row: what was subtracted from the window, and what it was divided by, after the transform. */
  readonly centre: Float32Array;
  readonly scale: Float32Array;
  /** `[rows][horizon]`, in the window's scale; 0 where not observed. */
  readonly target: Float32Array;
  /** `[rows][horizon]`: 1 where the target counts in the loss. */
  readonly counts: Float32Array;
  /** `[rows][horizon]`: 1 where the target is an amount of 0. */
  readonly censored: Float32Array;

  constructor(rows: number, shape: BatchShape) {
    const { lookBack, inputs, horizon, futures, statics } = shape;
    this.rows = rows;
    this.window = new Float32Array(rows * lookBack * inputs);
    this.futures = new Float32Array(rows * horizon * futures);
    this.statics = new Float32Array(rows * statics);
    this.centre = new Float32Array(rows);
    this.scale = new Float32Array(rows);
    this.target = new Float32Array(rows * horizon);
    this.counts = new Float32Array(rows * horizon);
    this.censored = new Float32Array(rows * horizon);
  }
}
