/** The window `[fromMs, toMs)` cut into bins of equal length; the last one ends at `toMs` and may be shorter. */
export class TimeBins {
  readonly fromMs: number;
  readonly toMs: number;
  readonly binMs: number;
  readonly count: number;

  /** @param bins the most bins there may be; fewer where the window is shorter than that many milliseconds. */
  constructor(fromMs: number, toMs: number, bins: number) {
    const isWindow = Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs) && fromMs < toMs;
    if (!isWindow) throw new RangeError(`a window [${fromMs}, ${toMs}) of whole milliseconds must hold at least one`);
    if (!Number.isSafeInteger(bins) || bins < 1) throw new RangeError(`bins must be a positive integer, not ${bins}`);
    this.fromMs = fromMs;
    this.toMs = toMs;
    this.binMs = Math.ceil((toMs - fromMs) / bins);
    this.count = Math.ceil((toMs - fromMs) / this.binMs);
  }

  endMs(bin: number): number {
    return Math.min(this.toMs, this.fromMs + (bin + 1) * this.binMs);
  }

  lengthMs(bin: number): number {
    return this.endMs(bin) - (this.fromMs + bin * this.binMs);
  }
}
