import { PRESETS } from "../../allocator/policy-text.ts";

/** The policies that can be named, with their parameters and defaults: the end of the help of the verbs that take one. */
export function policyHelp(): string {
  const lines = Object.entries(PRESETS).flatMap(([name, { parameters, summary }]) => [
    `  ${name}:${Object.entries(parameters)
      .map(([key, value]) => `${key}=${value}`)
      .join(",")}`,
    `      ${summary}`,
  ]);
  return ["Policies, with their defaults:", ...lines].join("\n");
}
