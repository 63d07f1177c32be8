import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { policyFromDocument } from "../../allocator/policy-document.ts";
import { PRESETS, policyFromText, splitPolicies } from "../../allocator/policy-text.ts";
import { parsePrices } from "../../reports/prices.ts";
import { read } from "../support/source-text.ts";

const README = read("README.md");

/** The insides of the fenced blocks in a language. */
function blocks(language: string): string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1]!);
}

test("the documents are what they say: prices, a grid, a policy", async () => {
  const [prices, grid, policy, ...others] = blocks("yaml").map((block) => parse(block) as unknown);
  assert.equal(others, []);
  assert.is(parsePrices(prices).violation["premium"], 0.05);
  assert.equal((grid as { policies: object[] }).policies.length, 2);
  assert.is(policyFromDocument(policy).name, "evening");
});

test("the table of policies names each with its parameters and their defaults", () => {
  for (const [name, { parameters }] of Object.entries(PRESETS)) {
    const row = README.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
    assert.ok(row, name);
    const written = [...row.split("|")[3]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
    assert.equal(
      written,
      Object.entries(parameters).map(([key, value]) => `${key}=${value}`),
    );
  }
});

test("the commands name verbs that there are, and policies that can be read", () => {
  const commands = blocks("sh").flatMap((block) => block.match(/\bprae .+/g) ?? []);
  assert.ok(commands.length > 7);
  for (const command of commands) {
    const [, verb, ...rest] = command.split(/\s+/);
    assert.ok(existsSync(`sim/cli/${verb}.ts`), command);
    const flag = rest.findIndex((word) => word === "--policy" || word === "--policies");
    if (flag < 0) continue;
    // One of the values that braces stand for.
    const policies = rest[flag + 1]!.replaceAll("'", "").replace(/\{([^,}]+)[^}]*\}/g, "$1");
    if (verb !== "place") for (const policy of splitPolicies(policies)) policyFromText(policy);
  }
});

test("the two commands are what .ci/run runs", () => {
  const run = read(".ci/run");
  for (const command of ["npm ci && npx prae quickstart", "npm ci && npm test"]) {
    assert.ok(blocks("sh").includes(`${command}\n`), command);
    assert.ok(run.includes(`$(readme '${command}')`), command);
  }
});

test.run();
