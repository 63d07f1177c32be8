import { test } from "uvu";
import * as assert from "uvu/assert";
import { PolicyError, type PolicyIssue } from "../../allocator/policy-issue.ts";
import { PRESETS, policyFromText, splitPolicies } from "../../allocator/policy-text.ts";

const REST = { place: { strategy: "first-fit" }, admit: { strategy: "priority" } };

function issuesOf(text: string): readonly PolicyIssue[] {
  try {
    policyFromText(text);
  } catch (error) {
    assert.instance(error, PolicyError);
    return (error as PolicyError).issues;
  }
  throw new Error(`${text} is accepted`);
}

test("every preset reads with its defaults", () => {
  for (const name of Object.keys(PRESETS)) assert.is(policyFromText(name).name, name);
  const common = { controlEveryMs: null, feed: null, reserve: { strategy: "none" }, ...REST };
  assert.equal(policyFromText("keep-alive"), {
    name: "keep-alive",
    ...common,
    warm: { strategy: "ttl", ttlMs: 600_000 },
  });
  assert.equal(policyFromText("reactive"), {
    name: "reactive",
    ...common,
    controlEveryMs: 60_000,
    reserve: { strategy: "last-value", factorPpm: 1_200_000 },
    warm: { strategy: "none" },
  });
  assert.equal(policyFromText("clairvoyant"), {
    name: "clairvoyant",
    ...common,
    feed: { model: "clairvoyant", everyMs: 600_000, stepMs: 1_000, horizonMs: null, targets: ["concurrency"] },
    warm: { strategy: "forecast", levelPpm: 1_000_000 },
  });
});

test("parameters replace defaults", () => {
  assert.equal(policyFromText("keep-alive:ttl=0s").warm, { strategy: "ttl", ttlMs: 0 });
  assert.equal(policyFromText("keep-alive:ttl=0s,suspend=1m").warm, { strategy: "ttl", ttlMs: 0, suspendMs: 60_000 });
  assert.equal(policyFromText("keep-alive:").warm, { strategy: "ttl", ttlMs: 600_000 });
  const reactive = policyFromText("reactive:margin=1.5,every=30s");
  assert.equal(reactive.reserve, { strategy: "last-value", factorPpm: 1_500_000 });
  assert.is(reactive.controlEveryMs, 30_000);
  const clairvoyant = policyFromText("clairvoyant:step=10s,every=1h,reserve=on");
  assert.equal(clairvoyant.feed, {
    model: "clairvoyant",
    everyMs: 3_600_000,
    stepMs: 10_000,
    horizonMs: null,
    targets: ["concurrency", "demand"],
  });
  assert.is(clairvoyant.controlEveryMs, 60_000);
  assert.equal(clairvoyant.reserve, { strategy: "forecast", factorPpm: 1_000_000, levelPpm: 1_000_000, leadMs: 60_000 });
});

test("a policy by forecasts keeps warm on a trace of requests and reserves on one of usage", () => {
  const feed = {
    model: "transformer",
    everyMs: 600_000,
    stepMs: 300_000,
    horizonMs: null,
    fitted: { latencyMs: 2_000, levelsPpm: null, seed: 1 },
  };
  const text = "transformer:every=10m,level=0.9,latency=2s";
  const requests = policyFromText(text);
  assert.equal(requests.feed, { ...feed, targets: ["concurrency"] });
  assert.equal(requests.warm, { strategy: "forecast", levelPpm: 900_000, floorMs: 600_000 });
  assert.equal(requests.reserve, { strategy: "none" });
  const arrivals = policyFromText(`${text},by=arrival,chance=0.02`);
  assert.equal(arrivals.feed, { ...feed, targets: ["arrival"] });
  assert.equal(arrivals.warm, { strategy: "arrival", chancePpm: 20_000, floorMs: 600_000 });
  const usage = policyFromText(text, "usage");
  assert.equal(usage.feed, { ...feed, targets: ["demand"] });
  assert.equal(usage.warm, { strategy: "none" });
  assert.is(usage.reserve.strategy, "forecast");
  const named = policyFromText(`predictive:model=transformer,${text.slice("transformer:".length)}`);
  assert.equal({ ...named, name: "transformer" }, requests);
});

test("each kind of mistake is named with its path", () => {
  const cases: [text: string, path: string, expected: RegExp, found: string][] = [
    ["nothing-such", "nothing-such", /a policy \(keep-alive, .*reactive, .*clairvoyant\)/, `"nothing-such"`],
    ["", "", /a policy/, `""`],
    ["toString", "toString", /a policy/, `"toString"`],
    ["keep-alive:tll=5m", "keep-alive.tll", /one of ttl/, `"tll=5m"`],
    ["keep-alive:ttl", "keep-alive.ttl", /ttl=value/, `"ttl"`],
    ["keep-alive:ttl=", "keep-alive:ttl=: warm.ttl", /a duration of at least 0 ms/, `""`],
    ["keep-alive:ttl=ten", "keep-alive:ttl=ten: warm.ttl", /a duration/, `"ten"`],
    ["keep-alive:ttl=-1s", "keep-alive:ttl=-1s: warm.ttl", /a duration/, `"-1s"`],
    ["reactive:every=0s", "reactive:every=0s: controlEvery", /a duration of at least 1 ms/, `"0s"`],
    ["reactive:margin=lots", "reactive:margin=lots: reserve.margin", /a number from 0 to 1000/, `"lots"`],
    ["reactive:margin=-1", "reactive:margin=-1: reserve.margin", /a number from 0 to 1000/, `"-1"`],
    ["clairvoyant:reserve=yes", "clairvoyant.reserve", /on or off/, `"yes"`],
    ["clairvoyant:every=1ms", "clairvoyant:every=1ms: feed.every", /a duration of at least 1000 ms/, `"1ms"`],
  ];
  for (const [text, path, expected, found] of cases) {
    const issues = issuesOf(text);
    assert.is(issues.length, 1, text);
    assert.is(issues[0]!.path, path);
    assert.match(issues[0]!.expected, expected);
    assert.is(issues[0]!.found, found);
  }
  assert.equal(
    issuesOf("reactive:a=1,b=2").map(({ path }) => path),
    ["reactive.a", "reactive.b"],
  );
});

test("a list splits at policies, not at their parameters", () => {
  assert.equal(splitPolicies("keep-alive:ttl=10m, reactive:margin=1.5,every=30s,clairvoyant,dir/mine.yaml"), [
    "keep-alive:ttl=10m",
    "reactive:margin=1.5,every=30s",
    "clairvoyant",
    "dir/mine.yaml",
  ]);
  assert.equal(splitPolicies(""), []);
  assert.equal(splitPolicies(" , reactive,, "), ["reactive"]);
});

test.run();
