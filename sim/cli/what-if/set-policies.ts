import { policyFromDocument } from "../../../allocator/policy-document.ts";
import { PolicyError } from "../../../allocator/policy-issue.ts";
import { policyDocument } from "../../../allocator/policy-text.ts";
import { InputError, type Issue } from "../../../datasets/issues.ts";
import type { Trace } from "../../../datasets/trace.ts";
import { isUsageTrace } from "../../measured-use.ts";
import { digestOf, type NamedPolicy, readYaml } from "../inputs.ts";
import { readSettings, setFields } from "./settings.ts";

/**
 * The policies with the fields of `--set policy.…` set in their documents, each named after what it was and what was set.
 * @throws InputError with what does not fit any of them.
 */
export async function setPolicies(
  policies: readonly NamedPolicy[],
  options: readonly string[] | undefined,
  trace: Trace,
): Promise<readonly NamedPolicy[]> {
  const settings = (await readSettings(options ?? [])).filter(({ scope }) => scope === "policy");
  if (settings.length === 0) return policies;
  const issues: Issue[] = [];
  const set: NamedPolicy[] = [];
  const suffix = settings.map(({ text }) => text.replace(/^policy\./, "")).join(", ");
  for (const { text } of policies) {
    const isFile = /\.(ya?ml|json)$/i.test(text);
    const document = isFile ? await readYaml(text) : policyDocument(text, isUsageTrace(trace) ? "usage" : "requests");
    const before = issues.length;
    const changed = setFields(document, settings, issues);
    if (issues.length > before) continue;
    try {
      const policy = policyFromDocument(changed);
      const same = set.find((other) => digestOf(other.policy) === digestOf(policy));
      const named = `${text} with ${suffix}`;
      if (same !== undefined)
        issues.push({ where: "--set", expected: "policies that differ", found: `"${named}" and "${same.text}"` });
      set.push({ text: named, policy });
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      issues.push(...error.issues.map((issue) => ({ ...issue, where: "--set", path: `${text}: ${issue.path}` })));
    }
  }
  if (issues.length > 0) throw new InputError(issues);
  return set;
}
