import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import { loadTrace } from "../../../datasets/store.ts";
import { readPolicies } from "../../../sim/cli/inputs.ts";
import { refuseUnfit } from "../../../sim/cli/policy-fit.ts";
import { type ClusterSpec, clusterOf, UNLIMITED } from "../../../sim/cluster-spec.ts";
import { contents, done, json, prae, refusal, short, testFolder, writeTables } from "../../support/prae.ts";

const folder = testFolder("unfit");
const of = (name: string) => join(folder, name);

mkdirSync(of("usage-tables"));
const rows = Array.from({ length: 48 }, (_, hour) => `vm-${hour % 2},${(hour + 1) * 3_600_000},7200000,${500 + hour * 10},1024`);
writeFileSync(of("usage-tables/usage.csv"), `user_id,at_ms,window_ms,cpu_millis,memory_mib\n${rows.join("\n")}\n`);
done(["import", "canonical", of("usage-tables"), "--out", of("usage")]);
writeTables(of("request-tables"));
done(["import", "canonical", of("request-tables"), "--out", of("requests")]);
writeFileSync(of("idle.yaml"), "name: idle\n");
writeFileSync(of("sized.yaml"), "name: sized\ncontrolEvery: 1m\nsize: { strategy: vpa }\n");
writeFileSync(
  of("learned.yaml"),
  "name: learned\ncontrolEvery: 1m\nfeed: { targets: [demand] }\nreserve: { strategy: forecast, lead: learned }\n",
);
writeFileSync(of("seizing.yaml"), "controlEvery: 1m\nreserve: { strategy: last-value }\nadmit: { preempt: on }\n");
writeFileSync(of("pools.yaml"), "controlEvery: 1m\nreserve: { strategy: last-value }\npool: { strategy: cluster-autoscaler }\n");
writeFileSync(of("measured.yaml"), "name: measured\ncontrolEvery: 1m\nreserve: { strategy: vpa }\n");

/** Each verb that takes policies, asked to write. */
const VERBS: readonly (readonly [verb: string, args: (trace: string, policies: string) => string[]])[] = [
  ["simulate", (trace, policy) => ["simulate", "--trace", trace, "--policy", policy, "--out", of("out")]],
  ["compare", (trace, policies) => ["compare", "--trace", trace, "--policies", policies, "--out", of("out")]],
  ["sweep", (trace, policies) => ["sweep", "--trace", trace, "--policies", policies, "--out", of("out"), "--workers", "1"]],
];

const NO_RESERVE = "a policy that reserves: this is a trace of usage, in which every user has one instance that is always on";
const NO_PARTS = "requests that ask for less than their app's shape: here each asks for all of it, so there is no other size";
const NO_LEAD = "a lead window in time: in a trace of usage no instance is ever launched, so there is no lead time to learn";
const NO_USE = "a policy for requests: this trace has no measured use to size by, only requests";
const NO_PREEMPTION = "a policy that does not preempt";
const NO_PEAK = "an evaluation that begins after the trace, so that there is a peak before it";

/** The trace, the policy, and the reason: what was expected and what was found. */
const REFUSED: readonly (readonly [trace: string, policy: string, expected: string, found: string])[] = [
  ["usage", "keep-alive:ttl=5m", NO_RESERVE, "only a rule of what to keep warm (ttl)"],
  ["usage", "hybrid-histogram", NO_RESERVE, "only a rule of what to keep warm (hybrid-histogram)"],
  ["usage", "clairvoyant", NO_RESERVE, "only a rule of what to keep warm (forecast)"],
  ["usage", "hpa", NO_RESERVE, "only a rule of how many instances to have (hpa)"],
  ["usage", "greedy-dual", NO_RESERVE, "only a rule of what to keep warm (greedy-dual)"],
  ["usage", "warm-pool", NO_RESERVE, "only a rule of what to keep warm (warm-pool)"],
  ["usage", "knative", NO_RESERVE, "only a rule of how many instances to have (knative)"],
  ["usage", of("sized.yaml"), NO_RESERVE, "only a rule of how large instances are (vpa)"],
  ["requests", "vpa", NO_PARTS, "vpa"],
  ["requests", "autopilot", NO_PARTS, "autopilot"],
  ["requests", "crane", NO_PARTS, "crane"],
  ["requests", of("measured.yaml"), NO_USE, "vpa"],
  ["requests", "crane-dsp", NO_USE, "crane-dsp"],
  ["usage", of("idle.yaml"), NO_RESERVE, "a policy that does nothing"],
  ["usage", of("learned.yaml"), NO_LEAD, "lead: learned"],
  ["usage", of("seizing.yaml"), NO_PREEMPTION, "preempt: on, and in a trace of usage nothing waits"],
  ["usage", "static-peak", NO_PEAK, "an evaluation from the start"],
  ["requests", "static-peak", NO_PEAK, "an evaluation from the start"],
];

for (const [trace, text, expected, found] of REFUSED) {
  test(`${text.split("/").at(-1)} on a trace of ${trace} is refused, with the reason`, async () => {
    const loaded = await loadTrace(of(trace));
    const { startMs } = loaded.manifest.window;
    try {
      refuseUnfit(await readPolicies(text), { trace: loaded, cluster: clusterOf(loaded), evaluateFromMs: startMs }, "--policies");
    } catch (error) {
      assert.instance(error, InputError);
      const [{ hint, ...issue }, ...more] = (error as InputError).issues as [Issue];
      assert.equal(issue, { where: "--policies", path: text, expected, found });
      assert.ok((hint ?? "").length > 0, "what would do instead");
      return assert.equal(more, []);
    }
    assert.unreachable();
  });
}

for (const [verb, args] of VERBS) {
  test(`${verb} refuses what the trace cannot exercise, says why, and writes nothing`, () => {
    const issues = refusal(args(of("usage"), "hpa"));
    assert.equal(issues.map(short), [
      `${verb === "simulate" ? "--policy" : "--policies"} hpa found only a rule of how many instances to have (hpa)`,
    ]);
    assert.is(issues[0]!.expected, NO_RESERVE);
    assert.not(existsSync(of("out")));
  });
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

test("greedy-dual is refused where capacity has no limit, and nothing ever has to make room", async () => {
  const trace = await loadTrace(of("requests"));
  const policies = await readPolicies("greedy-dual");
  refuseUnfit(policies, { trace, cluster: clusterOf(trace), evaluateFromMs: 0 }, "--policies");
  try {
    refuseUnfit(policies, { trace, cluster: UNLIMITED, evaluateFromMs: 0 }, "--policies");
  } catch (error) {
    assert.instance(error, InputError);
    return assert.equal((error as InputError).issues.map(short), ["--policies greedy-dual found capacity without limit"]);
  }
  assert.unreachable();
});

test("what says how many nodes pools have is refused where none is elastic, capacity has no limit, or nothing is on a node", async () => {
  const trace = await loadTrace(of("requests"));
  const usage = await loadTrace(of("usage"));
  const policies = await readPolicies(of("pools.yaml"));
  const unfit = (on: typeof trace, cluster: ClusterSpec): string[] => {
    try {
      refuseUnfit(policies, { trace: on, cluster, evaluateFromMs: 0 }, "--policies");
    } catch (error) {
      assert.instance(error, InputError);
      return (error as InputError).issues.map(({ found }) => found);
    }
    return [];
  };
  const capacity = { cpuMillis: 8000, memoryMiB: 8192, gpuMillis: 0, networkKbps: 0 };
  const elastic = { capacity, least: 0, most: 4, provisionMs: 1_000, priceMicrosPerHour: 0 };
  assert.equal(unfit(trace, { pools: [{ name: "spare", nodes: [], elastic }] }), []);
  assert.equal(unfit(trace, clusterOf(trace)), ["cluster-autoscaler"]);
  assert.equal(unfit(trace, UNLIMITED), ["cluster-autoscaler, and where capacity is without limit no node is missed"]);
  assert.equal(unfit(usage, UNLIMITED), ["cluster-autoscaler, and in a trace of usage nothing is on a node"]);
});

test("preemption is refused where nothing ever waits, or no tier may preempt", async () => {
  const trace = await loadTrace(of("requests"));
  const policies = await readPolicies("preemptive");
  const unfit = (tiers: typeof trace.tiers, cluster: ClusterSpec): string[] => {
    try {
      refuseUnfit(policies, { trace: { ...trace, tiers }, cluster, evaluateFromMs: 0 }, "--policies");
    } catch (error) {
      assert.instance(error, InputError);
      return (error as InputError).issues.map(({ found }) => found);
    }
    return [];
  };
  const meek = trace.tiers.map((tier) => ({ ...tier, mayPreempt: false }));
  assert.equal(unfit(trace.tiers, clusterOf(trace)), []);
  assert.equal(unfit(trace.tiers, UNLIMITED), ["preempt: on, and where capacity is without limit nothing waits"]);
  assert.equal(unfit(meek, clusterOf(trace)), ["preempt: on, and no tier of this trace may preempt"]);
});

test("drf is refused where nobody ever waits, or for a tier that is not there", async () => {
  const trace = await loadTrace(of("requests"));
  writeFileSync(of("weighed.yaml"), "admit: { strategy: drf, weights: { gold: 2 } }\n");
  const unfit = async (policy: string, cluster: ClusterSpec): Promise<string[]> => {
    try {
      refuseUnfit(await readPolicies(policy), { trace, cluster, evaluateFromMs: 0 }, "--policies");
    } catch (error) {
      assert.instance(error, InputError);
      return (error as InputError).issues.map(({ found }) => found);
    }
    return [];
  };
  assert.equal(await unfit("drf", clusterOf(trace)), []);
  assert.equal(await unfit("drf", UNLIMITED), ["drf"]);
  assert.equal(await unfit(of("weighed.yaml"), clusterOf(trace)), ["gold"]);
});

test("quotas are refused for a tier that is not there", async () => {
  const trace = await loadTrace(of("requests"));
  const fits = async (tier: string): Promise<boolean> => {
    writeFileSync(of("quotas.yaml"), `quotas: { tiers: { ${tier}: { nominalQuota: { cpuMillis: 1 } } } }\n`);
    try {
      refuseUnfit(await readPolicies(of("quotas.yaml")), { trace, cluster: UNLIMITED, evaluateFromMs: 0 }, "--policies");
      return true;
    } catch (error) {
      assert.instance(error, InputError);
      assert.is((error as InputError).issues[0]?.found, tier);
      return false;
    }
  };
  assert.ok(await fits(trace.tiers[0]!.name));
  assert.not(await fits("gold"));
});

test("quotas are refused for a role or a user that is not there", async () => {
  const trace = await loadTrace(of("requests"));
  const found = async (users: string): Promise<string | undefined> => {
    writeFileSync(of("quotas.yaml"), `quotas: { users: ${users} }\n`);
    try {
      refuseUnfit(await readPolicies(of("quotas.yaml")), { trace, cluster: UNLIMITED, evaluateFromMs: 0 }, "--policies");
      return undefined;
    } catch (error) {
      assert.instance(error, InputError);
      return (error as InputError).issues[0]?.found;
    }
  };
  const user = trace.users[0]!.name;
  assert.is(await found(`{ each: { instances: 1 }, named: { "${user}": { instances: 2 } } }`), undefined);
  assert.is(await found("{ named: { nobody: { instances: 2 } } }"), "nobody");
  assert.is(await found("{ roles: { juggler: { instances: 2 } } }"), "juggler");
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
  mkdirSync(of("part-tables"));
  const asked = ["ana,web,0,5000,500", "ana,web,1000,5000,1000", "ana,web,900000,5000,500"];
  writeFileSync(of("part-tables/requests.csv"), `user_id,app_id,submit_ms,run_ms,cpu_millis\n${asked.join("\n")}\n`);
  done(["import", "canonical", of("part-tables"), "--out", of("parts")]);
  assert.is(json(["compare", "--trace", of("parts"), "--policies", "vpa,autopilot,crane"]).runs.length, 3);
  const { runs } = json(["compare", "--trace", of("requests"), "--policies", "hpa,hybrid-histogram,keep-alive"]);
  assert.is(runs.length, 3);
  for (const { metrics } of runs) assert.ok(metrics.requests === 120 && metrics.unfinished === 0 && metrics.rejected === 0);
  const [hpa] = runs;
  assert.ok(hpa.metrics.queue_wait_ms_mean > 0, "requests wait for replicas");
  const measured = ["compare", "--trace", of("usage"), "--evaluate-from", "12h", "--policies", "static-peak,vpa,autopilot,crane"];
  assert.is(json(measured).runs.length, 4);
});

test.run();
