import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mutate } from "../support/mutant.ts";
import { MUTATIONS } from "../support/mutations.ts";

// `npm run mutations` takes minutes; that a mutation's text was edited away shows here, in the change that did it.
test("every mutation still has its text, once, in the file it breaks", () => {
  const stale = MUTATIONS.filter((mutation) => mutate(readFileSync(mutation.file, "utf8"), mutation) === null);
  assert.equal(
    stale.map(({ rule, file }) => `${rule}: ${file}`),
    [],
  );
});

test("no rule is listed twice", () => {
  const rules = MUTATIONS.map(({ rule }) => rule);
  assert.equal(
    rules.filter((rule, at) => rules.indexOf(rule) !== at),
    [],
  );
});

test("every test that is known to catch a rule is there, and so is the rule", () => {
  const guards: Record<string, string> = JSON.parse(readFileSync("test/support/mutation-guards.json", "utf8"));
  const rules = new Set(MUTATIONS.map(({ rule }) => rule));
  assert.equal(
    Object.entries(guards).filter(([rule, guard]) => !rules.has(rule) || !existsSync(guard)),
    [],
  );
});

test.run();
