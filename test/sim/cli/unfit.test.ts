import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { contents, done, json, prae, refusal, testFolder, writeTables } from "../../support/prae.ts";

const folder = testFolder("unfit");
const of = (name: string) => join(folder, name);

mkdirSync(of("usage-tables"));
const rows = Array.from({ length: 48 }, (_, hour) => `vm-${hour % 2},${(hour + 1) * 3_600_000},7200000,${500 + hour * 10},1024`);
writeFileSync(of("usage-tables/usage.csv"), `user_id,at_ms,window_ms,cpu_millis,memory_mib\n${rows.join("\n")}\n`);
done(["import", "canonical", of("usage-tables"), "--out", of("usage")]);
writeTables(of("request-tables"));
done(["import", "canonical", of("request-tables"), "--out", of("requests")]);
writeFileSync(of("idle.yaml"), "name: idle\n");

/** Each verb that takes policies, asked to write. */
const VERBS: readonly (readonly [verb: string, args: (trace: string, policies: string) => string[]])[] = [
  ["simulate", (trace, policy) => ["simulate", "--trace", trace, "--policy", policy, "--out", of("out")]],
  ["compare", (trace, policies) => ["compare", "--trace", trace, "--policies", policies, "--out", of("out")]],
  ["sweep", (trace, policies) => ["sweep", "--trace", trace, "--policies", policies, "--out", of("out"), "--workers", "1"]],
];

const NO_RESERVE = "a policy that reserves: this is a trace of usage, in which every user has one instance that is always on";
const NO_PEAK = "an evaluation that begins after the trace, so that there is a peak before it";

/** The trace, the policy, and the reason: what was expected and what was found. */
const REFUSED: readonly (readonly [trace: string, policy: string, expected: string, found: string])[] = [
  ["usage", "keep-alive:ttl=5m", NO_RESERVE, "only a rule of what to keep warm (ttl)"],
  ["usage", "hybrid-histogram", NO_RESERVE, "only a rule of what to keep warm (hybrid-histogram)"],
  ["usage", "clairvoyant", NO_RESERVE, "only a rule of what to keep warm (forecast)"],
  ["usage", "hpa", NO_RESERVE, "only a rule of how many instances to have (hpa)"],
  ["usage", of("idle.yaml"), NO_RESERVE, "a policy that does nothing"],
  ["usage", "static-peak", NO_PEAK, "an evaluation from the start"],
  ["requests", "static-peak", NO_PEAK, "an evaluation from the start"],
];

for (const [verb, args] of VERBS) {
  // Every reason once, each verb with some.
  for (const [trace, policy, expected, found] of verb === "compare" ? REFUSED : [REFUSED[3]!, REFUSED[6]!]) {
    test(`${verb} refuses ${policy.split("/").at(-1)} on a trace of ${trace}, says why, and writes nothing`, () => {
      const issues = refusal(args(of(trace), policy));
      assert.is(issues.length, 1);
      const [issue] = issues;
      assert.is(issue!.where, verb === "simulate" ? "--policy" : "--policies");
      assert.is(issue!.path, policy);
      assert.is(issue!.expected, expected);
      assert.is(issue!.found, found);
      assert.ok((issue!.hint ?? "").length > 0, "what would do instead");
      assert.not(existsSync(of("out")));
    });
  }
}

test("every policy that is unfit is named, beside those that are not; and nothing of an earlier run is touched", () => {
  const args = (policies: string) => ["compare", "--trace", of("usage"), "--policies", policies, "--runs", of("runs")];
  const { runs } = json(args("reactive:every=1h,vpa"));
  assert.is(runs.length, 2);
  const before = contents(of("runs"));
  const issues = refusal([...args("reactive:every=1h,hpa,vpa,keep-alive"), "--force"]);
  assert.equal(
    issues.map(({ path }) => path),
    ["hpa", "keep-alive"],
  );
  assert.equal(contents(of("runs")), before);
});

test("without --json the reason is on stderr, in one line each, and stdout is empty", () => {
  const { status, stdout, stderr } = prae(["compare", "--trace", of("usage"), "--policies", "hpa"]);
  assert.is(status, 2);
  assert.is(stdout, "");
  assert.is(
    stderr,
    `prae: input refused, 1 issue:\n  --policies hpa: expected ${NO_RESERVE}, found only a rule of how many instances to have (hpa) ` +
      "(reactive, moving-quantile, seasonal-naive, static-peak, clairvoyant:reserve=on, …)\n",
  );
});

test("each is accepted where it fits", () => {
  const { runs } = json(["compare", "--trace", of("requests"), "--policies", "hpa,hybrid-histogram,keep-alive"]);
  assert.is(runs.length, 3);
  for (const { metrics } of runs) assert.ok(metrics.requests === 120 && metrics.unfinished === 0 && metrics.rejected === 0);
  const [hpa] = runs;
  assert.ok(hpa.metrics.queue_wait_ms_mean > 0, "requests wait for replicas");
  const measured = ["compare", "--trace", of("usage"), "--evaluate-from", "12h", "--policies", "static-peak,vpa,autopilot"];
  assert.is(json(measured).runs.length, 3);
});

test.run();
