import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Account, Ledger } from "../../../allocator/core/ledger.ts";
import type { GuardSpec } from "../../../allocator/core/policy.ts";
import { ReserveGuard } from "../../../allocator/core/reserve-guard.ts";
import { NO_RESOURCES, type Resources } from "../../../allocator/core/resources.ts";

const amount = (cpuMillis: number, memoryMiB: number): Resources => ({ ...NO_RESOURCES, cpuMillis, memoryMiB });

function accountOf(reserved: Resources): Account {
  const ledger = new Ledger();
  ledger.open(0 as Account["id"], 0 as Account["tier"], null);
  ledger.reserve(0 as Account["id"], reserved);
  return ledger.account(0 as Account["id"]);
}

function bounded(spec: GuardSpec, wanted: Resources, held = NO_RESOURCES): Resources {
  return new ReserveGuard(spec).bound(accountOf(held), wanted, 0).amount;
}

test("on a grid, what is wanted is held as the next power, rounded up, each resource by itself", () => {
  const byHalves = { gridPpm: 500_000 };
  // ⌈1.5^k⌉: 1, 2, 3, 4, 6, 8, 12, 18, 26, …
  for (const [wanted, held] of [
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [5, 6],
    [12, 12],
    [13, 18],
    [26, 26],
  ] as const) {
    assert.equal(bounded(byHalves, amount(wanted, 4)), amount(held, 4), `${wanted}`);
  }
  const byDoubles = { gridPpm: 1_000_000 };
  for (let power = 0; power < 31; power += 1) {
    assert.equal(bounded(byDoubles, amount(2 ** power, 0)), amount(2 ** power, 0), `2^${power} is on the grid itself`);
    assert.equal(bounded(byDoubles, amount(2 ** power + 1, 0)), amount(2 ** (power + 1), 0));
  }
});

test("a grid comes after minimum and margin, and before the maximum", () => {
  const spec = { gridPpm: 9_000_000, least: { cpuMillis: 20 }, margin: { memoryMiB: 5 }, most: { memoryMiB: 70 } };
  assert.equal(bounded(spec, amount(1, 6)), amount(100, 70));
});

test("what is wanted within the same cell of a grid changes nothing; demand seen at once rises to the grid", () => {
  const spec: GuardSpec = { gridPpm: 9_000_000, atOnce: true };
  assert.equal(bounded(spec, amount(30, 90), amount(100, 100)), amount(100, 100));
  assert.equal(new ReserveGuard(spec).surge(accountOf(amount(10, 10)), amount(11, 4))?.amount, amount(100, 10));
  assert.is(new ReserveGuard(spec).surge(accountOf(amount(100, 10)), amount(11, 4)), null);
});

test.run();
