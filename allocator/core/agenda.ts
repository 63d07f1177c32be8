import type { ByteReader, ByteWriter } from "./bytes.ts";

/**
 * The core's own deadlines. It has no clock, so it asks the world for a timer at the earliest one and works through those due
 * when the timer fires: one timer is outstanding at a time, however many instances wait for their keep-alive to end.
 *
 * Order: time, then kind, then subject; never the accident of a heap.
 */
export type AgendaKind = "keep_alive" | "warm_target" | "look_again" | "pool_scan";
const KINDS: readonly AgendaKind[] = ["keep_alive", "warm_target", "look_again", "pool_scan"];

export interface AgendaEntry {
  readonly atMs: number;
  readonly kind: AgendaKind;
  /** Instance, warm group, or 0. */
  readonly subject: number;
}

export class Agenda {
  /** Binary heap. */
  readonly #entries: AgendaEntry[] = [];

  get nextMs(): number | null {
    return this.#entries[0]?.atMs ?? null;
  }

  get size(): number {
    return this.#entries.length;
  }

  add(atMs: number, kind: AgendaKind, subject: number): void {
    const entries = this.#entries;
    const entry = { atMs, kind, subject };
    let hole = entries.length;
    entries.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = entries[parent] as AgendaEntry;
      if (!before(entry, above)) break;
      entries[hole] = above;
      hole = parent;
    }
    entries[hole] = entry;
  }

  /** Takes the earliest entry that is due at `nowMs`. */
  takeDue(nowMs: number): AgendaEntry | null {
    const first = this.#entries[0];
    if (first === undefined || first.atMs > nowMs) return null;
    this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const entries = this.#entries;
    const last = entries.pop() as AgendaEntry;
    const size = entries.length;
    if (size === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && before(entries[child + 1] as AgendaEntry, entries[child] as AgendaEntry)) child += 1;
      const below = entries[child] as AgendaEntry;
      if (!before(below, last)) break;
      entries[hole] = below;
      hole = child;
    }
    entries[hole] = last;
  }

  write(out: ByteWriter): void {
    const sorted = [...this.#entries].sort((a, b) => (before(a, b) ? -1 : 1));
    out.u32(sorted.length);
    for (const entry of sorted) {
      out.u64(entry.atMs);
      out.u8(KINDS.indexOf(entry.kind));
      out.u32(entry.subject);
    }
  }

  static read(from: ByteReader): Agenda {
    const agenda = new Agenda();
    for (let left = from.u32(); left > 0; left -= 1) agenda.add(from.u64(), KINDS[from.u8()] as AgendaKind, from.u32());
    return agenda;
  }
}

function before(a: AgendaEntry, b: AgendaEntry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.kind !== b.kind) return KINDS.indexOf(a.kind) < KINDS.indexOf(b.kind);
  return a.subject < b.subject;
}
