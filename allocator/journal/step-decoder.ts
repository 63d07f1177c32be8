import { ByteReader, BytesError } from "../core/bytes.ts";
import type { Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import {
  DECISION_CODECS,
  EVENT_CODECS,
  ID_DEFINED,
  JOURNAL_ENDED,
  JOURNAL_MAGIC,
  JOURNAL_VERSION,
  NAME_TABLES,
  type NameTable,
  readBecause,
} from "./codecs.ts";

/** One event with what was decided. A forecast's numbers are in its forecast set: here `batch` is absent until filled in. */
export interface JournalStep {
  readonly event: AllocatorEvent;
  readonly decisions: readonly Decision[];
}

/** Thrown when a file is no journal, of another version, or damaged; `byte` is counted in the uncompressed records. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly byte: number;

  constructor(message: string, byte: number) {
    super(message);
    this.byte = byte;
  }
}

type Fields = Record<string, unknown>;
const EVENTS_BY_CODE = new Map(Object.entries(EVENT_CODECS).map(([kind, codec]) => [codec.code, { kind, read: codec.read }]));
const DECISIONS_BY_CODE = new Map(
  Object.entries(DECISION_CODECS).map(([kind, codec]) => [codec.code, { kind, read: codec.read }]),
);
const HEADER_BYTES = JOURNAL_MAGIC.length + 2;
/** What is longer was never written: the length in it is damaged, and waiting for its end would take the whole file in. */
const LONGEST_RECORD = 1 << 24;

/** Makes steps of a journal's records, as they come in chunks. */
export class StepDecoder {
  readonly names: Record<NameTable, string[]>;
  #left: Uint8Array = new Uint8Array(0);
  #consumed = 0;
  #events = 0;
  #started = false;
  #pending: { event: AllocatorEvent; decisions: Decision[] } | null = null;
  /** Whether the end mark was read: false means that the journal was cut, as by a crash. */
  ended = false;

  /** @param names those that are known already; it adds what it reads. */
  constructor(names: Record<NameTable, string[]> = noNames()) {
    this.names = names;
  }

  /** Of a journal whose first part is known already: it begins behind that many events. */
  static behind(events: number, names: Record<NameTable, string[]>): StepDecoder {
    const decoder = new StepDecoder(names);
    decoder.#started = true;
    decoder.#events = events;
    return decoder;
  }

  /** How many bytes made whole records. */
  get consumed(): number {
    return this.#consumed;
  }

  get events(): number {
    return this.#events;
  }

  get started(): boolean {
    return this.#started;
  }

  /** What was pending: after the last chunk, or where whole steps end. */
  flush(): JournalStep[] {
    const pending = this.#pending;
    this.#pending = null;
    return pending === null ? [] : [pending];
  }

  /**
   * The steps that the chunk completes; the last one is complete only when something follows it, or `flush` is called.
   * @throws JournalError
   */
  take(chunk: Uint8Array): JournalStep[] {
    const bytes = this.#joined(chunk);
    const steps: JournalStep[] = [];
    let at = 0;
    for (;;) {
      const from = new ByteReader(bytes.subarray(at));
      if (from.left === 0) break;
      try {
        this.#record(from, steps);
      } catch (error) {
        if (!(error instanceof BytesError)) throw this.#damaged(error);
        if (bytes.length - at > LONGEST_RECORD) throw new JournalError("a record without an end", this.#consumed);
        break; // the rest of the record comes with the next chunk
      }
      at += from.offset;
      this.#consumed += from.offset;
    }
    this.#left = at === 0 && bytes !== chunk ? bytes : bytes.slice(at);
    return steps;
  }

  /** What was left, and the chunk behind it: in place where there is room, so that a long record is not copied with each chunk of it. */
  #joined(chunk: Uint8Array): Uint8Array {
    const { buffer, byteOffset, length } = this.#left;
    if (length === 0) return chunk;
    const whole = length + chunk.length;
    const hasRoom = byteOffset + whole <= buffer.byteLength;
    const bytes = hasRoom ? new Uint8Array(buffer, byteOffset, whole) : new Uint8Array(new ArrayBuffer(2 * whole), 0, whole);
    if (!hasRoom) bytes.set(this.#left);
    bytes.set(chunk, length);
    return bytes;
  }

  /** Values that were never written give the errors of reading them. */
  #damaged(error: unknown): unknown {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) return error;
    return new JournalError(`a damaged record (${error.message})`, this.#consumed);
  }

  #record(from: ByteReader, steps: JournalStep[]): void {
    if (!this.#started) return this.#header(from);
    if (this.ended) throw new JournalError("records after the end mark", this.#consumed);
    const code = from.u8();
    const event = EVENTS_BY_CODE.get(code);
    if (event !== undefined) {
      const read = { seq: from.u32(), atMs: from.u64(), kind: event.kind, ...(event.read(from) as Fields) };
      if (this.#pending !== null) steps.push(this.#pending);
      this.#events += 1;
      this.#pending = { event: this.#named(read as unknown as AllocatorEvent), decisions: [] };
      return;
    }
    const decision = DECISIONS_BY_CODE.get(code);
    if (decision !== undefined) {
      const pending = this.#pending;
      if (pending === null) throw new JournalError("a decision without an event", this.#consumed);
      const because = readBecause(from);
      const token = { seq: pending.event.seq, index: pending.decisions.length, because, kind: decision.kind };
      pending.decisions.push({ ...token, ...(decision.read(from) as Fields) } as unknown as Decision);
      return;
    }
    if (code === ID_DEFINED) return this.#define(from);
    if (code !== JOURNAL_ENDED) throw new JournalError(`record code ${code} is not known`, this.#consumed);
    const events = from.u64();
    if (events !== this.#events) throw new JournalError(`${this.#events} events, not ${events} as its end says`, this.#consumed);
    this.ended = true;
  }

  #header(from: ByteReader): void {
    const magic = Array.from({ length: JOURNAL_MAGIC.length }, () => String.fromCharCode(from.u8())).join("");
    if (magic !== JOURNAL_MAGIC) throw new JournalError("no PRAE journal: its header is missing", 0);
    const version = from.u16();
    if (version !== JOURNAL_VERSION)
      throw new JournalError(`journal version ${version}; this PRAE reads ${JOURNAL_VERSION}`, HEADER_BYTES - 2);
    this.#started = true;
  }

  #define(from: ByteReader): void {
    const table = NAME_TABLES[from.u8()];
    const index = from.u32();
    const name = from.text();
    if (table === undefined) throw new JournalError("a name for no table", this.#consumed);
    // Ids are dense and each comes with an event, so one beyond the events read was never written.
    if (index > this.#events) throw new JournalError(`name of ${table} ${index}, which cannot be yet`, this.#consumed);
    this.names[table][index] = name;
  }

  /** Events carry names as the world gave them; on file they stand apart. */
  #named(event: AllocatorEvent): AllocatorEvent {
    switch (event.kind) {
      case "tier_defined":
        return { ...event, name: this.names.tier[event.tier] ?? "" };
      case "pool_defined":
        return { ...event, name: this.names.pool[event.pool] ?? "" };
      case "user_defined":
        return { ...event, name: this.names.user[event.user] ?? "" };
      case "app_defined":
        return { ...event, name: this.names.app[event.app] ?? "" };
      case "node_ready":
      case "node_shared":
        return { ...event, name: this.names.node[event.node] ?? "" };
      case "request_arrived":
        return { ...event, name: this.names.request[event.request] ?? null };
      default:
        return event;
    }
  }
}

function noNames(): Record<NameTable, string[]> {
  return { tier: [], pool: [], user: [], app: [], node: [], request: [] };
}
