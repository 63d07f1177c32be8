import { parseDurationMs } from "../../allocator/policy-document.ts";
import { IssueList, quote } from "../../datasets/issue-list.ts";
import { FEWEST_ORIGINS } from "../../models/backtest/plan.ts";
import { FEATURE_GROUPS } from "../../models/panel/feature-spec.ts";
import type { BacktestArguments } from "./backtest.ts";
import { readSeed } from "./inputs.ts";

/** What can be read of the arguments before any data is. */
export interface BacktestOptionsRead {
  /** Of a trace; a table has its own. */
  readonly stepMs: number;
  /** Steps, or a length of time where one was given. */
  readonly horizon: Length;
  readonly lookBack: Length | null;
  readonly without: readonly string[];
  readonly seed: number;
}

export type Length = { readonly steps: number } | { readonly ms: number };

/** Nobody looks further ahead, and a typing error would fill the memory. */
const MOST_STEPS = 10_000;

/** @throws InputError with everything that is wrong. */
export function readBacktestOptions(args: BacktestArguments): BacktestOptionsRead {
  const issues = new IssueList();
  if (args.trace === undefined && args.csv === undefined) {
    issues.add({
      where: "prae backtest",
      path: "--trace",
      expected: "a trace directory, or a table with --csv",
      found: "neither",
    });
  }
  if (args.protocol === "ett" && args.csv === undefined) {
    issues.add({ where: "--protocol", expected: "walk-forward for a trace; ett splits a table (--csv)", found: quote("ett") });
  }
  for (const [flag, value] of [
    ["--target", args.target],
    ["--by", args.by],
  ] as const) {
    if (args.csv !== undefined && value !== undefined && value !== "demand") {
      issues.add({ where: flag, expected: "nothing: a table has columns, not users and apps", found: quote(value) });
    }
  }
  const stepMs = parseDurationMs(args.step);
  if (stepMs === null || stepMs <= 0) {
    issues.add({ where: "--step", expected: "a duration, such as 1m, 5m or 1h", found: quote(args.step) });
  }
  if (!(Number.isInteger(args.origins) && args.origins >= FEWEST_ORIGINS && args.origins <= 1000)) {
    issues.add({ where: "--origins", expected: `a whole number from ${FEWEST_ORIGINS} to 1000`, found: `${args.origins}` });
  }
  const without = args.without === undefined ? [] : args.without.split(",").map((name) => name.trim());
  for (const name of without) {
    if (FEATURE_GROUPS.some((group) => group === name)) continue;
    issues.add({ where: "--without", expected: `groups among ${FEATURE_GROUPS.join(", ")}`, found: quote(name) });
  }
  const horizon = readLength("--horizon", args.horizon ?? (args.csv === undefined ? "12" : "96"), issues);
  const lookBack = args.lookBack === undefined ? null : readLength("--look-back", args.lookBack, issues);
  issues.throwIfAny();
  return { stepMs: stepMs as number, horizon, lookBack, without, seed: readSeed(args.seed) };
}

function readLength(where: string, text: string, issues: IssueList): Length {
  if (/^\d+$/.test(text)) {
    const steps = Number(text);
    if (steps >= 1 && steps <= MOST_STEPS) return { steps };
  } else {
    const ms = parseDurationMs(text);
    if (ms !== null && ms > 0) return { ms };
  }
  issues.add({ where, expected: `steps from 1 to ${MOST_STEPS}, or a duration such as 1h`, found: quote(text) });
  return { steps: 1 };
}

/** @throws InputError when a duration is no whole number of steps. */
export function stepsIn(length: Length, stepMs: number, where: string): number {
  if ("steps" in length) return length.steps;
  const steps = length.ms / stepMs;
  if (Number.isInteger(steps) && steps >= 1 && steps <= MOST_STEPS) return steps;
  const issues = new IssueList();
  issues.add({ where, expected: `1 to ${MOST_STEPS} steps of ${stepMs} ms`, found: `${length.ms} ms` });
  issues.throwIfAny();
  return 1;
}
