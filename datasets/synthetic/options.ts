import { InputError, type Issue } from "../issues.ts";

/** What to generate. The same options give the same trace, bit for bit, on any machine. */
export interface SyntheticOptions {
  /** How many users; 1…20,000. Users keep their habits when others are added. Default 240. */
  readonly users?: number;
  /** Length in days from Monday, 10 March 2025, 00:00 UTC; 1…364. Default 28. */
  readonly days?: number;
  /** Any non-negative safe integer. Default 1. */
  readonly seed?: number;
  /** `sized`, the default: a cluster sized to the demand. `none`: no nodes, so capacity is unlimited. */
  readonly nodes?: "sized" | "none";
}

export const SYNTHETIC_DEFAULTS: Required<SyntheticOptions> = Object.freeze({ users: 240, days: 28, seed: 1, nodes: "sized" });

/** The daylight saving times of `local-time.ts` are listed up to here. */
const MAX_DAYS = 364;
const MAX_USERS = 20_000;

/**
 * The options with the defaults filled in.
 * @throws InputError naming each option that is out of its range.
 */
export function resolveOptions(options: SyntheticOptions): Required<SyntheticOptions> {
  const resolved = { ...SYNTHETIC_DEFAULTS, ...options };
  const issues: Issue[] = [];
  const check = (where: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    issues.push({ where, expected: `an integer from ${least} to ${most}`, found: String(value) });
  };
  check("--users", resolved.users, 1, MAX_USERS);
  check("--days", resolved.days, 1, MAX_DAYS);
  check("--seed", resolved.seed, 0, Number.MAX_SAFE_INTEGER);
  if (issues.length > 0) throw new InputError(issues);
  return resolved;
}
