import { existsSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { START_PATHS } from "../../../sim/run-record.ts";
import { measure } from "../../support/measure.ts";
import { Stream } from "../../support/stream.ts";

const page = readFileSync("reports/METRICS.md", "utf8");

test("the page names every metric, and only those, in the order in which they are given", () => {
  const table = page.slice(page.indexOf("## Every metric by name"));
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`([a-z0-9_]+)`/g)].map((match) => match[1]));
  const { overall, byTier } = measure(new Stream().tier(), { toMs: 1 });
  assert.equal(Object.keys(overall), named);
  assert.equal(Object.keys(byTier["standard"]!), named);
});

test("the page names every path of a start", () => {
  for (const path of START_PATHS) assert.ok(page.includes(`| \`${path}\` |`), path);
});

test("every test that the page refers to exists", () => {
  const references = [...page.replaceAll(/\s+/g, " ").matchAll(/`(test\/[^`]+\.ts)`((?:, “[^”]+”)*)/g)];
  assert.ok(references.length > 10);
  for (const [, file, titles] of references) {
    assert.ok(existsSync(file!), file);
    const source = readFileSync(file!, "utf8");
    for (const [, title] of titles!.matchAll(/“([^”]+)”/g)) {
      assert.ok(source.includes(`test("${title}"`), `${file}: “${title}”`);
    }
  }
});

test.run();
