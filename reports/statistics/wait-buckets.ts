/** Exact below 16 ms, then 16 buckets an octave: none is wider than a sixteenth of its values. */
const EXACT = 16;
const LONGEST = 2 ** 31 - 1;

export const WAIT_BUCKETS = 448;

/** The bucket of a wait in whole ms; longer than 24 days count as that long. */
export function bucketOf(waitMs: number): number {
  if (waitMs < EXACT) return waitMs;
  const value = Math.min(waitMs, LONGEST);
  const octave = 31 - Math.clz32(value);
  return EXACT + (octave - 4) * 16 + ((value >>> (octave - 4)) & 15);
}

/** What is counted by value, of each cell: what intervals of percentiles are made from. */
export const BUCKETED = [
  "waits", // start latencies
  "queueWaits", // their parts in the queue
  "dayDecisions", // how often a user's allocation changed in a day
] as const;
export type Bucketed = (typeof BUCKETED)[number];

/** How often which waits occurred, by cell; or other values in whole numbers. Those that are 0 are left out. */
export interface WaitCells {
  /** Of each entry its row × blocks + block, ascending. */
  readonly cell: Uint32Array;
  readonly bucket: Uint16Array;
  readonly count: Float64Array;
  /** The shortest and the longest wait that fell into each bucket; 0 where none did. */
  readonly shortestMs: Float64Array;
  readonly longestMs: Float64Array;
}
