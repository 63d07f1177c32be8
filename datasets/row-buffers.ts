/**
 * Requests as they come in, in source order: typed columns that double when full. An object per request would cost ten times the
 * memory.
 */
export class RequestBuffer {
  count = 0;
  submitMs = new Float64Array(1024);
  runMs = new Float64Array(1024);
  user = new Uint32Array(1024);
  app = new Uint32Array(1024);
  /** `NO_TIER`: the request names none. */
  tier = new Uint8Array(1024);
  /** Code of the amounts as given. */
  shape = new Uint32Array(1024);

  push(submitMs: number, runMs: number, user: number, app: number, tier: number, shape: number): void {
    const row = this.count;
    if (row === this.submitMs.length) {
      this.submitMs = doubled(this.submitMs);
      this.runMs = doubled(this.runMs);
      this.user = doubled(this.user);
      this.app = doubled(this.app);
      this.tier = doubled(this.tier);
      this.shape = doubled(this.shape);
    }
    this.submitMs[row] = submitMs;
    this.runMs[row] = runMs;
    this.user[row] = user;
    this.app[row] = app;
    this.tier[row] = tier;
    this.shape[row] = shape;
    this.count = row + 1;
  }
}

export const NO_TIER = 255;

/** Usage samples as they come in, in source order. */
export class UsageBuffer {
  count = 0;
  atMs = new Float64Array(1024);
  user = new Uint32Array(1024);
  windowMs = new Uint32Array(1024);
  shape = new Uint32Array(1024);

  push(atMs: number, user: number, windowMs: number, shape: number): void {
    const row = this.count;
    if (row === this.atMs.length) {
      this.atMs = doubled(this.atMs);
      this.user = doubled(this.user);
      this.windowMs = doubled(this.windowMs);
      this.shape = doubled(this.shape);
    }
    this.atMs[row] = atMs;
    this.user[row] = user;
    this.windowMs[row] = windowMs;
    this.shape[row] = shape;
    this.count = row + 1;
  }
}

function doubled<T extends Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(old: T): T {
  const larger = new (old.constructor as new (length: number) => T)(old.length * 2);
  larger.set(old);
  return larger;
}
