import type { ByteReader, ByteWriter } from "../../core/bytes.ts";
import { COLUMNS, type Column } from "./measures.ts";

const PARTS = 12;
const INDEX = Object.fromEntries(COLUMNS.map((name, i) => [name, i])) as Readonly<Record<Column, number>>;

/** Sums by user over the last `windowMs`, in twelve parts: what is older than the window goes, a part at a time. */
export class SlidingSums {
  readonly #partMs: number;
  #parts: { readonly number: number; readonly users: Map<number, Float64Array> }[] = [];

  constructor(windowMs: number) {
    this.#partMs = Math.max(1, Math.ceil(windowMs / PARTS));
  }

  add(user: number, column: Column, amount: number, atMs: number): void {
    const { users } = this.#part(atMs);
    let sums = users.get(user);
    if (sums === undefined) {
      sums = new Float64Array(COLUMNS.length);
      users.set(user, sums);
    }
    (sums[INDEX[column]] as number) += amount;
  }

  /** Σ over the window that ends at `nowMs`, by user. */
  byUser(nowMs: number): Map<number, Readonly<Record<Column, number>>> {
    this.#part(nowMs);
    const totals = new Map<number, Record<Column, number>>();
    for (const { users } of this.#parts) {
      for (const [user, sums] of users) {
        const total = totals.get(user) ?? (Object.fromEntries(COLUMNS.map((name) => [name, 0])) as Record<Column, number>);
        COLUMNS.forEach((name, i) => {
          total[name] += sums[i] as number;
        });
        totals.set(user, total);
      }
    }
    return totals;
  }

  clear(): void {
    this.#parts = [];
  }

  write(out: ByteWriter): void {
    out.u32(this.#parts.length);
    for (const { number, users } of this.#parts) {
      out.u64(number);
      out.u32(users.size);
      for (const [user, sums] of users) {
        out.u32(user);
        for (const sum of sums) out.f64(sum);
      }
    }
  }

  /** Takes the place of what was added so far. @param from what `write` wrote, of sums over a window of the same length. */
  read(from: ByteReader): void {
    this.#parts = Array.from({ length: from.u32() }, () => {
      const number = from.u64();
      const users = Array.from({ length: from.u32() }, () => [from.u32(), COLUMNS.map(() => from.f64())] as const);
      return { number, users: new Map(users.map(([user, sums]) => [user, Float64Array.from(sums)])) };
    });
  }

  #part(atMs: number) {
    const number = Math.floor(atMs / this.#partMs);
    let last = this.#parts.at(-1);
    if (last === undefined || last.number < number) {
      last = { number, users: new Map() };
      this.#parts.push(last);
      this.#parts = this.#parts.filter((part) => part.number > number - PARTS);
    }
    return last;
  }
}
