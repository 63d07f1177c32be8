import { test } from "uvu";
import * as assert from "uvu/assert";
import { ByteReader, ByteWriter } from "../../../allocator/core/bytes.ts";
import type { TierId, UserId } from "../../../allocator/core/ids.ts";
import { Ledger } from "../../../allocator/core/ledger.ts";
import { NO_RESOURCES, type Resources } from "../../../allocator/core/resources.ts";

const ANA = 0 as UserId;
const BOB = 1 as UserId;
const of = (cpuMillis: number, memoryMiB: number): Resources => ({ ...NO_RESOURCES, cpuMillis, memoryMiB });

function twoUsers(): Ledger {
  const ledger = new Ledger();
  ledger.open(ANA, 0 as TierId, null);
  ledger.open(BOB, 0 as TierId, [3, 1]);
  return ledger;
}

test("held is the larger of reservation and instances, resource by resource, and shadows come on top", () => {
  const ledger = twoUsers();
  ledger.reserve(ANA, of(4, 1));
  assert.equal(ledger.total, of(4, 1));
  ledger.take(ANA, of(1, 3)); // max((4, 1), (1, 3))
  assert.equal(ledger.total, of(4, 3));
  assert.equal(ledger.growth(ANA, of(4, 1)), of(1, 1), "(5, 4) instead of (1, 3) under (4, 1)");
  assert.equal(ledger.growth(ANA, of(3, 0)), NO_RESOURCES, "the reservation covers it");
  ledger.take(null, of(2, 2));
  assert.equal(ledger.growth(null, of(1, 1)), of(1, 1));
  assert.equal(ledger.total, of(6, 5));
  ledger.reserve(ANA, NO_RESOURCES);
  assert.equal(ledger.total, of(3, 5));
  ledger.give(ANA, of(1, 3));
  ledger.give(null, of(2, 2));
  assert.equal(ledger.total, NO_RESOURCES);
});

test("giving back frees only what no reservation holds", () => {
  const ledger = twoUsers();
  ledger.reserve(ANA, of(2, 0));
  ledger.take(ANA, of(2, 0));
  assert.not(ledger.wouldFree(ANA, of(1, 0)));
  ledger.take(ANA, of(0, 1));
  assert.ok(ledger.wouldFree(ANA, of(1, 1)), "the memory is not reserved");
  assert.ok(ledger.wouldFree(null, of(1, 0)));
  ledger.take(BOB, of(1, 1));
  assert.ok(ledger.wouldFree(BOB, of(1, 1)));
});

test("room is what capacity leaves beside all that is held", () => {
  const ledger = twoUsers();
  ledger.reserve(ANA, of(2, 2));
  ledger.take(BOB, of(1, 1));
  assert.ok(ledger.hasRoom(ANA, of(2, 2), of(3, 3)), "held already");
  assert.not(ledger.hasRoom(BOB, of(1, 0), of(3, 3)));
  assert.not(ledger.hasRoom(null, of(0, 1), of(3, 3)));
  assert.ok(ledger.hasRoom(null, of(0, 1), of(3, 4)));
  assert.ok(ledger.hasRoom(BOB, of(1_000, 1_000), null));
});

test("a grant is as much as capacity can guarantee, and never less than what the user has", () => {
  const ledger = twoUsers();
  ledger.take(BOB, of(3, 1));
  assert.equal(ledger.grant(ANA, of(9, 2), of(5, 5)), of(2, 2));
  assert.equal(ledger.grant(BOB, of(4, 9), of(3, 5)), of(3, 5), "3 are in use, 4 of memory are free");
  assert.equal(ledger.grant(BOB, of(1, 1), of(3, 1)), of(1, 1));
  assert.equal(ledger.grant(ANA, of(9, 9), null), of(9, 9));
  ledger.reserve(ANA, of(2, 2));
  assert.equal(ledger.grant(ANA, of(9, 1), of(5, 5)), of(2, 1), "no more room: what it had, and less where it wants less");
});

test("demand is what is asked for now; its peak stays until the tick takes it", () => {
  const ledger = twoUsers();
  const account = ledger.account(ANA);
  ledger.addDemand(ANA, of(2, 1));
  ledger.addDemand(ANA, of(1, 1));
  ledger.removeDemand(ANA, of(2, 1));
  assert.equal(account.demand, of(1, 1));
  assert.equal(account.peakDemand, of(3, 2));
});

test("a broken promise stops us", () => {
  const ledger = twoUsers();
  assert.throws(() => ledger.give(ANA, of(1, 0)), /no user holds less than nothing/);
  assert.throws(() => ledger.open(ANA, 0 as TierId, null), /user ids are dense/);
  assert.throws(() => ledger.account(7 as UserId), /unknown user/);
  assert.throws(() => ledger.checkTotals(of(1, 0)), /shadows/);
});

test("it is written and read whole, with sums beyond 32 bits", () => {
  const ledger = twoUsers();
  ledger.reserve(ANA, of(2 ** 40, 1));
  ledger.take(BOB, of(2 ** 33, 2 ** 34));
  ledger.take(null, of(5, 6));
  ledger.addDemand(BOB, of(2 ** 50, 0));
  const out = new ByteWriter();
  ledger.write(out);
  const read = Ledger.read(new ByteReader(out.written().slice()));
  assert.equal(read.accounts(), ledger.accounts());
  assert.equal(read.total, ledger.total);
  read.checkTotals(of(5, 6));
});

test.run();
