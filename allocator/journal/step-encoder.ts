import type { ByteWriter } from "../core/bytes.ts";
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
  writeBecause,
} from "./codecs.ts";

/** The header of a journal. */
export function encodeHeader(out: ByteWriter): void {
  for (const character of JOURNAL_MAGIC) out.u8(character.charCodeAt(0));
  out.u16(JOURNAL_VERSION);
}

/** The end mark, which tells a whole journal from a cut one. @param events how many the journal has. */
export function encodeEnd(out: ByteWriter, events: number): void {
  out.u8(JOURNAL_ENDED);
  out.u64(events);
}

/** An event with what was decided, as records. */
export function encodeStep(out: ByteWriter, event: AllocatorEvent, decisions: readonly Decision[]): void {
  encodeName(out, event);
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
}

/** The first use of an id says its name, so that a journal reads alone. */
function encodeName(out: ByteWriter, event: AllocatorEvent): void {
  switch (event.kind) {
    case "tier_defined":
      return define(out, "tier", event.tier, event.name);
    case "pool_defined":
      return define(out, "pool", event.pool, event.name);
    case "user_defined":
      return define(out, "user", event.user, event.name);
    case "app_defined":
      return define(out, "app", event.app, event.name);
    case "node_ready":
    case "node_shared":
      return define(out, "node", event.node, event.name);
    case "request_arrived":
      if (event.name !== null) define(out, "request", event.request, event.name);
      return;
  }
}

function define(out: ByteWriter, table: NameTable, index: number, name: string): void {
  out.u8(ID_DEFINED);
  out.u8(NAME_TABLES.indexOf(table));
  out.u32(index);
  out.text(name);
}
