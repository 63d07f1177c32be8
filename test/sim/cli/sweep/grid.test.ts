import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError } from "../../../../datasets/issues.ts";
import { expandGrid, policiesOfGrid, readGrid, readSeeds } from "../../../../sim/cli/sweep/grid.ts";

const folder = mkdtempSync(join(tmpdir(), "prae-grid-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, "grid.yaml");
  writeFileSync(path, text);
  return path;
}

async function issuesOf(action: () => unknown): Promise<InputError["issues"]> {
  try {
    await action();
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).issues;
  }
  throw new Error("it was accepted");
}

test("braces hold the values of a parameter; the last one changes fastest", () => {
  assert.equal(expandGrid("keep-alive:ttl={1m, 5m},reactive:margin={1,1.2},every={1m,5m},clairvoyant", ""), [
    "keep-alive:ttl=1m",
    "keep-alive:ttl=5m",
    "reactive:margin=1,every=1m",
    "reactive:margin=1,every=5m",
    "reactive:margin=1.2,every=1m",
    "reactive:margin=1.2,every=5m",
    "clairvoyant",
  ]);
});

test("braces that do not match are refused, as are policies given twice, unknown ones and too many", async () => {
  for (const list of ["keep-alive:ttl={1m", "keep-alive:ttl=1m}", "keep-alive:ttl={1m,{2m,3m}}"]) {
    assert.match((await issuesOf(() => expandGrid(list, "--policies")))[0]!.expected, "braces in pairs");
  }
  assert.match((await issuesOf(() => policiesOfGrid("reactive:margin={1.2,1.2}", "")))[0]!.expected, "each policy once");
  assert.is((await issuesOf(() => policiesOfGrid("nonsense:x={1,2},reactive:margin={0,x}", ""))).length >= 3, true);
  const values = Array.from({ length: 101 }, (_, index) => index).join(",");
  assert.match((await issuesOf(() => expandGrid(`a:b={${values}},c={${values}}`, "")))[0]!.expected, "at most 10000");
});

test("a file names policies with lists of values, and seeds", async () => {
  const path = file(
    'policies:\n  - { policy: keep-alive, ttl: [1m, 5m] }\n  - reactive\n  - { policy: reactive, margin: 1.5 }\nseeds: "1..3"\n',
  );
  const { policies, seeds } = await readGrid(path);
  assert.equal(expandGrid(policies, path), ["keep-alive:ttl=1m", "keep-alive:ttl=5m", "reactive", "reactive:margin=1.5"]);
  assert.equal(readSeeds(seeds!), [1, 2, 3]);
  assert.equal(readSeeds((await readGrid(file("policies: [reactive]\nseeds: [4, 2]\n"))).seeds!), [2, 4]);
});

test("a file that is no grid is refused by path", async () => {
  const issues = await issuesOf(() => readGrid(file("policies: [{ ttl: 1m }]\nseed: 3\nseeds: {}\n")));
  assert.equal(
    issues.map(({ path }) => path),
    ["seed", "policies[0]", "seeds"],
  );
  assert.is((await issuesOf(() => readGrid(file("nothing: here\n")))).length, 2);
});

test("seeds are ranges and lists, ascending and each once", async () => {
  assert.equal(readSeeds("7"), [7]);
  assert.equal(readSeeds("1..3, 9,2"), [1, 2, 3, 9]);
  for (const text of ["", "3..1", "a", "-1", "1.5", "1..2000", "1,,2"]) {
    assert.match((await issuesOf(() => readSeeds(text)))[0]!.where, "--seeds", text);
  }
});

test.run();
