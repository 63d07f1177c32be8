import type { Policy } from "../../allocator/core/policy.ts";
import { fits, type Resources } from "../../allocator/core/resources.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import type { Trace } from "../../datasets/trace.ts";
import type { ClusterSpec } from "../cluster-spec.ts";
import { isUsageTrace } from "../measured-use.ts";
import { isKind } from "./forecasts/feed-model.ts";
import { type NamedPolicy, policyOn } from "./inputs.ts";
import type { Scenario } from "./run-policy.ts";

/**
 * Refuses policies that the trace cannot exercise: what they would be scored on could not happen.
 * @throws InputError with a reason a policy.
 */
export function refuseUnfit(
  policies: readonly NamedPolicy[],
  { trace, cluster, evaluateFromMs, usage }: Pick<Scenario, "trace" | "cluster" | "evaluateFromMs" | "usage">,
  where: string,
): void {
  const issues = policies.flatMap((named): Issue[] => {
    const policy = policyOn(trace, named);
    const reason =
      reasonAgainst(policy, trace, evaluateFromMs) ??
      reasonAgainstEviction(policy, cluster) ??
      reasonAgainstPools(policy, trace, cluster) ??
      reasonAgainstFeed(policy, trace, evaluateFromMs, usage) ??
      reasonAgainstPreemption(policy, trace, cluster) ??
      reasonAgainstFairness(policy, trace, cluster) ??
      reasonAgainstQuotas(policy, trace);
    return reason === null ? [] : [{ where, path: named.text, ...reason }];
  });
  if (issues.length > 0) throw new InputError(issues);
}

type Reason = Pick<Issue, "expected" | "found" | "hint">;

function reasonAgainst({ reserve, warm, size, replicas }: Policy, trace: Trace, evaluateFromMs: number): Reason | null {
  if (isUsageTrace(trace) && reserve.strategy === "none") {
    const rules = [
      ...(warm.strategy === "none" ? [] : [`what to keep warm (${warm.strategy})`]),
      ...(size === undefined ? [] : [`how large instances are (${size.strategy})`]),
      ...(replicas === undefined ? [] : [`how many instances to have (${replicas.strategy})`]),
    ];
    return {
      expected: "a policy that reserves: this is a trace of usage, in which every user has one instance that is always on",
      found: rules.length === 0 ? "a policy that does nothing" : `only a rule of ${rules.join(" and ")}`,
      hint: "reactive, moving-quantile, seasonal-naive, static-peak, clairvoyant:reserve=on, …",
    };
  }
  if (!isUsageTrace(trace) && ["autopilot", "vpa", "crane", "crane-dsp"].includes(reserve.strategy)) {
    return {
      expected: "a policy for requests: this trace has no measured use to size by, only requests",
      found: reserve.strategy,
      hint: "reactive, moving-quantile, keep-alive, …",
    };
  }
  if (!isUsageTrace(trace) && size !== undefined && !asksForParts(trace)) {
    return {
      expected: "requests that ask for less than their app's shape: here each asks for all of it, so there is no other size",
      found: size.strategy,
      hint: "keep-alive, reactive, hpa, …",
    };
  }
  if (isUsageTrace(trace) && reserve.strategy === "forecast" && reserve.learnedLeadPpm !== undefined) {
    return {
      expected: "a lead window in time: in a trace of usage no instance is ever launched, so there is no lead time to learn",
      found: "lead: learned",
      hint: "lead: 5m",
    };
  }
  if (reserve.strategy === "static-peak" && reserve.untilMs === null && evaluateFromMs <= trace.manifest.window.startMs) {
    return {
      expected: "an evaluation that begins after the trace, so that there is a peak before it",
      found: "an evaluation from the start",
      hint: "--evaluate-from 7d",
    };
  }
  return null;
}

/** Without limit nothing ever has to make room. */
function reasonAgainstEviction({ warm }: Policy, { pools }: ClusterSpec): Reason | null {
  if (warm.strategy !== "greedy-dual" || pools.every(({ nodes }) => nodes !== null)) return null;
  return {
    expected: "a cluster with nodes: it says which idle instances make room, and here none ever has to",
    found: "capacity without limit",
    hint: "--cluster small.yaml, or keep-alive",
  };
}

/** Something has to wait for a node, and a pool has to be one that can be given some. */
function reasonAgainstPools({ pool }: Policy, trace: Trace, { pools }: ClusterSpec): Reason | null {
  if (pool === undefined) return null;
  const expected = "a policy that leaves pools as they are";
  const hint = "keep-alive, reactive, …";
  if (isUsageTrace(trace)) return { expected, found: `${pool.strategy}, and in a trace of usage nothing is on a node`, hint };
  if (pools.some(({ nodes }) => nodes === null)) {
    return { expected, found: `${pool.strategy}, and where capacity is without limit no node is missed`, hint };
  }
  if (pools.some(({ elastic }) => elastic !== undefined)) return null;
  return {
    expected: "a cluster with an elastic pool: it says how many nodes such pools have, and this cluster has none",
    found: pool.strategy,
    hint: "--cluster cluster.yaml, where a pool says max: { name: spare, nodes: 0, max: 10, provision: 90s, price: 1.5, capacity: … }",
  };
}

/** A model is fitted to what came before the evaluation; so there has to be something. */
function reasonAgainstFeed({ feed }: Policy, trace: Trace, evaluateFromMs: number, usage: Scenario["usage"]): Reason | null {
  if (feed?.fitted === undefined) return null;
  if (evaluateFromMs <= trace.manifest.window.startMs && isKind(feed.model)) {
    return {
      expected: `an evaluation that begins after the trace, so that ${feed.model} can be fitted to what comes before it`,
      found: "an evaluation from the start",
      hint: "--evaluate-from 14d, or the id of a model that was trained on another trace",
    };
  }
  if (usage?.limit === "reservation") {
    return {
      expected: "--limit none: forecasts are made beforehand, from all that users demanded, which a limit would have hidden",
      found: "--limit reservation",
    };
  }
  return null;
}

/** Something has to wait, and its tier has to be one that may preempt. */
function reasonAgainstPreemption({ admit }: Policy, trace: Trace, cluster: ClusterSpec): Reason | null {
  if (admit.preempt === undefined) return null;
  const expected = "a policy that does not preempt";
  const hint = "keep-alive, reactive, …";
  if (isUsageTrace(trace)) return { expected, found: "preempt: on, and in a trace of usage nothing waits", hint };
  if (cluster.pools.some(({ nodes }) => nodes === null)) {
    return { expected, found: "preempt: on, and where capacity is without limit nothing waits", hint: "--cluster cluster.yaml" };
  }
  if (trace.tiers.some(({ mayPreempt }) => mayPreempt)) return null;
  return { expected, found: "preempt: on, and no tier of this trace may preempt", hint };
}

/** Who is to be treated fairly has to wait, and tiers with a weight have to be there. */
function reasonAgainstFairness({ admit }: Policy, trace: Trace, { pools }: ClusterSpec): Reason | null {
  if (admit.strategy !== "drf") return null;
  const hint = "--cluster small.yaml, or keep-alive";
  if (isUsageTrace(trace) || pools.some(({ nodes }) => nodes === null)) {
    return {
      expected: "requests and a cluster with nodes: drf says whose turn it is, and here nobody ever waits",
      found: "drf",
      hint,
    };
  }
  const unknown = Object.keys(admit.weightsPpm ?? {}).find((name) => trace.tiers.every((tier) => tier.name !== name));
  if (unknown === undefined) return null;
  const names = trace.tiers.map(({ name }) => name).join(", ");
  return {
    expected: `weights of tiers that this trace has: ${names}`,
    found: unknown,
    hint: `weights: { ${trace.tiers[0]?.name}: 2 }`,
  };
}

/** A quota of a tier, a role or a user that is not there would bound nothing: most likely its name is misspelt. */
function reasonAgainstQuotas({ quotas }: Policy, { tiers, users }: Trace): Reason | null {
  const absent = (of: object | undefined, has: ReadonlySet<string>) => Object.keys(of ?? {}).find((name) => !has.has(name));
  const role = absent(quotas?.users?.roles, new Set(users.map((user) => user.role)));
  if (role !== undefined) {
    const expected = "quotas of roles that users of this trace have";
    return { expected, found: role, hint: "quotas: { users: { each: { instances: 3 } } }" };
  }
  const user = absent(quotas?.users?.named, new Set(users.map(({ name }) => name)));
  if (user !== undefined) {
    const hint = `quotas: { users: { named: { ${users[0]?.name}: { instances: 3 } } } }`;
    return { expected: "quotas of users that this trace has", found: user, hint };
  }
  const unknown = Object.keys(quotas?.tiers ?? {}).find((name) => tiers.every((tier) => tier.name !== name));
  if (unknown === undefined) return null;
  const names = tiers.map(({ name }) => name).join(", ");
  const hint = `quotas: { tiers: { ${tiers[0]?.name}: { nominalQuota: { cpuMillis: 4000 } } } }`;
  return { expected: `quotas of tiers that this trace has: ${names}`, found: unknown, hint };
}

/** Whether instances are ever used in part: a request asks for less than its app's shape, or an instance takes several. */
function asksForParts({ apps, requests }: Trace): boolean {
  const { app, shape, shapes, count } = requests;
  if (apps.some(({ concurrency }) => concurrency > 1)) return true;
  for (let row = 0; row < count; row += 1) {
    if (!fits((apps[app[row] as number] as Trace["apps"][number]).shape, shapes[shape[row] as number] as Resources)) return true;
  }
  return false;
}

/** The policy with `until: evaluation` made an instant: nothing that is fitted sees what it is judged on. */
export function withEvaluation(policy: Policy, evaluateFromMs: number): Policy {
  const { reserve } = policy;
  if (reserve.strategy !== "static-peak") return policy;
  return { ...policy, reserve: { ...reserve, untilMs: Math.min(reserve.untilMs ?? evaluateFromMs, evaluateFromMs) } };
}
