import { type Because, RULES, type Rule } from "../decisions.ts";
import { NO_FORECAST } from "../strategies/warm.ts";

const PLAIN = new Map<Rule, Because>(RULES.map((rule) => [rule, { ...NO_FORECAST, rule }]));

/** A reason that is the rule alone. */
export function because(rule: Rule): Because {
  return PLAIN.get(rule) as Because;
}
