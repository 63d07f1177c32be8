import { createHash } from "node:crypto";
import { ByteWriter } from "../core/bytes.ts";
import type { Decision } from "../core/decisions.ts";
import type { AllocatorEvent } from "../core/events.ts";
import type { StepObserver } from "../ports.ts";
import {
  DECISION_CODECS,
  EVENT_CODECS,
  ID_DEFINED,
  JOURNAL_ENDED,
  JOURNAL_MAGIC,
  JOURNAL_VERSION,
  NAME_TABLES,
  type NameTable,
  writeBecause,
} from "./codecs.ts";
import { GzipFile } from "./gzip-file.ts";

/** Bytes gathered before they are hashed and, if there is a file, written. */
const CHUNK_BYTES = 1 << 20;

/**
 * Writes down what happened and what was decided, before it is acted on. The digest covers the canonical records, uncompressed,
 * and is the same whether or not they go to a file.
 */
export class JournalWriter implements StepObserver {
  readonly #out = new ByteWriter(CHUNK_BYTES + 65_536);
  readonly #hash = createHash("sha256");
  readonly #file: GzipFile | null;
  #bytes = 0;
  #events = 0;
  #decisions = 0;

  /** @param path gzip file to write; `null`: digest only. */
  constructor(path: string | null) {
    this.#file = path === null ? null : new GzipFile(path);
    for (const character of JOURNAL_MAGIC) this.#out.u8(character.charCodeAt(0));
    this.#out.u16(JOURNAL_VERSION);
  }

  onStep(event: AllocatorEvent, decisions: readonly Decision[]): void {
    const out = this.#out;
    this.#nameFirst(event);
    const codec = EVENT_CODECS[event.kind];
    out.u8(codec.code);
    out.u32(event.seq);
    out.u64(event.atMs);
    (codec.write as (out: ByteWriter, event: AllocatorEvent) => void)(out, event);
    for (const decision of decisions) {
      const decisionCodec = DECISION_CODECS[decision.kind];
      out.u8(decisionCodec.code);
      writeBecause(out, decision.because);
      (decisionCodec.write as (out: ByteWriter, decision: Decision) => void)(out, decision);
    }
    this.#events += 1;
    this.#decisions += decisions.length;
    if (out.length >= CHUNK_BYTES) this.#flush();
  }

  /** The first use of an id says its name, so that a journal reads alone. */
  #nameFirst(event: AllocatorEvent): void {
    switch (event.kind) {
      case "tier_defined":
        return this.#define("tier", event.tier, event.name);
      case "pool_defined":
        return this.#define("pool", event.pool, event.name);
      case "user_defined":
        return this.#define("user", event.user, event.name);
      case "app_defined":
        return this.#define("app", event.app, event.name);
      case "node_ready":
        return this.#define("node", event.node, event.name);
      case "request_arrived":
        if (event.name !== null) this.#define("request", event.request, event.name);
        return;
    }
  }

  #define(table: NameTable, index: number, name: string): void {
    this.#out.u8(ID_DEFINED);
    this.#out.u8(NAME_TABLES.indexOf(table));
    this.#out.u32(index);
    this.#out.text(name);
  }

  #flush(): void {
    const chunk = this.#out.written();
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    this.#file?.write(chunk);
    this.#out.clear();
  }

  /** Writes the end mark, which tells a whole journal from a cut one, and waits until all is in the file. */
  async finish(): Promise<{ digest: string; events: number; decisions: number; bytes: number }> {
    this.#out.u8(JOURNAL_ENDED);
    this.#out.u64(this.#events);
    this.#flush();
    await this.#file?.finish();
    return { digest: this.#hash.digest("hex"), events: this.#events, decisions: this.#decisions, bytes: this.#bytes };
  }

  close(): void {
    this.#file?.close();
  }
}
