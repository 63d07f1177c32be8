import { test } from "uvu";
import * as assert from "uvu/assert";
import { PRESETS, policyFromText } from "../../../allocator/policy-text.ts";
import { done, type FoundIssue, prae, refusal, short } from "../../support/prae.ts";

const VERBS = [
  "quickstart",
  "datasets",
  "import",
  "describe",
  "synth",
  "simulate",
  "compare",
  "sweep",
  "report",
  "place",
  "train",
  "refine",
  "backtest",
  "models",
  "promote",
  "retrain",
  "policies",
  "share",
  "doctor",
  "journal",
  "why",
  "live",
  "tokens",
  "replay",
];

test("prae --help lists the verbs; each verb's help has examples that are commands of its own", () => {
  const help = done(["--help"]);
  for (const verb of VERBS) assert.match(help, new RegExp(`^ {2}prae ${verb}\\b.* \\w+`, "m"));
  assert.is(done(["-h"]), help);
  for (const verb of VERBS) {
    const text = done([verb, "--help"]);
    const [, examples = ""] = text.split("Examples:\n");
    assert.match(examples, new RegExp(`^ {2}prae ${verb}\\b`, "m"), verb);
    assert.match(text, "--json");
    for (const line of text.split("\n")) assert.ok(line.length <= 110, line);
  }
  assert.match(done(["--version"]), /^\d+\.\d+\.\d+\n$/);
});

test("the help of simulate and compare names every policy with its defaults", () => {
  for (const verb of ["simulate", "compare"]) {
    const [, policies = ""] = done([verb, "--help"]).split("Policies, with their defaults:\n");
    const named = [...policies.matchAll(/^ {2}([\w-]+:\S+)$/gm)].map(([, text]) => text!);
    assert.equal(
      named.map((text) => policyFromText(text)),
      Object.keys(PRESETS).map((name) => policyFromText(name)),
    );
  }
});

test("help and refusals do not change with the locale", () => {
  const env = { LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8", LANGUAGE: "de" };
  assert.is(done(["synth", "--help"], { env }), done(["synth", "--help"]));
  assert.equal(refusal(["synth"], { env }), refusal(["synth"]));
});

test("no verb, an unknown one, one misspelt", () => {
  for (const args of [[], ["--seed"], ["frobnicate"], ["simulat", "--trace", "x"]]) {
    const [issue, ...more] = refusal(args) as [FoundIssue];
    assert.equal(more, []);
    assert.is(issue.where, "prae");
    assert.is(issue.expected, `a verb (${VERBS.join(", ")})`);
    const found = args[0]?.startsWith("-") === false ? `"${args[0]}"` : "none";
    assert.is(issue.found, found);
    assert.is(issue.hint, args[0] === "simulat" ? "Did you mean simulate?" : "prae --help");
  }
});

/** What was typed, and the issues in short. */
const CASES: readonly (readonly [args: string, ...issues: string[]])[] = [
  ["describe", "prae describe found nothing"],
  ["describe a b", 'prae describe found "b"'],
  ["import", "prae import found nothing"],
  ["import canonical", "prae import found only 1"],
  ["import excel x --out y", 'prae import <kind> found "excel"'],
  ["import azure-functions-2019 x --out y --app pod", 'prae import --app found "pod"'],
  ["import canonical x", "prae import --out found nothing"],
  ["synth", "prae synth --out found nothing"],
  ["synth --out", "prae synth --out found nothing"],
  ["synth --out a --users", "prae synth --users found nothing"],
  ["synth --out a --out b", "--out found it again"],
  ["synth --out a --seed=", "--seed found an empty one"],
  ["synth --no-out", "prae found --no-out"],
  ["simulate --trace x", "prae simulate --policy found nothing", "prae simulate --out found nothing"],
  ["simulate --trace x --policy reactive --out y --wat 3", "prae simulate found --wat"],
  ["compare", "prae compare --trace found nothing", "prae compare --policies found nothing"],
  ["compare --trace x --policies reactive clairvoyant", 'prae compare found "clairvoyant"'],
  ["compare --trace x --policies a --dry-run=1 -z", "prae compare found --dry-run", "prae compare found -z"],
  ["compare --trace --policies reactive", "prae compare --trace found nothing"],
  ["report", "prae report found nothing"],
  ["report x", "prae report --out found nothing"],
  ["journal", "prae journal found nothing"],
  ["journal print x", 'prae journal <action> found "print"'],
  ["journal verify x y", 'prae journal found "y"'],
];

for (const [args, ...issues] of CASES) {
  test(`prae ${args}`, () => {
    assert.equal(refusal(args.split(" ")).map(short), issues);
  });
}

test("an empty argument is no value", () => {
  assert.equal(refusal(["describe", ""]).map(short), ["prae found an empty one"]);
  assert.equal(refusal(["synth", "--out", ""]).map(short), ["--out found an empty one"]);
});

test("without --json, a refusal says nothing on stdout", () => {
  const { status, stdout, stderr } = prae(["compare", "--trace"]);
  assert.is(status, 2);
  assert.is(stdout, "");
  assert.is(
    stderr,
    "prae: input refused, 1 issue:\n  prae compare --trace: expected a value, found nothing (prae compare --help)\n",
  );
});

test.run();
