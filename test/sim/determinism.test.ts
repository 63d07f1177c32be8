import { test } from "uvu";
import * as assert from "uvu/assert";
import { JournalWriter } from "../../allocator/journal/writer.ts";
import { policyFromText } from "../../allocator/policy-text.ts";
import type { Trace } from "../../datasets/trace.ts";
import { clairvoyantForecasts } from "../../models/clairvoyant.ts";
import { type ClusterSpec, clusterOf, UNLIMITED } from "../../sim/cluster-spec.ts";
import { simulate } from "../../sim/simulate.ts";
import { randomTrace } from "../support/random-trace.ts";

async function run(trace: Trace, policyText: string, cluster: ClusterSpec): Promise<string> {
  const policy = policyFromText(policyText);
  const journal = new JournalWriter(null);
  const forecasts = policy.feed === null ? [] : [clairvoyantForecasts(trace, policy.feed)];
  const { stateDigest } = await simulate({ trace, cluster, policy, forecasts, observers: [journal] });
  return `${(await journal.finish()).digest} ${stateDigest}`;
}

const POLICIES = [
  "keep-alive:ttl=30s",
  "keep-alive:ttl=31s",
  "reactive:every=20s",
  "clairvoyant",
  "clairvoyant:reserve=on",
  "joint:model=clairvoyant,step=10s,every=1m,control=20s",
  "hpa",
  "knative",
  "greedy-dual:ttl=33s",
  "warm-pool:cooldown=20s",
  "phpa-linear:every=5s,ahead=20s",
  "vpa:every=30s",
];

test("the same inputs give the same journal and the same state; any other input gives others", async () => {
  const digests = new Set<string>();
  for (const policy of POLICIES) {
    for (const cluster of ["own", "unlimited"]) {
      const once = async (seed: number) => {
        const trace = randomTrace(seed);
        return run(trace, policy, cluster === "own" ? clusterOf(trace) : UNLIMITED);
      };
      const digest = await once(1);
      assert.is(await once(1), digest, `${policy}, ${cluster}: the same twice`);
      digests.add(digest);
      digests.add(await once(2));
    }
  }
  assert.is(digests.size, POLICIES.length * 4, "each seed, policy and cluster has its own");
});

test("one request more, a millisecond more, a node less: another digest", async () => {
  const trace = randomTrace(1);
  const policy = "reactive:every=20s";
  const digests = [await run(trace, policy, clusterOf(trace)), await run(randomTrace(1, 601), policy, clusterOf(trace))];
  const runMs = Float64Array.from(trace.requests.runMs);
  runMs[0]! += 1;
  digests.push(await run({ ...trace, requests: { ...trace.requests, runMs } }, policy, clusterOf(trace)));
  const [pool] = clusterOf(trace).pools;
  digests.push(await run(trace, policy, { pools: [{ ...pool!, nodes: pool!.nodes!.slice(1) }] }));
  assert.is(new Set(digests).size, digests.length);
});

test.run();
