/** Real and imaginary parts. */
export interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * The discrete Fourier transform of a given length, of whatever factors: X[k] = Σ x[t] e^(−2πi kt ⁄ n). Decimation in time by the
 * smallest prime factor; n × the sum of the factors steps. Its sines are our own, so that its bits are the same everywhere.
 */
export class Fourier {
  readonly size: number;
  /** e^(−2πi k ⁄ n) by k. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#cos = Float64Array.from({ length: size }, (_, k) => cosine(k, size));
    this.#sin = Float64Array.from({ length: size }, (_, k) => -cosine(k - size / 4, size));
  }

  forward(re: Float64Array, im: Float64Array): Spectrum {
    const out = { re: new Float64Array(this.size), im: new Float64Array(this.size) };
    this.#transform({ re, im }, out, this.size, 0, 1, 0);
    return out;
  }

  /** The signal of a spectrum: the transform of its conjugate, conjugated, ⁄ n. */
  inverse({ re, im }: Spectrum): Spectrum {
    const out = this.forward(
      re,
      im.map((value) => -value),
    );
    return { re: out.re.map((value) => value / this.size), im: out.im.map((value) => -value / this.size) };
  }

  /** Of the `size` values of `from` at `start`, `start + stride`, …, to `to` from `place` on. */
  #transform(from: Spectrum, to: Spectrum, size: number, start: number, stride: number, place: number): void {
    if (size === 1) {
      to.re[place] = from.re[start] as number;
      to.im[place] = from.im[start] as number;
      return;
    }
    const factor = smallestFactor(size);
    const part = size / factor;
    for (let r = 0; r < factor; r += 1) this.#transform(from, to, part, start + r * stride, stride * factor, place + r * part);
    const re = new Float64Array(factor);
    const im = new Float64Array(factor);
    for (let k = 0; k < part; k += 1) {
      for (let r = 0; r < factor; r += 1) {
        const at = place + r * part + k;
        const [c, s] = [this.#cos[r * k * stride] as number, this.#sin[r * k * stride] as number];
        re[r] = (to.re[at] as number) * c - (to.im[at] as number) * s;
        im[r] = (to.re[at] as number) * s + (to.im[at] as number) * c;
      }
      for (let q = 0; q < factor; q += 1) {
        let sumRe = 0;
        let sumIm = 0;
        for (let r = 0; r < factor; r += 1) {
          const turn = ((r * q) % factor) * part * stride;
          const [c, s] = [this.#cos[turn] as number, this.#sin[turn] as number];
          sumRe += (re[r] as number) * c - (im[r] as number) * s;
          sumIm += (re[r] as number) * s + (im[r] as number) * c;
        }
        to.re[place + q * part + k] = sumRe;
        to.im[place + q * part + k] = sumIm;
      }
    }
  }
}

function smallestFactor(n: number): number {
  for (let factor = 2; factor * factor <= n; factor += 1) if (n % factor === 0) return factor;
  return n;
}

/** cos(2π k ⁄ n): turned into the first eighth of the circle, there by its series; the terms left out are below 10⁻¹⁹. */
function cosine(k: number, n: number): number {
  const turn = Math.abs(k / n) % 1;
  const half = turn > 0.5 ? 1 - turn : turn;
  if (half > 0.25) return -cosine(0.5 - half, 1);
  if (half > 0.125) return sineSeries(2 * Math.PI * (0.25 - half));
  return cosineSeries(2 * Math.PI * half);
}

function cosineSeries(x: number): number {
  let sum = 0;
  for (let i = 10; i > 0; i -= 1) sum = (-x * x * (1 + sum)) / ((2 * i - 1) * (2 * i));
  return 1 + sum;
}

function sineSeries(x: number): number {
  let sum = 0;
  for (let i = 10; i > 0; i -= 1) sum = (-x * x * (1 + sum)) / (2 * i * (2 * i + 1));
  return x * (1 + sum);
}
