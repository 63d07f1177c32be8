import type { Policy } from "../../allocator/core/policy.ts";
import { InputError, type Issue } from "../../datasets/issues.ts";
import type { Trace } from "../../datasets/trace.ts";
import { isUsageTrace } from "../measured-use.ts";
import { type NamedPolicy, policyOn } from "./inputs.ts";

/**
 * Refuses policies that the trace cannot exercise: what they would be scored on could not happen.
 * @throws InputError with a reason a policy.
 */
export function refuseUnfit(
  policies: readonly NamedPolicy[],
  { trace, evaluateFromMs }: { readonly trace: Trace; readonly evaluateFromMs: number },
  where: string,
): void {
  const issues = policies.flatMap((named): Issue[] => {
    const reason = reasonAgainst(policyOn(trace, named), trace, evaluateFromMs);
    return reason === null ? [] : [{ where, path: named.text, ...reason }];
  });
  if (issues.length > 0) throw new InputError(issues);
}

type Reason = Pick<Issue, "expected" | "found" | "hint">;

function reasonAgainst({ reserve, warm, replicas }: Policy, trace: Trace, evaluateFromMs: number): Reason | null {
  if (isUsageTrace(trace) && reserve.strategy === "none") {
    return {
      expected: "a policy that reserves: this is a trace of usage, in which every user has one instance that is always on",
      found:
        replicas !== undefined
          ? `only a rule of how many instances to have (${replicas.strategy})`
          : warm.strategy !== "none"
            ? `only a rule of what to keep warm (${warm.strategy})`
            : "a policy that does nothing",
      hint: "reactive, moving-quantile, seasonal-naive, static-peak, clairvoyant:reserve=on, …",
    };
  }
  if (!isUsageTrace(trace) && (reserve.strategy === "autopilot" || reserve.strategy === "vpa")) {
    return {
      expected: "a policy for requests: this trace has no measured use to size by, only requests",
      found: reserve.strategy,
      hint: "reactive, moving-quantile, keep-alive, …",
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

/** The policy with `until: evaluation` made an instant: nothing that is fitted sees what it is judged on. */
export function withEvaluation(policy: Policy, evaluateFromMs: number): Policy {
  const { reserve } = policy;
  if (reserve.strategy !== "static-peak") return policy;
  return { ...policy, reserve: { ...reserve, untilMs: Math.min(reserve.untilMs ?? evaluateFromMs, evaluateFromMs) } };
}
