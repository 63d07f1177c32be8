import { log } from "./math.ts";

/** The whole state of a stream: four unsigned 32-bit integers. */
export type RandomState = readonly [number, number, number, number];

/**
 * A stream of random numbers for one cause. It is derived from (seed, cause) alone, so streams of different causes are unrelated
 * and a new cause never shifts what another one draws.
 *
 * Generator: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021;
 * period 2¹²⁸ − 1). Integer arithmetic, and our own logarithm: the same numbers on every engine.
 */
export class RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /**
   * @param seed any safe integer.
   * @param cause what the numbers are for: "arrivals", "user 17 holidays".
   * @throws RangeError when the seed is no safe integer.
   */
  constructor(seed: number, cause: string) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected a safe integer, found ${seed}`);
    [this.#a, this.#b, this.#c, this.#d] = derive(seed, cause);
  }

  /** Uniform over 0…2³² − 1. */
  uint32(): number {
    const b = this.#b;
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= b << 9;
    this.#d = rotate(this.#d, 11);
    return scrambled;
  }

  /** Uniform over the multiples of 2⁻⁵³ in [0, 1). */
  float(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /**
   * Uniform over the integers 0…n − 1, without bias: draws above the largest multiple of n are thrown away.
   * @throws RangeError unless n is an integer in 1…2³².
   */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 4_294_967_296) throw new RangeError(`below: expected 1…2³², found ${n}`);
    const limit = 4_294_967_296 - (4_294_967_296 % n);
    let drawn = this.uint32();
    while (drawn >= limit) drawn = this.uint32();
    return drawn % n;
  }

  /** Exponential with this mean, by inversion: −mean · ln(1 − u). */
  exponential(mean: number): number {
    return -mean * log(1 - this.float());
  }

  /** Standard normal, by Marsaglia's polar method; the second of each pair is not kept, so that the state stays four words. */
  normal(): number {
    for (;;) {
      const u = 2 * this.float() - 1;
      const v = 2 * this.float() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * log(s)) / s);
    }
  }

  /** What `restore` needs to continue from here. */
  snapshot(): RandomState {
    return [this.#a >>> 0, this.#b >>> 0, this.#c >>> 0, this.#d >>> 0];
  }

  /**
   * Continues from a snapshot.
   * @throws RangeError on the all-zero state, from which xoshiro never leaves.
   */
  restore(state: RandomState): void {
    if (state.every((word) => word === 0)) throw new RangeError("random state: expected a word other than zero");
    [this.#a, this.#b, this.#c, this.#d] = state;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** Four lanes, each of which reads the seed and every UTF-16 unit of the cause through its own hash. */
function derive(seed: number, cause: string): RandomState {
  const lanes: [number, number, number, number] = [0x9e3779b9, 0x7f4a7c15, 0xf39cc060, 0x5ced0bd3];
  const absorb = (word: number) => {
    for (let lane = 0; lane < 4; lane++) lanes[lane] = mix((lanes[lane] as number) ^ Math.imul(word + lane + 1, 0x9e3779b1));
  };
  absorb(seed >>> 0);
  absorb(Math.floor(seed / 4_294_967_296) >>> 0);
  for (let i = 0; i < cause.length; i++) absorb(cause.charCodeAt(i));
  absorb(cause.length);
  if (lanes.every((word) => word === 0)) lanes[0] = 1;
  return lanes;
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the word reaches every bit of the result. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
