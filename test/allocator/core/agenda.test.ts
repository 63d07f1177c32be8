import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Agenda, type AgendaEntry, type AgendaKind } from "../../../allocator/core/agenda.ts";
import { ByteReader, ByteWriter } from "../../../allocator/core/bytes.ts";

const KINDS: readonly AgendaKind[] = ["keep_alive", "warm_target", "look_again"];
const entry = fc.record({ atMs: fc.nat(20), kind: fc.constantFrom(...KINDS), subject: fc.nat(5) }, { noNullPrototype: true });

function inOrder(entries: readonly AgendaEntry[]): AgendaEntry[] {
  return [...entries].sort((a, b) => a.atMs - b.atMs || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.subject - b.subject);
}

test("entries are taken by time, then kind, then subject; none before its time", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60 }), fc.nat(20), (entries, nowMs) => {
      const agenda = new Agenda();
      for (const { atMs, kind, subject } of entries) agenda.add(atMs, kind, subject);
      assert.is(agenda.size, entries.length);
      const taken: AgendaEntry[] = [];
      for (let due = agenda.takeDue(nowMs); due !== null; due = agenda.takeDue(nowMs)) taken.push(due);
      const sorted = inOrder(entries);
      assert.equal(
        taken,
        sorted.filter(({ atMs }) => atMs <= nowMs),
      );
      assert.is(agenda.nextMs, sorted.find(({ atMs }) => atMs > nowMs)?.atMs ?? null);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("what is written does not depend on the order of adding, and is read back", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
      const bytes = (list: readonly AgendaEntry[]) => {
        const agenda = new Agenda();
        for (const { atMs, kind, subject } of list) agenda.add(atMs, kind, subject);
        const out = new ByteWriter();
        agenda.write(out);
        return out.written().slice();
      };
      assert.equal(bytes(entries), bytes([...entries].reverse()));
      const read = Agenda.read(new ByteReader(bytes(entries)));
      const taken: AgendaEntry[] = [];
      for (let due = read.takeDue(20); due !== null; due = read.takeDue(20)) taken.push(due);
      assert.equal(taken, inOrder(entries));
    }),
    { seed: 1 },
  );
});

test.run();
