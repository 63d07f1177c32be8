import type { GuardSpec } from "./core/policy.ts";
import { RESOURCE_NAMES } from "./core/resources.ts";
import { MOST_AMOUNT, readSomeAmounts } from "./policy-amounts.ts";
import type { PolicyIssue } from "./policy-issue.ts";
import { Section } from "./policy-section.ts";

const KEYS = ["min", "max", "margin", "raise", "hold", "hysteresis", "grid", "atOnce"];

/**
 * Bounds on what the slot `reserve` wants. `null`: there are none.
 *
 *     guard:
 *       min: { cpuMillis: 500 }              # amounts: cpuMillis, memoryMiB, gpuMillis, networkKbps; what is left out is not bounded
 *       max: { cpuMillis: 16000 }
 *       margin: { memoryMiB: 256 }
 *       raise: 0.5                           # largest growth a control interval
 *       hold: 30m                            # before anything is let go
 *       hysteresis: 0.1                      # smaller changes are not made
 *       grid: 0.5                            # held amounts are powers of 1.5
 *       atOnce: on                           # demand above what is held raises it when it is seen
 */
export function readGuard(value: unknown, reserves: boolean, issues: PolicyIssue[]): GuardSpec | null {
  if (value === undefined) return null;
  if (!reserves) issues.push({ path: "guard", expected: "nothing, because the reserve slot is empty", found: "bounds on it" });
  const slot = new Section(value, "guard", KEYS, issues);
  const has = (key: string) => slot.value(key) !== undefined;
  const amounts = (key: string) => readSomeAmounts(slot.value(key), `guard.${key}`, issues);
  const atOnce = slot.choice("atOnce", ["on", "off"], "off") === "on";
  const guard: GuardSpec = {
    ...(has("min") ? { least: amounts("min") } : {}),
    ...(has("max") ? { most: amounts("max") } : {}),
    ...(has("margin") ? { margin: amounts("margin") } : {}),
    ...(has("raise") ? { raisePpm: slot.ppm("raise", 1, 0.000_001, 1_000) } : {}),
    ...(has("hold") ? { holdMs: slot.duration("hold", 1, 1) } : {}),
    ...(has("hysteresis") ? { hysteresisPpm: slot.ppm("hysteresis", 0, 0, 0.99) } : {}),
    ...(has("grid") ? { gridPpm: slot.ppm("grid", 0.5, 0.01, 10) } : {}),
    ...(atOnce ? { atOnce } : {}),
  };
  for (const name of RESOURCE_NAMES) {
    const least = guard.least?.[name] ?? 0;
    const most = guard.most?.[name] ?? MOST_AMOUNT;
    if (least > most)
      issues.push({ path: `guard.min.${name}`, expected: `at most guard.max.${name} (${most})`, found: `${least}` });
  }
  return guard;
}
