import { RESOURCE_NAMES, type Resources } from "./core/resources.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

/** What a journal can hold of an amount. */
export const MOST_AMOUNT = 0xffff_ffff;

/** `{ cpuMillis: 500, memoryMiB: 1024 }`: whole numbers, of those resources that are named. */
export function readSomeAmounts(value: unknown, path: string, issues: PolicyIssue[]): Partial<Resources> {
  const section = new Section(value, path, RESOURCE_NAMES, issues);
  const given = RESOURCE_NAMES.filter((name) => section.value(name) !== undefined);
  return Object.fromEntries(given.map((name) => [name, section.whole(name, 0, 0, MOST_AMOUNT)]));
}
