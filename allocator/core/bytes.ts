import { RESOURCE_NAMES, type Resources } from "./resources.ts";

/**
 * Canonical bytes: little-endian, fixed widths, no padding. Snapshots and journal records are written with it, so that the same
 * state gives the same bytes on any machine.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far; a view, valid until the next write or `clear`. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  i32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value, true);
    this.#length += 4;
  }

  /** A non-negative safe integer in eight bytes: low word, high word. */
  u64(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.#view.setUint32(this.#length, value - high * 0x1_0000_0000, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
  }

  /** A double, as IEEE 754 has it. */
  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** An id or its absence, which is all ones. */
  optional(value: number | null): void {
    this.u32(value ?? ABSENT);
  }

  /** A time or its absence. */
  optionalMs(value: number | null): void {
    this.bool(value !== null);
    if (value !== null) this.u64(value);
  }

  /** Four amounts in the order of `RESOURCE_NAMES`. */
  resources(value: Resources): void {
    this.#reserve(16);
    const view = this.#view;
    const at = this.#length;
    view.setUint32(at, value.cpuMillis, true);
    view.setUint32(at + 4, value.memoryMiB, true);
    view.setUint32(at + 8, value.gpuMillis, true);
    view.setUint32(at + 12, value.networkKbps, true);
    this.#length += 16;
  }

  /** Four sums that may exceed 32 bits. */
  sums(value: Resources): void {
    for (const name of RESOURCE_NAMES) this.u64(value[name]);
  }

  u32s(values: Uint32Array): void {
    this.u32(values.length);
    for (const value of values) this.u32(value);
  }

  /** UTF-8 behind its length in bytes. */
  text(value: string): void {
    const start = this.#length;
    this.u32(0);
    for (const character of value) this.#codePoint(character.codePointAt(0) ?? 0);
    this.#view.setUint32(start, this.#length - start - 4, true);
  }

  #codePoint(code: number): void {
    if (code < 0x80) {
      this.u8(code);
    } else if (code < 0x800) {
      this.u8(0xc0 | (code >> 6));
      this.u8(0x80 | (code & 63));
    } else if (code < 0x1_0000) {
      this.u8(0xe0 | (code >> 12));
      this.u8(0x80 | ((code >> 6) & 63));
      this.u8(0x80 | (code & 63));
    } else {
      this.u8(0xf0 | (code >> 18));
      this.u8(0x80 | ((code >> 12) & 63));
      this.u8(0x80 | ((code >> 6) & 63));
      this.u8(0x80 | (code & 63));
    }
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const ABSENT = 0xffff_ffff;

/** Thrown when bytes end early or hold what was never written. */
export class BytesError extends Error {
  override readonly name = "BytesError";
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  bool(): boolean {
    return this.u8() !== 0;
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  u64(): number {
    const low = this.u32();
    return this.u32() * 0x1_0000_0000 + low;
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  optional<T extends number>(): T | null {
    const value = this.u32();
    return value === ABSENT ? null : (value as T);
  }

  optionalMs(): number | null {
    return this.bool() ? this.u64() : null;
  }

  resources(): Resources {
    return { cpuMillis: this.u32(), memoryMiB: this.u32(), gpuMillis: this.u32(), networkKbps: this.u32() };
  }

  sums(): Resources {
    return { cpuMillis: this.u64(), memoryMiB: this.u64(), gpuMillis: this.u64(), networkKbps: this.u64() };
  }

  u32s(): Uint32Array {
    const count = this.u32();
    const at = this.#advance(4 * count); // before anything is made of that size
    return Uint32Array.from({ length: count }, (_, i) => this.#view.getUint32(at + 4 * i, true));
  }

  text(): string {
    const length = this.u32();
    const end = this.#advance(length) + length;
    const bytes = this.#bytes;
    let text = "";
    for (let i = end - length; i < end; ) {
      const lead = bytes[i] ?? 0;
      const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      let code = size === 1 ? lead : lead & (0xff >> (size + 1));
      for (let k = 1; k < size; k += 1) code = (code << 6) | ((bytes[i + k] ?? 0) & 63);
      text += String.fromCodePoint(code);
      i += size;
    }
    return text;
  }

  #advance(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw new BytesError(`${size} bytes expected at ${at}, ${this.left} left`);
    this.#at = at + size;
    return at;
  }
}
